"""Which main packages are Lambda functions, in projects of every shape."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lambdabuild.discovery import discover
from lambdabuild.model.discovery import Discovery, GoMain
from tests.support.cli import ROOT
from tests.support.lambdas import MAIN, module, write_tree

IMPORTING = 'package %s\n\nimport _ "%s"\n'
CLI = "package main\n\nfunc main() {}\n"


def found(folder: Path, files: dict[str, str]) -> Discovery:
    return discover(write_tree(folder, files))


def packages(folder: Path, files: dict[str, str]) -> list[str]:
    return [main.package for main in found(folder, files).mains]


def only(folder: Path, files: dict[str, str]) -> GoMain:
    (main,) = found(folder, files).mains
    return main


def test_a_main_at_the_root(tmp_path: Path) -> None:
    assert only(tmp_path, {"go.mod": module("example.com/app"), "main.go": MAIN}) == GoMain(
        package=".", import_path="example.com/app", go_mod=str(tmp_path / "go.mod"), sdk="v1.55.1"
    )


def test_mains_without_a_handler_are_no_functions(tmp_path: Path) -> None:
    files = {"go.mod": module("example.com/app"), "cmd/a/main.go": MAIN, "cmd/tool/main.go": CLI}

    discovery = found(tmp_path, files)

    assert [main.package for main in discovery.mains] == ["./cmd/a"]
    assert discovery.other_mains == ("./cmd/tool",)


@pytest.mark.parametrize(
    "path",
    [
        "github.com/aws/aws-lambda-go/lambda",
        "github.com/aws/aws-lambda-go/lambdaurl",
        "github.com/akrylysov/algnhsa",
        "github.com/apex/gateway/v2",
    ],
)
def test_what_starts_the_loop_makes_a_function(path: str, tmp_path: Path) -> None:
    assert packages(tmp_path, {"go.mod": module("m"), "main.go": IMPORTING % ("main", path)}) == ["."]


@pytest.mark.parametrize(
    "path",
    [
        "github.com/aws/aws-lambda-go/events",
        "github.com/aws/aws-lambda-go/lambdacontext",
        "github.com/aws/aws-lambda-go/lambda-other",
    ],
)
def test_events_alone_make_none(path: str, tmp_path: Path) -> None:
    assert packages(tmp_path, {"go.mod": module("m"), "main.go": IMPORTING % ("main", path)}) == []


def test_a_handler_may_be_started_by_another_package_of_the_module(tmp_path: Path) -> None:
    files = {
        "go.mod": module("example.com/app"),
        "cmd/a/main.go": IMPORTING % ("main", "example.com/app/internal/one"),
        "internal/one/one.go": IMPORTING % ("one", "example.com/app/internal/two"),
        "internal/two/two.go": IMPORTING % ("two", "github.com/aws/aws-lambda-go/lambda"),
        "cmd/b/main.go": IMPORTING % ("main", "example.com/apple/internal/one"),
    }

    assert packages(tmp_path, files) == ["./cmd/a"]


def test_a_package_of_another_module_is_none_of_this_one(tmp_path: Path) -> None:
    starting = IMPORTING % ("lib", "github.com/aws/aws-lambda-go/lambda")
    files = {
        "app/go.mod": module("example.com/app"),
        "app/main.go": IMPORTING % ("main", "example.com/lib"),
        "lib/go.mod": module("example.com/lib"),
        "lib/lib.go": starting,
    }

    assert packages(tmp_path / "apart", files) == []
    assert packages(tmp_path / "work", files | {"go.work": "go 1.24\n\nuse (\n\t./app\n\t./lib\n)\n"}) == ["./app"]
    replaced = {"app/go.mod": module("example.com/app", "replace example.com/lib => ../lib")}
    assert packages(tmp_path / "replaced", files | replaced) == ["./app"]


def test_a_replaced_module_may_lie_outside_of_the_project(tmp_path: Path) -> None:
    write_tree(tmp_path / "lib", {"lib.go": IMPORTING % ("lib", "github.com/aws/aws-lambda-go/lambda")})
    files = {
        "go.mod": module("example.com/app", "replace example.com/lib => ../lib"),
        "main.go": IMPORTING % ("main", "example.com/lib"),
    }

    assert packages(tmp_path / "project", files) == ["."]


def test_the_module_may_begin_above_the_project(tmp_path: Path) -> None:
    write_tree(tmp_path, {"go.mod": module("example.com/mono"), "lib/lib.go": "package lib\n"})

    assert only(tmp_path / "services" / "a", {"main.go": MAIN}) == GoMain(
        package=".", import_path="example.com/mono/services/a", go_mod=str(tmp_path / "go.mod"), sdk="v1.55.1"
    )


@pytest.mark.parametrize(
    "name",
    ["vendor", "testdata", "node_modules", ".aws-sam", "cdk.out", "dist", "_old", ".git", "a/vendor", "a/.b"],
)
def test_what_tools_made_is_not_looked_at(name: str, tmp_path: Path) -> None:
    assert packages(tmp_path, {"go.mod": module("m"), f"{name}/x/main.go": MAIN, f"{name}/main.go": MAIN}) == []


@pytest.mark.parametrize("name", ["main_test.go", "main_windows.go", "main_darwin_arm64.go"])
def test_files_that_are_not_built_for_lambda_do_not_count(name: str, tmp_path: Path) -> None:
    assert packages(tmp_path, {"go.mod": module("m"), name: MAIN, "other.go": CLI}) == []


def test_a_folder_behind_a_link_is_not_looked_at(tmp_path: Path) -> None:
    write_tree(tmp_path, {"p/go.mod": module("m"), "elsewhere/main.go": MAIN})
    (tmp_path / "p" / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "p" / "loop").symlink_to(tmp_path / "p")

    assert packages(tmp_path / "p", {}) == []


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.go")

    assert packages(tmp_path, {"go.mod": module("m"), "main.go": MAIN}) == ["."]


def test_the_newest_go_that_is_asked_for_counts(tmp_path: Path) -> None:
    files = {
        "go.work": "go 1.25\nuse (\n\t./a\n\t./b\n)\n",
        "a/go.mod": module("example.com/a", go="1.24"),
        "a/main.go": MAIN,
        "b/go.mod": module("example.com/b", go="1.99.1"),
        "b/b.go": "package b\n",
    }

    discovery = found(tmp_path, files)

    assert (discovery.go, discovery.go_asked_by) == ((1, 99, 1), "b/go.mod")


@pytest.mark.parametrize(
    ("files", "cpus"),
    [
        ({"main_amd64.go": MAIN}, "amd64"),
        ({"main.go": f"//go:build arm64\n\n{MAIN}"}, "arm64"),
        ({"main_amd64.go": MAIN, "main_arm64.go": MAIN}, "arm64 amd64"),
        ({"main.go": MAIN, "fast_amd64.go": "package main\n"}, "arm64 amd64"),
        ({"main.go": f"//go:build cgo\n\n{MAIN}"}, "arm64 amd64"),
    ],
)
def test_a_main_is_for_the_cpus_of_its_files(files: dict[str, str], cpus: str, tmp_path: Path) -> None:
    assert only(tmp_path, {"go.mod": module("m"), **files}).architectures == tuple(cpus.split())


ASKED_BY = """\
import sys
from pathlib import Path
from lambdabuild.discovery import discover
print(discover(Path(sys.argv[1])).go_asked_by)
"""


def test_of_files_that_ask_for_the_same_go_the_first_is_named_in_every_process(tmp_path: Path) -> None:
    names = [f"module{number}" for number in range(8)]
    modules = {f"{name}/go.mod": module(f"example.com/{name}", go="1.99.1") for name in names}
    uses = "".join(f"\t./{name}\n" for name in reversed(names))
    write_tree(tmp_path, {"go.work": f"go 1.25\nuse (\n{uses})\n", **modules, "module5/main.go": MAIN})

    said = [
        subprocess.run(
            [sys.executable, "-c", ASKED_BY, str(tmp_path)],
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]

    assert said == ["module0/go.mod\n"] * 2


CGO = 'package c\n\n// int c(void);\nimport "C"\n'


@pytest.mark.parametrize(
    ("files", "native"),
    [
        ({"main.go": MAIN}, None),
        ({"main.go": MAIN, "c.go": CGO.replace("package c", "package main")}, '. has import "C"'),
        ({"main.go": MAIN + "\n", "use.go": IMPORTING % ("main", "m/c"), "c/c.go": CGO}, 'c has import "C"'),
        (
            {
                "main.go": MAIN,
                "use.go": IMPORTING % ("main", "m/c"),
                "c/c.go": CGO,
                "c/pure.go": "//go:build !cgo\n\npackage c\n",
            },
            None,
        ),
        ({"main.go": MAIN, "other/c.go": CGO}, None),
        (
            {"main.go": MAIN, "db.go": IMPORTING % ("main", "github.com/mattn/go-sqlite3")},
            "github.com/mattn/go-sqlite3 is C",
        ),
    ],
)
def test_c_is_seen_where_it_is_compiled(files: dict[str, str], native: str | None, tmp_path: Path) -> None:
    main = only(tmp_path, {"go.mod": module("m"), **files})

    assert (main.native, main.perhaps_native) == (native, None)


def test_a_module_of_c_that_is_only_required_may_be_compiled(tmp_path: Path) -> None:
    go_mod = module("m", "require github.com/mattn/go-sqlite3 v1.14.22 // indirect")

    main = only(tmp_path, {"go.mod": go_mod, "main.go": MAIN})

    assert (main.native, main.perhaps_native) == (None, "github.com/mattn/go-sqlite3")


@pytest.mark.parametrize(
    ("files", "line", "hint"),
    [
        (
            {"x/main.go": MAIN},
            "x: is left out: there is no go.mod in it or above it",
            "run `go mod init MODULE` in the folder of the module, then `go mod tidy`",
        ),
        (
            {"go.work": "go 1.24\nuse ./other\n", "x/go.mod": module("m"), "x/main.go": MAIN},
            "x: is left out: `go.work` does not use its module",
            "run `go work use ./x`",
        ),
        (
            {"go.mod": module("m"), "x/main.go": MAIN, "x/other.go": "package other\n"},
            "x: is left out: it holds several packages, `main`, `other`",
            "keep one in a folder",
        ),
        (
            {"go.mod": module("m"), "x.go/main.go": MAIN},
            "x.go: is left out: a spec cannot name this folder",
            "rename it, without control characters, `\\`, `...` and `.go` at the end",
        ),
        (
            {"go.mod": module("m"), "x\ny/main.go": MAIN},
            "x\ny: is left out: a spec cannot name this folder",
            "rename it, without control characters, `\\`, `...` and `.go` at the end",
        ),
    ],
)
def test_what_go_could_not_build_is_left_out_with_a_word(
    files: dict[str, str], line: str, hint: str, tmp_path: Path
) -> None:
    discovery = found(tmp_path, files)

    assert discovery.mains == ()
    assert len(discovery.left_out) == 1
    assert [(one.line, one.hint) for one in discovery.remarks] == [(f"{tmp_path}/{line}", hint)]

"""The head of a Go file, read as go reads it."""

import json
import subprocess
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdabuild.discovery.source import Head, read_head
from lambdabuild.model.plan import Toolchain
from lambdabuild.model.platform import Architecture


def read(text: str, name: str = "main.go") -> Head:
    head = read_head(name, text)
    assert head is not None
    return head


@pytest.mark.parametrize(
    ("text", "imports"),
    [
        ("package main\n", ()),
        ('package main\nimport "fmt"\n', ("fmt",)),
        ('package main; import "fmt"; import "os"\n', ("fmt", "os")),
        (
            'package main\nimport (\n\t"fmt"\n\n\tl "a.b/c"; _ "d"\n\t. "e" // "no"\n)\nimport `f`\n',
            ("fmt", "a.b/c", "d", "e", "f"),
        ),
        ('package main\nimport ()\nimport "a"\nvar x = "no"\nimport "no"\n', ("a",)),
        ('// package x\n/* import "no"\n*/ package /* y */ main // z\nimport /* "no" */ "a"\n', ("a",)),
        ('\ufeffpackage main\r\n\r\nimport "a"\r\n', ("a",)),
        ('package main\nimport "\\x61/\\u00fc"\n', ("a/ü",)),
        ("package main\nimport größe \"a\"\n", ("a",)),
        ('package main\nconst s = `\nimport "no"\n`\n', ()),
        ('package main\nimport "unfinished\n', ()),
        ('package main\nimport ("a"\n', ("a",)),
        ('package main\nimport "\\q"\n', ("\\q",)),
    ],
)  # fmt: skip
def test_imports_stand_after_the_package_clause(text: str, imports: tuple[str, ...]) -> None:
    head = read(text)

    assert (head.package, head.imports) == ("main", imports)


@pytest.mark.parametrize(
    "text", ["", "// nothing", "import main", "package", "/* package main", '"package" main', "{}"]
)
def test_what_has_no_package_clause_is_no_go_file(text: str) -> None:
    assert read_head("main.go", text) is None


@pytest.mark.parametrize("name", ["main_test.go", ".main.go", "_main.go", "main.txt", "go.mod"])
def test_files_that_are_never_built_are_left_out(name: str) -> None:
    assert read_head(name, "package main\n") is None


def test_a_file_of_documentation_is_left_out() -> None:
    assert read_head("doc.go", "package documentation\n") is None


@pytest.mark.parametrize(
    ("line", "off", "on"),
    [
        ("//go:build linux", True, True),
        ("//go:build unix && (amd64 || arm64)", True, True),
        ("//go:build windows || !linux", False, False),
        ("//go:build !windows", True, True),
        ("//go:build cgo", False, True),
        ("//go:build !cgo", True, False),
        ("//go:build arm64 && !amd64", True, True),
        ("//go:build !arm64 && !amd64", False, False),
        ("//go:build go1.21", True, True),
        ("//go:build lambda.norpc", True, True),
        ("//go:build ignore", False, False),
        ("//go:build true || false && false", False, False),
        ("//go:build linux || ignore && ignore", True, True),
        ("//go:build !(ignore || windows) && gc", True, True),
        ("//go:build ! ( linux )", False, False),
        ("//go:build !!linux", True, True),
        ("//go:build (linux", False, False),
        ("//go:build linux darwin", False, False),
        ("//go:build", True, True),
        ("//go:buildlinux", True, True),
        ("// //go:build ignore", True, True),
        ("//go:build linux\n//go:build ignore", True, True),
        ("//go:build " + "(" * 9000 + "linux" + ")" * 900, False, False),
        ("// +build linux,amd64 windows\n// +build !ignore", True, True),
        ("// +build windows darwin", False, False),
        ("// +build linux\n// +build cgo", False, True),
        ("//go:build linux\n// +build ignore", True, True),
    ],
)
def test_build_constraints_are_judged_for_lambda(line: str, off: bool, on: bool) -> None:
    head = read(f"// Copyright\n\n{line}\n\npackage main\n")

    assert (bool(head.off), bool(head.on)) == (off, on)


@pytest.mark.parametrize(
    ("name", "line", "cpus"),
    [
        ("main_amd64.go", "", "amd64"),
        ("main_linux_arm64.go", "", "arm64"),
        ("main.go", "//go:build arm64", "arm64"),
        ("main.go", "//go:build !arm64", "amd64"),
        ("main.go", "// +build amd64 windows", "amd64"),
        ("main_amd64.go", "//go:build arm64", ""),
        ("amd64.go", "", "amd64 arm64"),
    ],
)
def test_the_cpus_of_a_file_are_those_of_its_name_and_its_line(name: str, line: str, cpus: str) -> None:
    assert read(f"{line}\n\npackage main\n", name).off == set(cpus.split())


def test_a_constraint_below_the_package_clause_is_a_comment() -> None:
    assert read("package main\n\n//go:build ignore\n").off


def test_a_file_with_c_is_built_with_cgo_alone() -> None:
    head = read('package main\n\n// #include <stdio.h>\nimport "C"\n')

    assert (head.off, head.on) == (frozenset(), frozenset(Architecture))


@pytest.mark.parametrize(
    ("name", "built"),
    [
        ("linux.go", True),
        ("windows.go", True),
        ("x_linux.go", True),
        ("x_windows.go", False),
        ("x_linux_arm64.go", True),
        ("x_darwin_arm64.go", False),
        ("x_386.go", False),
        ("x_arm64_y.go", True),
        ("windows_x.go", True),
        ("x_windows.y.go", False),
    ],
)
def test_names_of_systems_and_cpus_count_at_the_end(name: str, built: bool) -> None:
    assert bool(read("package main\n", name).off) is built


def test_go_says_the_same_of_its_own_library(toolchain: Toolchain) -> None:
    """Every package of the standard library, with cgo and without: its files, its name, what they import."""
    checked = 0
    heads: dict[str, dict[str, Head | None]] = {}
    for cgo, architecture in product(("0", "1"), Architecture):
        for package in listed(toolchain, architecture, cgo):
            folder = str(package["Dir"])
            if folder.endswith("/internal/goexperiment"):  # of flags that no GOEXPERIMENT turns off
                continue
            if folder not in heads:
                heads[folder] = {
                    path.name: read_head(path.name, path.read_text()) for path in Path(folder).glob("*.go")
                }
            built = {
                name: head
                for name, head in heads[folder].items()
                if head and architecture in (head.on if cgo == "1" else head.off)
            }
            assert set(built) == {*package.get("GoFiles", []), *package.get("CgoFiles", [])}, folder
            ours = {path for head in built.values() for path in head.imports}
            assert ours == {path.removeprefix("vendor/") for path in package.get("Imports", [])}, folder
            checked += 1
    assert checked > 1000


def listed(toolchain: Toolchain, architecture: Architecture, cgo: str) -> list[dict[str, list[str]]]:
    """What go says of its library."""
    done = subprocess.run(
        [toolchain.root / "bin" / "go", "list", "-e", "-json=Dir,GoFiles,CgoFiles,Imports", "std"],
        env={
            "GOARCH": architecture,
            "GOOS": "linux",
            "CGO_ENABLED": cgo,
            "GOFLAGS": "",
            "GOEXPERIMENT": "none",
            "HOME": "/",
        },
        cwd=toolchain.root / "src",
        capture_output=True,
        text=True,
        check=True,
    )
    return list(json.loads("[" + done.stdout.replace("}\n{", "},{") + "]"))


PIECES = st.sampled_from(
    ["package ", "main", "import ", "(", ")", '"a"', "`b`", '"', "`", "//", "/*", "*/", "\n", ";", ".", "_", "\\", "C",
     "//go:build ", "// +build ", "linux", "!", "&&", "||", ",", "\r", "\ufeff", "ü"]
)  # fmt: skip


@given(st.one_of(st.text(), st.lists(PIECES, max_size=40).map("".join)), st.sampled_from(["a.go", "a_linux.go"]))
def test_any_text_has_a_head_or_none(text: str, name: str) -> None:
    head = read_head(name, text)

    assert head is None or head.package.isidentifier() or not head.package.isascii() or head.package[0].isdigit()

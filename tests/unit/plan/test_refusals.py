"""What go refuses, in the class that it is, with go's words whole and what to do."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from lambdabuild.errors import CompileError, EnvironmentFailure, LambdabuildError, ProjectError
from lambdabuild.plan.listing import refusal as refusal_of
from tests.support.faulty import Reply, faulty_server, in_turn
from tests.support.golang import GO
from tests.support.planning import Machine
from tests.support.shapes import GREET, IMPORTING, MAIN, REQUIRE, SHAPES, Shape, module

NETWORK = "check the network, GOPROXY, GOPRIVATE and your credentials; `go mod download` shows it, too"
NOTHING = "look at the files, their build constraints, and the spec's `tags` and `cgo`"
TIDY = "run `go mod tidy` and commit go.mod and go.sum"
OF_ANOTHER = "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="


def app(files: Mapping[str, str], *, package: str = ".") -> Shape:
    return Shape(files={"go.mod": module("example.com/app"), **files}, packages={"app": package})


def refusal(machine: Machine, project: Path) -> LambdabuildError:
    with pytest.raises(LambdabuildError) as caught:
        machine.plan(project)
    return caught.value


def told(error: LambdabuildError) -> tuple[type[LambdabuildError], str, str | None]:
    return type(error), error.message, error.hint


def test_a_syntax_error_is_the_compilers_word(machine: Machine) -> None:
    error = refusal(machine, machine.write(app({"main.go": "package main\n\nimport (\n"})))

    assert told(error) == (CompileError, "the compile failed", None)
    assert error.exit_code == 1
    assert "main.go:3:10: expected ')', found 'EOF'" in error.output


def test_an_import_cycle_is_the_compilers_word(machine: Machine) -> None:
    files = {
        "main.go": 'package main\n\nimport _ "example.com/app/a"\n\nfunc main() {}\n',
        "a/a.go": 'package a\n\nimport _ "example.com/app/b"\n',
        "b/b.go": 'package b\n\nimport _ "example.com/app/a"\n',
    }

    error = refusal(machine, machine.write(app(files)))

    assert told(error) == (CompileError, "the compile failed", None)
    assert "import cycle not allowed" in error.output


def test_a_package_that_is_not_main_is_told(machine: Machine) -> None:
    error = refusal(machine, machine.write(app({"lib/lib.go": "package lib\n"}, package="./lib")))

    assert told(error) == (
        ProjectError,
        "`functions.app.package`: `./lib` is package `lib`, not `main`",
        "name the folder that holds `package main`; go would write an archive, and no program",
    )
    assert error.exit_code == 2


def test_a_package_that_is_not_there_is_told(machine: Machine) -> None:
    project = machine.write(app({"main.go": MAIN % "x"}, package="./cmd"))

    assert told(refusal(machine, project)) == (
        ProjectError,
        f"`functions.app.package`: there is no folder `./cmd` in `{project}`",
        "write the path of the folder that holds `package main`, relative to the spec",
    )


def test_a_folder_without_a_module_is_told(machine: Machine) -> None:
    project = machine.write(Shape(files={"cmd/main.go": MAIN % "x"}, packages={"app": "./cmd"}))

    assert told(refusal(machine, project)) == (
        ProjectError,
        "`functions.app.package`: no `go.mod` in `./cmd` or above it",
        "run `go mod init MODULE` in the folder of your module",
    )


def test_a_module_that_the_spec_names_and_is_not_there_is_told(machine: Machine) -> None:
    files = {"go.mod": module("example.com/app"), "main.go": MAIN % "x"}
    project = machine.write(Shape(files=files, packages={"app": "."}, fields={"module": "other"}))

    assert told(refusal(machine, project)) == (
        ProjectError,
        "`functions.app.module`: there is no `go.mod` in `other`",
        "write the folder of go.mod, relative to the spec, or leave `module` out",
    )


@pytest.mark.parametrize("file", ["go.mod", "go.work"])
def test_an_absolute_path_is_told(machine: Machine, file: str) -> None:
    files = {"go.mod": module("example.com/app"), "main.go": MAIN % "x"}
    if file == "go.mod":
        files[file] = module("example.com/app", "replace example.com/lib => /somewhere/lib")
    else:
        files[file] = "go 1.24\n\nuse .\n\nuse /somewhere/lib\n"
    project = machine.write(Shape(files=files, packages={"app": "."}))

    assert told(refusal(machine, project)) == (
        ProjectError,
        f"`{project}/{file}` names the absolute path `/somewhere/lib`: no other machine has it there",
        "write it relative to the file",
    )


def with_go(machine: Machine, line: str) -> Path:
    files = {"go.mod": f"module example.com/app\n\n{line}\n", "main.go": MAIN % "x"}
    return machine.write(Shape(files=files, packages={"app": "."}))


def test_the_toolchain_line_never_moves_the_go_of_the_spec(machine: Machine) -> None:
    assert machine.plan(with_go(machine, "go 1.24\n\ntoolchain go1.99.2")).actions


@pytest.mark.parametrize("version", ["1.99", "1.99.1"])
def test_a_project_that_needs_a_newer_go_is_told_both_versions(machine: Machine, version: str) -> None:
    error = refusal(machine, with_go(machine, f"go {version}"))

    assert told(error) == (
        ProjectError,
        (
            f"the project needs Go {version}, the spec says {GO}:"
            f" go: go.mod requires go >= {version} (running go {GO}; GOTOOLCHAIN=local)"
        ),
        f'write `go: "X.Y.Z"` of {version} or newer in the spec and run `lambdabuild lock`',
    )
    assert error.exit_code == 2


def test_a_directive_that_go_does_not_know_is_told(machine: Machine) -> None:
    files = {"go.mod": module("example.com/app", "frobnicate x"), "main.go": MAIN % "x"}
    project = machine.write(Shape(files=files, packages={"app": "."}))

    error = refusal(machine, project)

    assert told(error) == (
        ProjectError,
        f"Go {GO} cannot read `{project}/go.mod`",
        f"the spec says `go: {GO}`; a newer Go may know what stands there",
    )
    assert "unknown directive: frobnicate" in error.output


def test_an_incomplete_go_sum_is_told_with_the_command_that_completes_it(machine: Machine) -> None:
    files = {"go.mod": module("example.com/app", REQUIRE), "main.go": GREET}

    error = refusal(machine, machine.write(Shape(files=files, packages={"app": "."})))

    assert type(error) is ProjectError
    assert error.message.startswith("go.sum is incomplete: main.go:3:8: missing go.sum entry for module providing")
    assert "example.com/Greeter" in error.message
    assert error.hint == "run `go get example.com/app` and commit go.sum"


def test_a_go_sum_that_cannot_be_read_is_told(machine: Machine) -> None:
    project = machine.write(SHAPES["a fetched module"])
    with (project / "go.sum").open("a") as sums:
        sums.write("<<<<<<< HEAD of mine\n")

    error = refusal(machine, project)

    assert told(error)[::2] == (
        ProjectError,
        "restore it from version control, or remove it and run `go mod tidy`",
    )
    assert error.message.startswith("go.sum cannot be read: ")
    assert "go.sum:3" in error.message


def test_a_folder_whose_name_go_does_not_take_is_told(machine: Machine) -> None:
    files = {"cmd/größe/main.go": MAIN % "x"}

    error = refusal(machine, machine.write(app(files, package="./cmd/größe")))

    assert told(error)[::2] == (
        ProjectError,
        "rename the folder, or give it a go.mod of its own: paths below a go.mod are ASCII, without spaces",
    )
    assert error.message.startswith("go does not take a package path with such characters: ")


def test_an_import_that_go_mod_lacks_is_told(machine: Machine) -> None:
    error = refusal(machine, machine.write(app({"main.go": GREET})))

    assert told(error) == (
        ProjectError,
        (
            "go.mod lacks a module that the code imports: main.go:3:8: cannot find module providing package"
            " example.com/Greeter: import lookup disabled by -mod=readonly"
        ),
        TIDY,
    )


def test_a_go_mod_that_is_not_up_to_date_is_told(machine: Machine) -> None:
    files = {
        "go.mod": module("example.com/app", "require example.com/lib v0.0.0", "replace example.com/lib => ./lib"),
        "main.go": IMPORTING % ("example.com/lib", "lib.Word"),
        "lib/go.mod": module("example.com/lib", REQUIRE.replace("v1.0.0", "v1.1.0")),
        "lib/lib.go": 'package lib\n\nimport "example.com/Greeter"\n\nconst Word = greeter.Word\n',
    }
    project = machine.write(Shape(files=files, packages={"app": "."}, prepare=((".", "mod", "tidy"),)))
    mod = project / "go.mod"
    mod.write_text(mod.read_text().replace("v1.1.0", "v1.0.0"))
    with (project / "go.sum").open("a") as sums:
        sums.write((machine.write(SHAPES["a fetched module"], "other") / "go.sum").read_text())

    error = refusal(machine, project)

    assert told(error)[::2] == (ProjectError, TIDY)
    assert error.message.startswith("go.mod is not up to date: go: updates to go.mod needed")


def test_a_vendor_folder_that_does_not_fit_is_told(machine: Machine) -> None:
    project = machine.write(SHAPES["vendor"])
    mod = project / "go.mod"
    mod.write_text(mod.read_text().replace("Greeter v1.0.0", "Greeter v1.1.0"))

    error = refusal(machine, project)

    assert told(error) == (
        ProjectError,
        f"vendor/ does not fit go.mod: go: inconsistent vendoring in {project}:",
        "run `go mod vendor` (`go work vendor` in a workspace) and commit vendor/",
    )
    assert "is explicitly required in go.mod, but not marked" in error.output or "Greeter" in error.output


def test_a_module_outside_of_its_workspace_is_told(machine: Machine) -> None:
    files = {
        "go.work": "go 1.24\n\nuse ./lib\n",
        "lib/go.mod": module("example.com/lib"),
        "app/go.mod": module("example.com/app"),
        "app/main.go": MAIN % "x",
    }

    error = refusal(machine, machine.write(Shape(files=files, packages={"app": "./app"})))

    assert told(error)[::2] == (ProjectError, "run `go work use` with its folder, or remove go.work")
    assert error.message.startswith("go.work does not hold the module: ")


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"README.md": "#\n"}, "no Go files in"),
        ({"main.go": f"//go:build never\n\n{MAIN % 'x'}"}, "build constraints exclude all Go files in"),
        ({"main.go": '//go:build linux\n\npackage main\n\nimport "C"\n\nfunc main() {}\n'}, "exclude all Go files in"),
    ],
)
def test_a_folder_that_has_nothing_to_build_is_told(machine: Machine, files: dict[str, str], says: str) -> None:
    error = refusal(machine, machine.write(app(files)))

    assert told(error)[::2] == (ProjectError, NOTHING)
    assert error.message.startswith("there is nothing that go can build: ")
    assert says in error.message


@pytest.mark.parametrize(
    ("files", "package"),
    [
        ({"main_test.go": "package main\n"}, "example.com/app"),
        (
            {"main.go": IMPORTING % ("example.com/app/lib", "1"), "lib/lib_test.go": "package lib\n"},
            "example.com/app/lib",
        ),
    ],
)
def test_a_package_of_nothing_but_tests_is_told(machine: Machine, files: dict[str, str], package: str) -> None:
    assert told(refusal(machine, machine.write(app(files)))) == (
        ProjectError,
        f"there is nothing that go can build: no non-test Go files in `{package}`",
        NOTHING,
    )


def test_a_folder_of_two_packages_is_told(machine: Machine) -> None:
    project = machine.write(app({"main.go": MAIN % "x", "other.go": "package other\n"}))

    assert told(refusal(machine, project)) == (
        ProjectError,
        f"a folder holds two packages: found packages main (main.go) and other (other.go) in {project}",
        "move the files of one of them to a folder of its own, or give them a build constraint",
    )


def test_a_replace_by_a_folder_that_is_no_module_is_told(machine: Machine) -> None:
    files = {
        "go.mod": module("example.com/app", "require example.com/lib v0.0.0", "replace example.com/lib => ./lib"),
        "main.go": IMPORTING % ("example.com/lib", "lib.Word"),
        "lib/lib.go": 'package lib\n\nconst Word = "x"\n',
    }

    error = refusal(machine, machine.write(Shape(files=files, packages={"app": "."})))

    assert told(error)[::2] == (ProjectError, "correct the path behind `=>`, or run `go mod init MODULE` there")
    assert error.message.startswith("a `replace` names a folder that has no go.mod: main.go:3:8: module ./lib: reading")


@pytest.mark.parametrize("workspace", [False, True])
def test_a_package_of_a_nested_module_is_told(machine: Machine, workspace: bool) -> None:
    files = {
        "go.mod": module("example.com/app"),
        "cmd/go.mod": module("example.com/app/cmd"),
        "cmd/main.go": MAIN % "x",
    } | ({"go.work": "go 1.24\n\nuse .\n"} if workspace else {})
    fields = {} if workspace else {"module": "."}

    error = refusal(machine, machine.write(Shape(files=files, packages={"app": "./cmd"}, fields=fields)))

    assert told(error) == (
        ProjectError,
        (
            "the package is not of the module that it is built in:"
            " main module (example.com/app) does not contain package example.com/app/cmd"
        ),
        "name the folder of the package's own go.mod as `module`, or leave `module` out; `go work use` in a workspace",
    )


def test_a_package_that_vendor_lacks_is_told(machine: Machine) -> None:
    project = machine.write(SHAPES["vendor"])
    (project / "main.go").write_text(IMPORTING % ("example.com/Greeter/more", "more.Word"))

    error = refusal(machine, project)

    assert told(error)[::2] == (
        ProjectError,
        "run `go mod tidy` and `go mod vendor` (`go work vendor` in a workspace), and commit what they write",
    )
    assert error.message.startswith("vendor/ lacks a package that the code imports: main.go:3:8: cannot find module")


def test_a_main_in_vendor_that_is_not_listed_is_told(machine: Machine) -> None:
    project = machine.write(SHAPES["vendor"])
    (project / "vendor" / "tool").mkdir()
    (project / "vendor" / "tool" / "main.go").write_text(MAIN % "x")
    spec = project / "buildspec.yaml"
    spec.write_text(spec.read_text().replace("package: .", "package: ./vendor/tool"))

    assert told(refusal(machine, project)) == (
        ProjectError,
        (f"vendor/ does not fit go.mod: directory {project}/vendor/tool is not a package listed in vendor/modules.txt"),
        "run `go mod vendor` (`go work vendor` in a workspace) and commit vendor/",
    )


@pytest.mark.parametrize(
    ("words", "says", "hint"),
    [
        (
            "go: updates to go.sum needed, but go.sum is part of the overlay specified with -overlay\n",
            "go.sum is incomplete",
            "run `go mod tidy`, in a workspace after `go work sync`, and commit go.mod, go.sum and go.work.sum",
        ),
        (
            "go: go.mod file not found in current directory or any parent directory; see 'go help modules'\n",
            "there is no go.mod",
            "run `go mod init MODULE` in the folder of your module",
        ),
        (
            "directory ../lib outside main module or its selected dependencies\n",
            "the package is not of the module that it is built in",
            (
                "name the folder of the package's own go.mod as `module`, or leave `module` out;"
                " `go work use` in a workspace"
            ),
        ),
        (
            "a.go:2:8: example.com/lib@v0.0.0 (replaced by ../lib): reading ../lib/go.mod: no such file or directory\n",
            "a `replace` names a folder that has no go.mod",
            "correct the path behind `=>`, or run `go mod init MODULE` there",
        ),
        (
            "go: no modules were found in the current workspace; see 'go help work'\n",
            "go.work does not hold the module",
            "run `go work use` with its folder, or remove go.work",
        ),
    ],
)
def test_what_another_go_or_a_change_meanwhile_makes_go_say_is_told(words: str, says: str, hint: str) -> None:
    """The words of go 1.24.11 and 1.26.8, which are the same."""
    error = refusal_of(words, version=GO)

    assert told(error) == (ProjectError, f"{says}: {words.strip()}", hint)
    assert error.output == words


def test_a_proxy_that_has_nothing_is_the_networks_fault(machine: Machine) -> None:
    project = machine.write(SHAPES["a fetched module"])
    empty = machine.folder / "empty"
    empty.mkdir()

    error = refusal(machine.with_environ(GOPROXY=empty.as_uri()), project)

    assert told(error)[::2] == (EnvironmentFailure, NETWORK)
    assert error.exit_code == 4
    assert error.message.startswith("a module cannot be fetched: ")
    assert "example.com/Greeter@v1.0.0" in error.message


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_proxy_that_refuses_is_the_networks_fault(machine: Machine, status: int) -> None:
    project = machine.write(SHAPES["a fetched module"])

    with faulty_server(in_turn(Reply(status=status))) as server:
        error = refusal(machine.with_environ(GOPROXY=f"http://{server.host}"), project)

    assert told(error)[::2] == (EnvironmentFailure, NETWORK)
    assert f"http://{server.host}/example.com/%21greeter/@v/v1.0.0" in error.message
    assert str(status) in error.message


def test_no_network_is_the_networks_fault(machine: Machine) -> None:
    project = machine.write(SHAPES["a fetched module"])

    error = refusal(machine.with_environ(GOPROXY="off"), project)

    assert told(error)[::2] == (EnvironmentFailure, NETWORK)
    assert "module lookup disabled by GOPROXY=off" in error.message


def test_a_proxy_that_serves_another_module_is_told(machine: Machine) -> None:
    project = machine.write(SHAPES["a fetched module"])
    sums = project / "go.sum"
    lines = [line.rsplit(" ", 1)[0] for line in sums.read_text().splitlines()]
    sums.write_text("".join(f"{line} {OF_ANOTHER}\n" for line in lines))

    error = refusal(machine, project)

    assert told(error)[::2] == (EnvironmentFailure, "do not use it until you know why it changed")
    assert error.message.startswith("a module is not what go.sum says: ")
    assert "SECURITY ERROR" in error.output

"""What an action is made of: exactly the files that its compile reads."""

from dataclasses import replace

import pytest

from tests.support.planning import Machine, fetched, local, zig_lock
from tests.support.shapes import GREET, IMPORTING, MAIN, REQUIRE, SHAPES, Shape, module

GREETER = {
    "example.com/!greeter@v1.0.0",
    "cache/download/example.com/!greeter/@v/v1.0.0.mod",
    "cache/download/example.com/!greeter/@v/v1.0.0.ziphash",
}

LOCAL = {
    "cmd monorepo": {"go.mod", "cmd/a/main.go", "internal/w/w.go"},
    "two modules": {"go.mod", "main.go"},
    "go.work": {"go.work", "app/go.mod", "app/main.go", "lib/go.mod", "lib/lib.go"},
    "replace to a folder outside": {"above-1/go.mod", "above-1/main.go", "lib/go.mod", "lib/lib.go"},
    "a fetched module": {"go.mod", "go.sum", "main.go"},
    "embed": {"go.mod", "main.go", "pages/a/index.html", "hidden/.keep", "one.txt"},
    "build tags": {"go.mod", "main.go", "on.go"},
    "cgo beside it": {"go.mod", "main.go", "c/pure.go"},
    "assembly with headers": {"go.mod", "main.go", "one_amd64.s", "shared/one.h", "shared/value.h"},
    "vendor": {"go.mod", "go.sum", "main.go", "vendor/modules.txt", "vendor/example.com/Greeter/greeter.go"},
}
"""Local files of the first action of a shape, without tests, other folders, other CPUs, other tags."""


@pytest.mark.parametrize("name", LOCAL)
def test_local_inputs_of(name: str, machine: Machine) -> None:
    assert local(machine.action(machine.write(SHAPES[name]))) == LOCAL[name]


def shape(files: dict[str, str], **fields: str) -> Shape:
    return Shape(files={"go.mod": module("example.com/app"), **files}, packages={"app": "."}, fields=fields)


def test_tests_documents_and_other_systems_are_no_inputs(machine: Machine) -> None:
    beside = {"main_test.go": "package main\n", "main_windows.go": "package main\n", "README.md": "#\n"}
    project = machine.write(shape({"main.go": MAIN % "x", "unused/u.go": "package u\n", **beside}))

    assert local(machine.action(project)) == {"go.mod", "main.go"}


def test_a_profile_is_an_input_of_its_main_alone(machine: Machine) -> None:
    files = {f"{name}/main.go": MAIN % name for name in "ab"} | {"a/default.pgo": "profile", "default.pgo": "other"}
    project = machine.write(replace(shape(files), packages={"a": "./a", "b": "./b"}))

    inputs = {action.function: local(action) for action in machine.plan(project).actions}

    assert inputs == {"a": {"go.mod", "a/main.go", "a/default.pgo"}, "b": {"go.mod", "b/main.go"}}


def test_sums_of_a_workspace_are_inputs(machine: Machine) -> None:
    project = machine.write(SHAPES["go.work"])
    (project / "go.work.sum").write_text(
        "example.com/x v1.0.0/go.mod h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
    )

    assert local(machine.action(project)) == LOCAL["go.work"] | {"go.work.sum"}


def test_a_module_is_an_input_with_all_of_it(machine: Machine) -> None:
    assert fetched(machine.action(machine.write(SHAPES["a fetched module"]))) == GREETER


def test_a_module_that_no_package_comes_from_is_no_input(machine: Machine) -> None:
    files = {
        "go.mod": module("example.com/app", REQUIRE),
        "a/main.go": MAIN % "a",
        "b/main.go": GREET,
    }
    project = machine.write(Shape(files=files, packages={"a": "./a", "b": "./b"}, prepare=((".", "mod", "tidy"),)))

    inputs = {action.function: fetched(action) for action in machine.plan(project).actions}

    assert inputs == {"a": set(), "b": GREETER}


def test_with_cgo_the_whole_module_of_a_c_package_is_an_input(machine: Machine) -> None:
    files = dict(SHAPES["cgo beside it"].files) | {
        "lib/x.a": "archive",
        "docs/README.md": "#\n",
        ".git/HEAD": "ref\n",
        "nested/go.mod": module("example.com/nested"),
        "nested/n.go": "package n\n",
        "dist/build.json": "{}",
        "dist/app-amd64.zip": "what an earlier build made",
        "images.lock": "version: 1\n",
        ".lambdabuild-abc.tmp": "a lock that is being written",
        "c/images.lock": "a file of someone else",
        "third_party/images/oci-layout": "{}",
        "third_party/images/blobs/sha256/00": "a layer",
    }
    project = machine.write_with_zig(shape(files))

    assert local(machine.action(project, lock=zig_lock())) == {
        "go.mod", "main.go", "c/cgo.go", "c/pure.go", "c/include/c.h", "c/images.lock", "lib/x.a", "docs/README.md",
    }  # fmt: skip


def test_headers_of_a_c_package_that_is_not_built_are_no_inputs(machine: Machine) -> None:
    files = {
        "main.go": IMPORTING % ("example.com/app/asm", "asm.Word"),
        "asm/asm.go": 'package asm\n\nconst Word = "asm"\n',
        "native/cgo.go": 'package native\n\n// #cgo CFLAGS: -I${SRCDIR}/include\n// #include "n.h"\nimport "C"\n',
        "native/include/n.h": "int n;\n",
    }

    assert local(machine.action(machine.write(shape(files)))) == {"go.mod", "main.go", "asm/asm.go"}


def test_the_sources_of_each_package_are_known(machine: Machine) -> None:
    action = machine.action(machine.write(SHAPES["a fetched module"]))

    assert {name: [path.name for path in paths] for name, paths in action.sources.items()} == {
        "example.com/Greeter": ["greeter.go"],
        "example.com/app": ["main.go"],
    }
    assert all(path.is_file() for paths in action.sources.values() for path in paths)

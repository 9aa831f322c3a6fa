"""What an action says of C that zig compiles: everything that moves bytes, and no folder of this machine."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from lambdabuild.errors import ProjectError
from lambdabuild.model.plan import Action
from tests.support.planning import Machine, zig_lock
from tests.support.shapes import MAIN, SHAPES, Shape, module

C = SHAPES["cgo beside it"]
MIXED = Shape(
    files={"go.mod": module("example.com/app"), "a/main.go": MAIN % "a", "b/main.go": MAIN % "b"},
    packages={"a": "./a", "b": "./b"},
)
SAME = "-mcpu=baseline -fno-sanitize=undefined -Wno-date-time -Wl,-s"


def flags(machine: Machine, **fields: str) -> dict[str, str]:
    """What zig is told, by architecture; provided.al2 has glibc 2.26, provided.al2023 2.34."""
    project = machine.write_with_zig(replace(C, fields=fields))
    plan = machine.plan(project, lock=zig_lock(al2="GLIBC_2.26"))
    return {str(action.architecture): action.command.env["ZIG_FLAGS"] for action in plan.actions}


def test_c_is_compiled_for_the_glibc_of_the_runtime_and_the_plainest_cpu(machine: Machine) -> None:
    assert flags(machine) == {
        "amd64": f"-target x86_64-linux-gnu.2.34 {SAME}",
        "arm64": f"-target aarch64-linux-gnu.2.34 {SAME}",
    }


@pytest.mark.parametrize(
    ("runtime", "floor", "glibc"),
    [
        ("provided.al2", "[]", "2.26"),
        ("provided.al2023", "[provided.al2]", "2.26"),
        ("provided.al2", "[provided.al2023]", "2.26"),
    ],
)
def test_the_oldest_glibc_of_runtime_and_floor_decides(machine: Machine, runtime: str, floor: str, glibc: str) -> None:
    assert flags(machine, runtime=runtime, floor=floor)["arm64"] == f"-target aarch64-linux-gnu.{glibc} {SAME}"


def test_versions_are_numbers(machine: Machine) -> None:
    project = machine.write_with_zig(replace(C, fields={"floor": "[provided.al2]"}))

    action = machine.action(project, lock=zig_lock(al2="GLIBC_2.9", al2023="GLIBC_2.26"))

    assert "-target x86_64-linux-gnu.2.9 " in action.command.env["ZIG_FLAGS"]


@pytest.mark.parametrize(
    "field",
    [
        {"ldflags": "[-linkmode external -extldflags -static]"},
        {"ldflags": "['-linkmode=external \"-extldflags=-L/x -static\"']"},
        {"env": "{CGO_LDFLAGS: -g -static}"},
    ],
)
def test_a_static_program_is_linked_with_musl(machine: Machine, field: dict[str, str]) -> None:
    assert flags(machine, **field) == {
        "amd64": f"-target x86_64-linux-musl {SAME}",
        "arm64": f"-target aarch64-linux-musl {SAME}",
    }


@pytest.mark.parametrize(
    "field",
    [
        {"ldflags": "[-extldflags -static-libgcc]"},
        {"ldflags": "[-X main.how=-static, -X main.a=-extldflags]"},
        {"ldflags": "[-extldflags -static -extldflags -lm]"},
        {"env": "{CGO_CFLAGS: -static}"},
        {"tags": "[static]"},
    ],
)
def test_what_only_looks_static_is_not(machine: Machine, field: dict[str, str]) -> None:
    assert "-linux-gnu.2.34 " in flags(machine, **field)["amd64"]


def test_the_date_of_a_compile_is_always_the_same(machine: Machine) -> None:
    assert machine.action(machine.write_with_zig(C), lock=zig_lock()).command.env["SOURCE_DATE_EPOCH"] == "0"
    assert "SOURCE_DATE_EPOCH" not in machine.action(machine.write(C, "static")).command.env


def test_no_program_of_an_image_tells_zig_of_libraries(machine: Machine) -> None:
    """Whose pkg-config go would find is no part of the key: in a container it is the image's."""
    project = machine.write_with_zig(replace(C, fields={"executor": "docker"}))

    assert machine.action(project, lock=zig_lock()).command.env["PATH"] == ""


def test_zig_is_an_input_and_its_tree_is_in_the_key(machine: Machine) -> None:
    project = machine.write_with_zig(C)

    action, other = (machine.action(project, lock=zig_lock(tree=tree)) for tree in "ef")

    assert dict(action.inputs.nodes)["zig"].hash == "e" * 64
    assert action.digest != other.digest


@pytest.mark.parametrize(("before", "after"), [({}, {"al2023": "GLIBC_2.35"}), ({"al2": "GLIBC_2.26"}, {})])
def test_the_glibc_that_is_linked_with_is_in_the_key(
    machine: Machine, before: dict[str, str], after: dict[str, str]
) -> None:
    project = machine.write_with_zig(C)

    digests = [machine.digests(project, lock=zig_lock(**images)) for images in (before, after)]

    assert (digests[0] != digests[1]) == ("al2023" in after)


def test_no_folder_of_this_machine_is_in_the_key(machine: Machine, tmp_path: Path) -> None:
    elsewhere = replace(machine, folder=tmp_path / "else where")

    digests = [one.digests(one.write_with_zig(C), lock=zig_lock()) for one in (machine, elsewhere)]

    assert digests[0] == digests[1]


def test_zig_is_for_functions_that_ask_for_it(machine: Machine) -> None:
    project = machine.write_with_zig(MIXED)
    spec = project / "buildspec.yaml"
    spec.write_text(spec.read_text().replace("    cgo: zig\n", "    cgo: off\n", 1))

    plan = machine.plan(project, lock=zig_lock())

    assert {group.actions[0].function: group.zig for group in plan.groups} == {"a": None, "b": "0.17.1"}
    assert {action.function: "zig" in dict(action.inputs.nodes) for action in plan.actions} == {"a": False, "b": True}
    assert not [name for name in plan.actions[0].command.env if name.startswith("ZIG") or name == "CC"]


@pytest.mark.parametrize("glibc", [None, "GLIBC_ABI_DT_RELR"])
def test_an_image_without_glibc_is_told(machine: Machine, glibc: str | None) -> None:
    project = machine.write_with_zig(C)

    with pytest.raises(ProjectError) as caught:
        machine.plan(project, lock=zig_lock(al2023=glibc))

    assert caught.value.message == (
        "`functions.app.cgo`: `public.ecr.aws/lambda/provided:al2023` linux/arm64 has no glibc for zig to link with"
    )
    assert caught.value.hint == (
        "name a runtime that has one, or link statically: `ldflags: [-linkmode external -extldflags -static]`"
    )
    assert caught.value.exit_code == 2


def test_a_static_program_needs_no_glibc_in_the_image(machine: Machine) -> None:
    project = machine.write_with_zig(replace(C, fields={"env": "{CGO_LDFLAGS: -static}"}))

    assert machine.digests(project, lock=zig_lock(al2023=None)) == machine.digests(project, lock=zig_lock())


def launched(action: Action, root: Path) -> dict[str, str]:
    """What the launcher of an action gives to go, when a cluster has unpacked the inputs at `root`."""
    (launcher,) = (file for file in action.inputs.files if str(file.path) == "launch")
    folder = root / action.command.working_directory
    folder.mkdir(parents=True)
    (root / "launch").write_bytes(launcher.content)
    (root / "go" / "bin").mkdir(parents=True)
    (root / "go" / "bin" / "go").write_text("#!/bin/sh\n/usr/bin/env\n")
    (root / "go" / "bin" / "go").chmod(0o755)
    said = subprocess.check_output(action.command.argv, cwd=folder, env=action.command.env, text=True)
    return dict(line.partition("=")[::2] for line in said.splitlines())


def test_the_launcher_says_where_zig_is(machine: Machine, tmp_path: Path) -> None:
    root = tmp_path / "input root"
    action = machine.action(machine.write_with_zig(C), lock=zig_lock())

    env = launched(action, root)

    told = f"-target x86_64-linux-gnu.2.34 {SAME}"
    assert (env["CC"], env["CXX"]) == (f"'{root}/zig/zig' cc {told}", f"'{root}/zig/zig' c++ {told}")
    assert env["ZIG_GLOBAL_CACHE_DIR"] == env["ZIG_LOCAL_CACHE_DIR"] == f"{root}/cache/zig"


def test_without_c_the_launcher_knows_of_no_compiler(machine: Machine, tmp_path: Path) -> None:
    env = launched(machine.action(machine.write(C)), tmp_path / "root")

    assert not {"CC", "CXX", "ZIG_FLAGS"} & env.keys()
    assert env["GOROOT"] == f"{tmp_path}/root/go"

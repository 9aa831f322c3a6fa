"""What C and assembly read in other folders: the cache of go does not look at it, and programs are made of it."""

import os
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

import pytest

from lambdabuild.execute.host import HostExecutor
from lambdabuild.execute.native import flags_of_assembly, flags_of_c
from lambdabuild.io.store import Store
from lambdabuild.model.artifact import Selection
from lambdabuild.model.plan import Group, Toolchain, Zig
from lambdabuild.model.platform import Architecture, host_platform
from lambdabuild.toolchain import ZigToolchains
from tests.support.cli import CACHE
from tests.support.golang import RunGo
from tests.support.goproxy import ModuleProxy
from tests.support.planning import Machine, zig_lock
from tests.support.shapes import ASSEMBLY, MAIN, Shape, module
from tests.support.zigs import LOCKED, PIP_CACHE, ZIG

NEVER = Event()

pytestmark = pytest.mark.timeout(900)  # zig compiles its C library once for each cache

HERE = Selection(architectures=frozenset({Architecture(host_platform().partition("/")[2])}))
"""A program of this CPU can be run."""

C = Shape(
    files={
        "go.mod": module("example.com/app"),
        "app/main.go": 'package main\n\nimport "example.com/app/c"\n\nfunc main() { println(c.X()) }\n',
        "c/c.go": 'package c\n\n// #cgo CFLAGS: -I${SRCDIR}/../inc\n// #include "x.h"\nimport "C"\n\n'
        "func X() int { return C.X }\n",
        "inc/x.h": "#define X 2\n",
        "pure/main.go": MAIN % "pure",
    },
    packages={"app": "./app", "pure": "./pure"},
)


@pytest.fixture
def machine(tmp_path: Path, toolchain: Toolchain, proxy: ModuleProxy, user_go: RunGo) -> Machine:
    return Machine(folder=tmp_path, toolchain=toolchain, environ=proxy.environ, user_go=user_go)


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedTools:
    """The zig of the tests' own lock."""

    store: Store

    def go(self, version: str, platform: str) -> Toolchain:
        raise AssertionError(f"go {version} {platform}: the plan has it")

    def zig(self, version: str, platform: str) -> Zig:
        assert version == ZIG
        toolchains = ZigToolchains(store=self.store, environ={**os.environ, "PIP_CACHE_DIR": str(PIP_CACHE)})
        return toolchains.install(version, platform, LOCKED[platform])


def by_zig(machine: Machine, project: Path) -> Group:
    (group,) = machine.plan(project, lock=zig_lock(), selection=HERE).groups
    return group


def program(group: Group, store: Store, into: Path) -> Path:
    """The program of `app`."""
    results = HostExecutor(store=store, tools=LockedTools(store=Store(root=CACHE)), stop=NEVER).run(group, into)
    (result,) = (results[action.digest] for action in group.actions if action.function == "app")
    assert result.binary is not None, result.output
    return result.binary


def says(program: Path) -> str:
    return subprocess.run([program], stderr=subprocess.PIPE, check=True, text=True).stderr.strip()


def cold(store: Store, folder: Path) -> Store:
    """A cache in which go has compiled nothing. Nothing of go's is in zig's."""
    folder.mkdir()
    (folder / "zig").symlink_to(store.zig)
    return Store(root=folder)


def test_a_header_of_c_in_another_folder_is_compiled_again(machine: Machine, store: Store, tmp_path: Path) -> None:
    project = machine.write_with_zig(C)
    before = program(by_zig(machine, project), store, tmp_path / "before")
    (project / "inc" / "x.h").write_text("#define X 3\n")
    changed = by_zig(machine, project)

    after = program(changed, store, tmp_path / "after")

    assert (says(before), says(after)) == ("2", "3")
    assert program(changed, cold(store, tmp_path / "cold"), tmp_path / "again").read_bytes() == after.read_bytes()


def test_flags_of_the_spec_stay(machine: Machine) -> None:
    """Where there are none, those that go would take. What is empty is nothing said, for go."""
    project = machine.write_with_zig(replace(C, fields={"env": "{CGO_CFLAGS: -O1, CGO_CXXFLAGS: ''}"}))
    group = by_zig(machine, project)

    flags = {
        name: text.rpartition(" -fdebug-prefix-map=/lambdabuild/inputs-") for name, text in flags_of_c(group).items()
    }

    assert {name: before for name, (before, _, _) in flags.items()} == {
        "CGO_CFLAGS": "-O1",
        "CGO_CXXFLAGS": "-g -O2",
        "CGO_FFLAGS": "-g -O2",
    }
    assert {len(after) for _, _, after in flags.values()} == {len("=/") + 32}


def test_without_c_there_are_no_flags(machine: Machine) -> None:
    pure = replace(C, packages={"pure": "./pure"})

    (group,) = machine.plan(machine.write(pure), selection=HERE).groups

    assert flags_of_c(group) == {}


def test_what_has_c_compiled_again_moves_no_byte(machine: Machine, store: Store, tmp_path: Path) -> None:
    group = by_zig(machine, machine.write_with_zig(C))
    unsaid = replace(group, actions=tuple(replace(action, native="") for action in group.actions))

    with_it, without = (program(one, store, tmp_path / str(n)) for n, one in enumerate((group, unsaid)))

    assert with_it.read_bytes() == without.read_bytes()


def test_what_else_is_built_is_no_part_of_an_action(machine: Machine) -> None:
    project = machine.write_with_zig(C)

    (both,) = machine.plan(project, lock=zig_lock(), selection=HERE).groups
    (one,) = machine.plan(project, lock=zig_lock(), selection=replace(HERE, functions=frozenset({"app"}))).groups

    assert [action.digest for action in both.actions if action.function == "app"] == [one.actions[0].digest]
    assert {action.function: bool(action.native) for action in both.actions} == {"app": True, "pure": False}


def test_pkg_config_is_not_found(machine: Machine, tmp_path: Path) -> None:
    project = machine.write_with_zig(C)
    text = (project / "c" / "c.go").read_text()
    (project / "c" / "c.go").write_text(text.replace("// #cgo", "// #cgo pkg-config: zlib\n// #cgo"))
    group = by_zig(machine, project)

    results = HostExecutor(store=Store(root=CACHE), tools=LockedTools(store=Store(root=CACHE)), stop=NEVER).run(
        group, tmp_path / "into"
    )

    assert {result.exit_code for result in results.values()} == {1}
    assert 'exec: "pkg-config": executable file not found in $PATH' in results[group.actions[0].digest].output


def test_no_clock_and_no_date_of_a_file_is_in_a_program(machine: Machine, store: Store, tmp_path: Path) -> None:
    """Clang takes SOURCE_DATE_EPOCH for `__TIMESTAMP__` too; gcc takes the file's own date."""
    source = "package c\n\n// static const char *when(void) { return __DATE__ __TIME__ __TIMESTAMP__; }\n"
    text = f'{source}import "C"\n\nfunc X() string {{ return C.GoString(C.when()) }}\n'
    project = machine.write_with_zig(replace(C, files={**C.files, "c/c.go": text}))

    made = program(by_zig(machine, project), store, tmp_path / "into")

    assert says(made) == "Jan  1 1970" + "00:00:00" + "Thu Jan  1 00:00:00 1970"


def test_a_header_of_assembly_in_another_folder_is_assembled_again(
    machine: Machine, store: Store, tmp_path: Path
) -> None:
    """As one program: what go keeps of it is then the one that was made last."""
    project = machine.write(Shape(files=ASSEMBLY, packages={"app": "."}))
    made = []
    for value in "13":
        (project / "shared" / "value.h").write_text(f"#define VALUE {value}\n")
        (group,) = machine.plan(project, selection=HERE).groups
        made.append(says(program(group, store, tmp_path / value)))

    assert made == ["1", "3"]


def test_assembly_with_headers_beside_it_is_left_to_the_cache_of_go(machine: Machine) -> None:
    beside = {name.replace("shared/", ""): text.replace("shared/", "") for name, text in ASSEMBLY.items()}

    (group,) = machine.plan(machine.write(Shape(files=beside, packages={"app": "."})), selection=HERE).groups

    assert flags_of_assembly(group) == ()

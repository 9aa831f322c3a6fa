"""The host executor: real compiles, whose failures are data, and which end when they are told to."""

import time
from pathlib import Path
from threading import Event, Timer

import pytest

from lambdabuild.execute.host import HostExecutor
from lambdabuild.io.process import Stopped
from lambdabuild.io.store import Store
from lambdabuild.model.artifact import Selection
from lambdabuild.model.plan import ActionResult, Group, Toolchain, Zig
from lambdabuild.model.platform import Architecture
from tests.support.golang import RunGo
from tests.support.goproxy import ModuleProxy
from tests.support.planning import Machine
from tests.support.processes import naming
from tests.support.shapes import MAIN, Shape, module

AMD64 = Selection(architectures=frozenset({Architecture.AMD64}))
NEVER = Event()


class NoTools:
    """Go is there as soon as there is a plan; there is no C."""

    def go(self, version: str, platform: str) -> Toolchain:
        raise AssertionError(f"go {version} {platform}")

    def zig(self, version: str, platform: str) -> Zig:
        raise AssertionError(f"zig {version} {platform}")


@pytest.fixture
def machine(tmp_path: Path, toolchain: Toolchain, proxy: ModuleProxy, user_go: RunGo) -> Machine:
    return Machine(folder=tmp_path, toolchain=toolchain, environ=proxy.environ, user_go=user_go)


def group(machine: Machine, files: dict[str, str], **packages: str) -> Group:
    shape = Shape(files={"go.mod": module("example.com/app"), **files}, packages=packages or {"app": "."})
    (one,) = machine.plan(machine.write(shape), selection=AMD64).groups
    return one


def run(store: Store, group: Group, into: Path, *, stop: Event = NEVER) -> dict[str, ActionResult]:
    """Results by function. The compiled standard library is shared by all tests."""
    results = HostExecutor(store=store, tools=NoTools(), stop=stop).run(group, into)
    return {action.function: results[action.digest] for action in group.actions}


def test_a_group_becomes_binaries(machine: Machine, store: Store, tmp_path: Path) -> None:
    files = {"cmd/a/main.go": MAIN % "a", "cmd/b/main.go": MAIN % "b"}

    results = run(store, group(machine, files, a="./cmd/a", b="./cmd/b"), tmp_path / "into")

    assert {name: result.binary for name, result in results.items()} == {
        "a": tmp_path / "into" / "a",
        "b": tmp_path / "into" / "b",
    }
    for result in results.values():
        assert (result.exit_code, result.output, result.disturbed) == (0, "", ())
        assert result.binary is not None
        assert result.binary.read_bytes()[:4] == b"\x7fELF"
        assert result.seconds > 0


def test_a_compile_that_fails_is_data_with_the_words_of_go(machine: Machine, store: Store, tmp_path: Path) -> None:
    text = "package main\n\nfunc main() {\n\tx := 1\n\tundefined()\n}\n"

    result = run(store, group(machine, {"main.go": text}), tmp_path / "into")["app"]

    assert (result.exit_code, result.binary) == (1, None)
    assert result.output == (
        "# example.com/app\n./main.go:4:2: declared and not used: x\n./main.go:5:2: undefined: undefined\n"
    )


def test_where_one_fails_the_group_fails(machine: Machine, store: Store, tmp_path: Path) -> None:
    files = {"cmd/a/main.go": MAIN % "a", "cmd/b/main.go": "package main\n\nfunc main() { undefined() }\n"}

    results = run(store, group(machine, files, a="./cmd/a", b="./cmd/b"), tmp_path / "into")

    assert {name: (result.exit_code, result.binary) for name, result in results.items()} == {
        "a": (1, None),
        "b": (1, None),
    }
    assert {result.output for result in results.values()} == {
        "# example.com/app/cmd/b\ncmd/b/main.go:3:15: undefined: undefined\n"
    }


def test_a_file_that_changed_after_it_was_hashed_is_reported(machine: Machine, store: Store, tmp_path: Path) -> None:
    files = {"cmd/a/main.go": MAIN % "a", "cmd/b/main.go": MAIN % "b"}
    planned = group(machine, files, a="./cmd/a", b="./cmd/b")
    changed = planned.folder / "cmd" / "b" / "main.go"
    changed.write_text(MAIN % "c")

    results = run(store, planned, tmp_path / "into")

    assert {name: result.disturbed for name, result in results.items()} == {"a": (), "b": (changed,)}


def test_a_file_that_appeared_after_the_listing_is_reported(machine: Machine, store: Store, tmp_path: Path) -> None:
    planned = group(machine, {"main.go": MAIN % "a"})
    (planned.folder / "dist").mkdir()
    (planned.folder / ".swap").touch()
    quiet = run(store, planned, tmp_path / "one")["app"]
    (planned.folder / "new.go").write_text("package main\n")

    result = run(store, planned, tmp_path / "two")["app"]

    assert (quiet.disturbed, result.disturbed) == ((), (planned.folder,))


def test_a_file_that_is_gone_is_reported(machine: Machine, store: Store, tmp_path: Path) -> None:
    planned = group(machine, {"main.go": MAIN % "a", "other.go": "package main\n"})
    (planned.folder / "other.go").unlink()

    result = run(store, planned, tmp_path / "into")["app"]

    assert result.exit_code == 0
    assert result.disturbed == (planned.folder / "other.go",)


def soon_none_runs(folder: Path) -> bool:
    """Whether no process knows of `folder`. One that was killed takes a moment to go."""
    end = time.monotonic() + 2
    while (left := naming(str(folder))) and time.monotonic() < end:
        time.sleep(0.05)
    return not left


def test_stop_ends_the_compile_and_leaves_no_process(machine: Machine, tmp_path: Path) -> None:
    """With a cache that is empty: the standard library takes long enough."""
    planned = group(machine, {"main.go": 'package main\n\nimport _ "net/http"\n\nfunc main() {}\n'})
    stop = Event()
    Timer(1.0, stop.set).start()
    began = time.monotonic()

    with pytest.raises(Stopped):
        run(machine.store, planned, tmp_path / "work" / "into", stop=stop)

    assert 0.9 < time.monotonic() - began < 6
    assert soon_none_runs(tmp_path / "work")

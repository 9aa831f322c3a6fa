"""Modules: fetched once, from the user's cache first, each held against go.sum."""

import os
from pathlib import Path

import pytest

from lambdabuild.errors import DigestMismatchError, ProjectError
from lambdabuild.io.dirhash import h1
from lambdabuild.io.merkle import digest_of_file, files_below
from lambdabuild.io.process import run
from tests.support.goproxy import ModuleProxy
from tests.support.planning import Machine, fetched
from tests.support.shapes import GREET, MAIN, REQUIRE, SHAPES, Shape, module

FETCHED = SHAPES["a fetched module"]
UNPACKED = "example.com/!greeter@v1.0.0"


def snapshot(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Everything of a folder that a write would change."""
    return {
        str(path.relative_to(folder)): (
            path.stat().st_mtime_ns,
            path.stat().st_mode,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in sorted(folder.rglob("*"))
    }


def fill(machine: Machine, project: Path) -> None:
    """Fetch the modules of a project as the user's go does."""
    environ = {"HOME": str(machine.folder), **machine.environ, "GOFLAGS": "-modcacherw"}
    assert run([machine.toolchain.root / "bin" / "go", "mod", "download"], env=environ, cwd=project).ok


@pytest.mark.parametrize(
    "name", ["a fetched module", "go.work with a fetched module", "vendor", "an unpruned module graph"]
)
def test_a_plan_writes_nothing_into_the_source_tree(machine: Machine, name: str) -> None:
    project = machine.write(SHAPES[name])
    before = snapshot(project)

    machine.plan(project)

    assert snapshot(project) == before


def test_a_module_is_fetched_once(machine: Machine) -> None:
    project = machine.write(FETCHED)
    before = machine.digests(project)

    assert machine.with_environ(GOPROXY="off").digests(project) == before


def test_what_the_user_has_is_not_fetched_again(machine: Machine, tmp_path: Path) -> None:
    """Without network: from the user's own module cache."""
    project = machine.write(FETCHED)
    theirs = machine.with_environ(GOMODCACHE=str(tmp_path / "theirs"))
    fill(theirs, project)

    assert theirs.with_environ(GOPROXY="off").digests(project) == machine.digests(project)


def test_a_vendored_module_is_not_fetched(machine: Machine) -> None:
    project = machine.write(SHAPES["vendor"])

    assert machine.with_environ(GOPROXY="off").plan(project).actions
    assert not machine.store.modules.exists()


def test_a_module_that_no_build_reads_is_not_fetched(machine: Machine) -> None:
    """`go mod download` would fail over it."""
    files = {"go.mod": module("example.com/app", "require example.com/gone v1.0.0"), "main.go": MAIN % "x"}

    assert machine.plan(machine.write(Shape(files=files, packages={"app": "."}))).actions


def test_a_module_that_was_tampered_with_in_our_cache_is_told(machine: Machine) -> None:
    project = machine.write(FETCHED)
    machine.plan(project)
    unpacked = machine.store.modules / UNPACKED
    expected = next(line.split()[2] for line in (project / "go.sum").read_text().splitlines() if "/go.mod" not in line)
    (fact,) = (machine.store.root / "facts" / "modules").iterdir()
    fact.unlink()
    (unpacked / "greeter.go").write_text('package greeter\n\nconst Word = "evil"\n')

    with pytest.raises(DigestMismatchError) as caught:
        machine.plan(project)

    found = {
        f"example.com/Greeter@v1.0.0/{path}": digest_of_file(source)[0].hash for path, source in files_below(unpacked)
    }
    assert caught.value.message == (
        f"module example.com/Greeter@v1.0.0 in `{unpacked}`: expected {expected}, got {h1(found)}"
    )
    assert caught.value.exit_code == 4


def test_a_module_that_was_half_unpacked_is_fetched_again(machine: Machine) -> None:
    project = machine.write(FETCHED)
    before = machine.digests(project)
    modules = machine.store.modules
    (modules / UNPACKED / "greeter.go").unlink()
    (modules / "cache" / "download" / "example.com" / "!greeter" / "@v" / "v1.0.0.partial").touch()

    assert machine.digests(project) == before
    assert (modules / UNPACKED / "greeter.go").is_file()


def test_a_workspace_whose_sums_are_incomplete_is_refused_and_not_completed(
    machine: Machine, proxy: ModuleProxy
) -> None:
    needs = {"go.mod": module("example.com/needs", "require example.com/Greeter v1.1.0"), "n.go": "package needs\n"}
    proxy.publish("example.com/needs", "v1.0.0", needs)
    shape = Shape(
        files={
            "go.work": "go 1.24\n\nuse (\n\t./app\n\t./lib\n)\n",
            "app/go.mod": module("example.com/app", REQUIRE),
            "app/main.go": GREET,
            "lib/go.mod": module("example.com/lib", "require example.com/needs v1.0.0"),
            "lib/lib.go": 'package lib\n\nimport _ "example.com/needs"\n',
        },
        packages={"app": "./app"},
        prepare=(("app", "mod", "tidy"), ("lib", "mod", "tidy")),
    )
    project = machine.write(shape)
    before = snapshot(project)

    for _ in range(2):
        with pytest.raises(ProjectError, match=r"go\.(mod|sum)"):
            machine.plan(project)
        assert snapshot(project) == before
    machine.user_go(("work", "sync"), project)
    machine.user_go(("list", "-deps", "./app"), project)

    assert fetched(machine.action(project)) >= {"example.com/!greeter@v1.1.0"}


def test_the_users_gowork_does_not_reach_the_step_that_fetches(machine: Machine) -> None:
    project = machine.write(SHAPES["go.work with a fetched module"])

    assert machine.with_environ(GOWORK="off").digests(project) == machine.digests(project)


def test_a_module_is_for_all_to_read_whatever_the_umask_is(machine: Machine) -> None:
    """The user of a container is another; our own folders above it are as the umask says."""
    before = os.umask(0o077)
    try:
        project = machine.write(FETCHED)
        machine.plan(project)
    finally:
        os.umask(before)

    modules = machine.store.modules
    closed = [path for path in (modules, *modules.rglob("*")) if path.stat().st_mode & 0o044 != 0o044]
    assert closed == []
    assert (modules / UNPACKED / "greeter.go").is_file()
    assert modules.parent.stat().st_mode & 0o777 == 0o700

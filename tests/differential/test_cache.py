"""ld.so.cache, as a real ldconfig writes it: decided by the real loader, and by ours the same."""

import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from lambdabuild.model.elf import DF_1_NODEFLIB
from lambdabuild.model.platform import Architecture
from tests.differential.ground import Ground
from tests.differential.rooted import inventory_at
from tests.differential.world import PROGRAM, World
from tests.support.gates import require
from tests.support.handmade import Elf, write
from tests.support.standins import AL2, AL2023

SYSTEM = ("/etc", "/lib", "/lib64", "/usr")


@pytest.fixture(params=[AL2, AL2023], ids=lambda release: release.name)
def ground(request: pytest.FixtureRequest, own_architecture: Architecture, tmp_path: Path) -> Iterator[Ground]:
    """One whose cache may be written. ldconfig reads libraries of its own CPU alone."""
    with Ground(request.param, own_architecture, tmp_path / "root") as made:
        yield made


def cached(ground: Ground, *names: str) -> dict[str, Elf | bytes]:
    """Libraries in a folder that ldconfig is told of."""
    libraries: dict[str, Elf | bytes] = {f"/opt/cached/{name}": ground.library(soname=name) for name in names}
    write_cache(ground, libraries, "/opt/cached")
    return libraries


def write_cache(ground: Ground, files: Mapping[str, Elf | bytes], *folders: str) -> None:
    World(files=files).put_into(ground.root)
    (ground.root / "etc/ld.so.conf").write_text("".join(f"{folder}\n" for folder in folders))
    subprocess.run([require("ldconfig"), "-X", "-r", ground.root], check=True)
    environment = [f"{name}={value}" for name, value in ground.inventory.environment.items()]
    ground.inventory = inventory_at(ground.root, ground.architecture, below=SYSTEM, environment=environment)


def test_the_cache_is_asked_after_the_paths_of_who_needs_it(ground: Ground) -> None:
    libraries = cached(ground, "liba.so", "libb.so", "libc.so")
    others = {path: ground.library() for path in ("/opt/other/libb.so", "/var/task/libc.so")}
    program = ground.program(needed=("liba.so", "libb.so", "libc.so"), runpath="/opt/other")

    decided = ground.decides({PROGRAM: program, **libraries, **others})

    assert decided.loaded == ("/opt/cached/liba.so", "/opt/other/libb.so", "/var/task/libc.so")


def test_the_cache_is_asked_before_the_default_directories(ground: Ground) -> None:
    libraries = cached(ground, "libz.so.1")

    decided = ground.decides({PROGRAM: ground.program(needed=("libz.so.1",)), **libraries}, library_path="")

    assert decided.loaded == ("/opt/cached/libz.so.1",)


def test_what_is_no_longer_where_the_cache_says_is_looked_for_on(ground: Ground) -> None:
    cached(ground, "libz.so.1", "liba.so")

    decided = ground.decides({PROGRAM: ground.program(needed=("libz.so.1", "liba.so"))}, library_path="")

    assert decided.loaded[0] == f"{ground.inventory.directories[0]}/libz.so.1"
    assert decided.missing == {"liba.so"}


def test_nodeflib_takes_from_the_cache_what_is_below_the_default_directories(ground: Ground) -> None:
    (ground.root / "usr/lib64/sub").mkdir()
    (ground.root / "usr/lib64/sub/libsub.so").write_bytes(write(ground.library(soname="libsub.so")))
    libraries: dict[str, Elf | bytes] = {"/opt/cached/liba.so": ground.library(soname="liba.so")}
    sub = f"{ground.inventory.directories[1]}/sub"
    write_cache(ground, libraries, "/opt/cached", sub)
    assert set(ground.inventory.cache) >= {"liba.so", "libsub.so", "libz.so.1"}
    needed = ("liba.so", "libz.so.1", "libsub.so")

    without = ground.decides(
        {PROGRAM: ground.program(needed=needed, flags=DF_1_NODEFLIB), **libraries}, library_path=""
    )
    usual = ground.decides({PROGRAM: ground.program(needed=needed), **libraries}, library_path="")

    assert without.loaded == ("/opt/cached/liba.so",)
    assert without.missing == {"libz.so.1", "libsub.so"}
    assert usual.loaded[2] == f"{sub}/libsub.so"

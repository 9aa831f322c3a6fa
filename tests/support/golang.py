"""The Go of the repository's own lock, for tests, and what a user's go does."""

import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from lambdabuild.io.store import Store
from lambdabuild.lock import read_lock
from lambdabuild.model.lock import Lock
from lambdabuild.model.plan import Toolchain
from lambdabuild.model.platform import host_platform
from lambdabuild.toolchain import GoToolchains
from tests.support.cli import CACHE, ROOT
from tests.support.standins.cache import fetched_once

GO = "1.26.8"
BY_HAND: Mapping[str, str] = {
    "GOCACHE": str(CACHE / "by-hand"),
    "GOFLAGS": "-trimpath -buildvcs=false",
    "GOTOOLCHAIN": "local",
    "GOWORK": "off",
}
"""How tests compile without us, by whichever go. The cache is one for all of them; see `seed_by_hand`."""

RunGo = Callable[[tuple[str, ...], Path], None]


def seed_by_hand() -> None:
    """Make the cache of BY_HAND, once: a copy of what builds have compiled by then. After the demo of `.ci/run` that is
    what the examples need of the standard library, for both CPUs, which takes minutes. A go of another version finds
    nothing in it.
    """

    def copy(folder: Path) -> None:
        if (compiled := Store(root=CACHE).builds).is_dir():
            shutil.copytree(compiled, folder, dirs_exist_ok=True)

    gocache = Path(BY_HAND["GOCACHE"])
    fetched_once(gocache.name, copy, cache=gocache.parent)


def repository_lock() -> Lock:
    """The lock that the examples are built with."""
    return read_lock(ROOT / "images.lock")


def locked_toolchain(store: Store) -> Toolchain:
    """The toolchain of that lock, fetched as `build` does."""
    host = host_platform()
    locked = repository_lock().toolchains[f"go@{GO}"][host]
    return GoToolchains(store=store, environ=dict(os.environ)).install(GO, host, locked)


def write_go(program: Path, settings: Mapping[str, str], download: str) -> None:
    """A go of its own kind: it has these settings, and its `mod download` runs a line of shell."""
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(
        "#!/bin/sh\n"
        'case "$1 $2" in\n'
        f'"env GOVERSION") echo go{GO};;\n'
        f"\"env -json\") echo '{json.dumps(dict(settings))}';;\n"
        f"*) {download};;\n"
        "esac\n"
    )
    program.chmod(0o755)

"""The Go of the repository's own lock, for tests, and what a user's go does."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from lambdabuild.io.store import Store
from lambdabuild.lock import read_lock
from lambdabuild.model.lock import Lock
from lambdabuild.model.plan import Toolchain
from lambdabuild.model.platform import host_platform
from lambdabuild.toolchain import GoToolchains
from tests.support.cli import CACHE, ROOT

GO = "1.26.8"
BY_HAND: Mapping[str, str] = {
    "GOCACHE": str(CACHE / "by-hand"),
    "GOFLAGS": "-trimpath -buildvcs=false",
    "GOTOOLCHAIN": "local",
    "GOWORK": "off",
}
"""What tests compile without us, by whichever go: the standard library is compiled once for all of them."""

RunGo = Callable[[tuple[str, ...], Path], None]


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

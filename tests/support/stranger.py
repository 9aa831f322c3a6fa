"""Another user of this machine, for whom permissions count, with a folder and a cache of one's own."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.cli import CACHE, Cli
from tests.support.gates import need, require

NOBODY = 65534


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """`prefix` runs a command as this user, who owns `folder` and nothing else."""

    prefix: tuple[str, ...]
    folder: Path

    def cli(self, cache: Path) -> Cli:
        """As this user runs lambdabuild."""
        return Cli(cache=cache, environ={"HOME": str(self.folder)})

    def given(self, source: Path, name: str) -> Path:
        """A copy of a tree, this user's own."""
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-R", source, target], check=True)
        subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", self.folder / Path(name).parts[0]], check=True)
        return target


@contextmanager
def stranger() -> Iterator[Stranger]:
    """Only root can be someone else."""
    need(os.geteuid() == 0, "needs root: run the tests as root")
    user = [f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    prefix = (require("setpriv"), *user, "--no-new-privs")
    folder = Path(tempfile.mkdtemp(prefix="stranger-"))
    os.chown(folder, NOBODY, NOBODY)
    try:
        readable = subprocess.run([*prefix, sys.executable, "-c", "import click, json"], cwd="/", check=False)
        need(readable.returncode == 0, f"needs a Python that others may read: {sys.executable} is not one")
        yield Stranger(prefix=prefix, folder=folder)
    finally:
        shutil.rmtree(folder)


def copied_cache(someone: Stranger, toolchain: Path) -> Path:
    """The toolchain and what is compiled with it, so that nothing is fetched and little is compiled."""
    someone.given(toolchain, f"cache/toolchains/{toolchain.name}")
    someone.given(CACHE / "go" / "builds", "cache/go/builds")
    return someone.folder / "cache"

"""Filesystems that run full, or that no one may write to: permissions are nothing to root."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.gates import need, require


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """A filesystem of so many bytes at `folder`."""
    need(os.geteuid() == 0, "needs root to mount a small disk: run the tests as root")
    subprocess.run([require("mount"), "-t", "tmpfs", "-o", f"size={size}", "none", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def fill(folder: Path) -> Path:
    """Take all the room that is left; the file that does."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as stream:
        try:
            while stream.write(bytes(4096)):
                pass
        except OSError:
            return filler
    raise AssertionError("the disk does not end")


def forbid_writing(folder: Path) -> None:
    """Let a small disk be read only from now on."""
    subprocess.run([require("mount"), "-o", "remount,ro", folder], check=True)

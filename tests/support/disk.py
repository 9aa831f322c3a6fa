"""A disk of a size that a test says."""

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

"""A command whose stderr is a terminal."""

import os
import pty
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


def on_a_terminal(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> str:
    """Run to the end, and expect success; what the terminal was sent."""
    ours, theirs = pty.openpty()
    shown = b""
    with os.fdopen(ours, "rb", buffering=0) as screen:
        try:
            process = subprocess.Popen(argv, cwd=cwd, env=env, stdout=subprocess.DEVNULL, stderr=theirs)
        finally:
            os.close(theirs)
        while part := _read(screen.fileno()):
            shown += part
    assert process.wait() == 0, shown
    return shown.decode()


def _read(descriptor: int) -> bytes:
    """Linux answers EIO where the last writer has gone."""
    try:
        return os.read(descriptor, 4096)
    except OSError:
        return b""

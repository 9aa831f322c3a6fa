"""Processes of a test: a cache of its own that costs nothing, who descends from whom, who is still there."""

import os
from pathlib import Path

from tests.support.cli import CACHE


def light_cache(folder: Path) -> Path:
    """A cache of one's own that shares with the tests' cache what is slow to make: toolchains, compiled packages."""
    (folder / "go").mkdir(parents=True)
    for name in ("toolchains", "go/builds"):
        (CACHE / name).mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(CACHE / name)
    return folder


def descendants(ancestor: int) -> list[int]:
    """The children of a process, and theirs, as Linux knows them now."""
    found, waiting = [], [ancestor]
    while waiting:
        parent = waiting.pop()
        children = [pid for pid, by in _parents().items() if by == parent]
        found += children
        waiting += children
    return found


def program(pid: int) -> str:
    """What it runs, without the folder; empty where it has ended."""
    try:
        return Path(f"/proc/{pid}/exe").readlink().name
    except OSError:
        return ""


def naming(word: str) -> list[int]:
    """Processes whose command line or environment names `word`."""
    return [pid for pid in _parents() if word.encode() in _read(pid, "cmdline") + _read(pid, "environ")]


def _parents() -> dict[int, int]:
    every = (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())
    # The name of a program stands in brackets and may hold anything; after it come the state and the parent.
    facts = {pid: _read(pid, "stat").rpartition(b")")[2].split() for pid in every if pid != os.getpid()}
    return {pid: int(fields[1]) for pid, fields in facts.items() if fields and fields[0] != b"Z"}


def _read(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""

"""Symbolic links followed as Linux follows them, in a tree that is only told of (path_resolution(7))."""

from collections.abc import Collection, Mapping
from typing import Final

MOST_LINKS: Final = 40
"""Links that one path may lead through (MAXSYMLINKS of Linux)."""

LONGEST_PATH: Final = 4096
"""Characters of a path (PATH_MAX of Linux). Links may lead to longer ones, where nothing is that has a name."""


def resolve(path: str, links: Mapping[str, str], *, folders: Collection[str] | None = None) -> str | None:
    """The path without links that `path` stands for, or None where they loop or lead too far.

    `links` maps the path of each link to its target as written: absolute, or relative to the link's folder. `..` goes
    up from where a link led, and stays inside the root. Whether anything is there is the caller's to ask; with
    `folders`, to which `/` need not belong, a path that leads on from anything else is None as well.
    """
    left = _names(path)
    done = ""
    followed = 0
    while left:
        if folders is not None and done and done not in folders:
            return None
        name = left.pop()
        if name == "..":
            done = done.rpartition("/")[0]
            continue
        here = f"{done}/{name}"
        target = links.get(here)
        if target is None:
            done = here
            continue
        followed += 1
        if followed > MOST_LINKS or len(done) > LONGEST_PATH:
            return None
        if target.startswith("/"):
            done = ""
        left += _names(target)
    return done or "/"


def _names(path: str) -> list[str]:
    """What lies between the slashes, the last first."""
    return [name for name in reversed(path.split("/")) if name not in ("", ".")]

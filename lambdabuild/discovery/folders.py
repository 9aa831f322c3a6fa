"""The files of a project that people wrote: what tools made, fetched or keep for tests is left out."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CDK_OUT: Final = "cdk.out"
_MADE: Final = frozenset({"vendor", "testdata", "node_modules", CDK_OUT, "dist"})
LARGEST: Final = 1 << 20
"""As much of one file as is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """`path` is relative to the project, with `/`, and empty for the project itself; `files` are names.

    `made` are the names of folders in it that tools made, and that are not walked.
    """

    path: str
    files: tuple[str, ...]
    made: tuple[str, ...]


def walk(project: Path) -> Iterator[Folder]:
    """Every folder of people's own, in order. go does not follow links to folders, nor look into `.x` and `_x`."""
    waiting = [""]
    while waiting:
        path = waiting.pop()
        files, folders = [], []
        try:
            with os.scandir(project / path) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.name)
                    elif not entry.is_dir():
                        files.append(entry.name)
        except OSError:
            continue  # what we may not read, go may not read either
        yield Folder(path=path, files=tuple(sorted(files)), made=tuple(sorted(_MADE.intersection(folders))))
        own = [name for name in folders if name not in _MADE and not name.startswith((".", "_"))]
        waiting.extend(f"{path}/{name}" if path else name for name in sorted(own, reverse=True))


def read_text(file: Path, *, most: int = LARGEST) -> str | None:
    """The beginning of a regular file, as far as it is UTF-8; None where there is none that we may read."""
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            return None
        with file.open("rb") as stream:
            return stream.read(most).decode("utf-8", errors="replace")
    except (OSError, ValueError):
        return None

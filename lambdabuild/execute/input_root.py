"""The input root of a group: the files of all its actions at their places, and nothing else of the project."""

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from lambdabuild.errors import ProjectError
from lambdabuild.io import tarball
from lambdabuild.io.merkle import files_below
from lambdabuild.model.plan import Group, InputFile, InputTree

ROOT: Final = PurePosixPath("/lambdabuild")
"""Where it lies in every container: a constant, since what a compiler of C writes may hold it."""

SOURCES: Final = "src"
MODULES: Final = "mod"
MOUNTS: Final = ("go", "zig", MODULES, "cache", "work")
"""Folders in it that other things are mounted at."""

_FOLDER = tarball.Owned(mode=0o755)


def write_sources(group: Group, root: Path) -> None:
    """Copy the local files, and make the folders to mount at. Anyone may read what is written."""
    for name in MOUNTS:
        _folder(root / name)
    for file in _files(group):
        if file.path.parts[0] == SOURCES:
            target = root / file.path
            _folder(target.parent)
            target.write_bytes(_content(file))
            target.chmod(0o644)
            os.utime(target, (0, 0))  # gcc's `__TIMESTAMP__`


def as_tar(group: Group) -> Iterator[bytes]:
    """Local files and modules as a tar."""
    for name in MOUNTS:
        yield tarball.folder(name, _FOLDER)
    for file in _files(group):
        if file.path.parts[0] in (SOURCES, MODULES):
            yield tarball.content(str(file.path), _content(file))
    for tree in _trees(group):
        if tree.source is not None:
            yield from tree_as_tar(tree.source, tree.path)
    yield tarball.END


def tree_as_tar(folder: Path, place: PurePosixPath) -> Iterator[bytes]:
    """Every file of a folder on disk, below `place`; the bits that say who may run it are kept."""
    for path, source in files_below(folder):
        executable = source.stat().st_mode & 0o100
        yield from tarball.file(str(place / path), source, tarball.Owned(mode=0o755 if executable else 0o644))


def _content(file: InputFile) -> bytes:
    if file.source is None:
        return file.content
    try:
        return file.source.read_bytes()
    except OSError as error:
        raise ProjectError(
            f"`{file.source}` cannot be read any more: {error.strerror}",
            hint="something changes the project while it is built: build again",
        ) from error


def _files(group: Group) -> list[InputFile]:
    """Of all actions, each place once: one place has the same bytes in all actions of a project."""
    found = {file.path: file for action in group.actions for file in action.inputs.files}
    return list(found.values())


def _trees(group: Group) -> list[InputTree]:
    found = {tree.path: tree for action in group.actions for tree in action.inputs.trees}
    return list(found.values())


def _folder(path: Path) -> None:
    """With its parents, and open to all whatever the umask is."""
    missing = []
    while not path.is_dir():
        missing.append(path)
        path = path.parent
    for one in reversed(missing):
        one.mkdir(exist_ok=True)
        one.chmod(0o755)

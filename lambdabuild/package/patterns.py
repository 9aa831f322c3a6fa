"""What a source of an include matches on disk: regular files, in one order, never outside of the project."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from lambdabuild.model.spec import DIST
from lambdabuild.package.refusals import (
    ArtifactSourceError,
    BadSourceError,
    BrokenLinkError,
    LeavesProjectError,
    LinkLoopError,
    UnreadableFolderError,
)

_Parts = tuple[str, ...]

_GIT = ".git"
"""A folder, or a file with an absolute path in a worktree and in a submodule: no two clones have the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One file: where the pattern found it, relative to the project, and where it really lies."""

    relative: PurePosixPath
    real: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """All files of a source. `base` is the folder before the first wildcard; None where the source is one file."""

    base: PurePosixPath | None
    files: tuple[Match, ...]


def match(project: Path, source: str) -> Matched:
    """Find the files of one source.

    `*`, `?` and `[…]` match inside one name (as `fnmatch`, case counts), `**` any number of folders, a last
    `**` all files below. As in a shell, a name that begins with a dot is matched only by a part of the pattern
    that begins with one. A source without wildcards is a file, or a folder with all that is below it, dot
    files too; `[[]` stands for a bracket. What is not a regular file is passed over. Symbolic links are followed
    inside of the project.

    What moves from build to build is never found: what lies in dist/, whose zips would hold themselves, and `.git`,
    unless the source names it.
    """
    parts = _parts(source)
    search = _Search(source, project, Path(os.path.realpath(project)))
    fixed = tuple(parts[: next((i for i, part in enumerate(parts) if _is_wild(part)), len(parts))])
    if search.is_artifact(fixed):
        raise ArtifactSourceError(source)
    if not search.is_folder(fixed):
        return Matched(base=None, files=() if len(fixed) < len(parts) else tuple(search.file(fixed)))
    pattern = parts[len(fixed) :]
    found = search.walk(fixed, pattern) if pattern else search.everything(fixed)
    files = {each.relative: each for each in found}
    return Matched(base=PurePosixPath(*fixed), files=tuple(files[name] for name in sorted(files)))


def _parts(source: str) -> _Parts:
    if not source:
        raise BadSourceError(source, "is empty")
    if source.startswith("/"):
        raise BadSourceError(source, "is an absolute path")
    parts = PurePosixPath(source).parts
    if ".." in parts:
        raise BadSourceError(source, "climbs with `..`")
    if "\0" in source:
        raise BadSourceError(source.replace("\0", "\\0"), "has a NUL character")
    return parts


def _is_wild(part: str) -> bool:
    return any(character in part for character in "*?[")


class _Search:
    """One walk through one project. Folders that are being walked are held against loops of links."""

    def __init__(self, source: str, project: Path, root: Path) -> None:
        self._source = source
        self._project = project
        self._root = root
        self._dist = Path(os.path.realpath(root / DIST))

    def is_artifact(self, relative: _Parts) -> bool:
        """Whether it is dist/ or lies below, through links too."""
        return Path(os.path.realpath(self._project.joinpath(*relative))).is_relative_to(self._dist)

    def is_folder(self, relative: _Parts) -> bool:
        """Whether it is a folder, through links too. A link that ends nowhere is told of when it is matched."""
        try:
            return stat.S_ISDIR(self._project.joinpath(*relative).stat().st_mode)
        except PermissionError as error:
            raise UnreadableFolderError(self._source, "/".join(relative[:-1]), str(error.strerror)) from error
        except OSError:
            return False

    def file(self, relative: _Parts) -> Iterator[Match]:
        """The file itself, where it is a regular one."""
        path = self._project.joinpath(*relative)
        if not os.path.lexists(path):
            return
        real = self._inside(relative)
        if real.is_file():
            yield Match(relative=PurePosixPath(*relative), real=real)

    def everything(self, folder: _Parts, above: frozenset[Path] = frozenset()) -> Iterator[Match]:
        """All files below, whatever their names."""
        above = self._enter(folder, above)
        for name in self._names(folder):
            here = (*folder, name)
            if name == _GIT:
                continue
            yield from self.everything(here, above) if self.is_folder(here) else self.file(here)

    def walk(self, folder: _Parts, pattern: _Parts, above: frozenset[Path] = frozenset()) -> Iterator[Match]:
        """Files below `folder` that match what is left of the pattern."""
        head, rest = pattern[0], pattern[1:]
        if head == "**":
            yield from self._walk_any_depth(folder, rest or ("*",), above)
            return
        above = self._enter(folder, above)
        for name in self._names(folder):
            here = (*folder, name)
            if not _matches(name, head):
                continue
            if not self.is_folder(here):
                yield from () if rest else self.file(here)
            elif rest:
                yield from self.walk(here, rest, above)

    def _walk_any_depth(self, folder: _Parts, rest: _Parts, above: frozenset[Path]) -> Iterator[Match]:
        yield from self.walk(folder, rest, above)
        above = self._enter(folder, above)
        for name in self._names(folder):
            if not name.startswith(".") and self.is_folder((*folder, name)):
                yield from self._walk_any_depth((*folder, name), rest, above)

    def _enter(self, folder: _Parts, above: frozenset[Path]) -> frozenset[Path]:
        real = self._inside(folder)
        if real in above:
            raise LinkLoopError(self._source, "/".join(folder))
        return above | {real}

    def _inside(self, relative: _Parts) -> Path:
        path = self._project.joinpath(*relative)
        try:
            real = Path(os.path.realpath(path, strict=True))
        except OSError as error:
            raise BrokenLinkError(self._source, "/".join(relative), error.strerror or str(error)) from error
        if not real.is_relative_to(self._root):
            raise LeavesProjectError(self._source, "/".join(relative), real)
        return real

    def _names(self, folder: _Parts) -> list[str]:
        try:
            children = sorted(self._project.joinpath(*folder).iterdir())
        except OSError as error:
            raise UnreadableFolderError(self._source, "/".join(folder), error.strerror or str(error)) from error
        return [child.name for child in children if not self._leads_to_artifacts((*folder, child.name))]

    def _leads_to_artifacts(self, child: _Parts) -> bool:
        """As `is_artifact`, of a child of a folder that is none: only its own name or a link can make it one."""
        suspect = child[-1] == self._dist.name or self._project.joinpath(*child).is_symlink()
        return suspect and self.is_artifact(child)


def _matches(name: str, part: str) -> bool:
    if name == _GIT:
        return part == _GIT
    return fnmatchcase(name, part) and (part.startswith(".") or not name.startswith("."))

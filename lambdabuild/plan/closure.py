"""Exactly the local files that a compile reads, and the modules that it takes packages from."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from lambdabuild.errors import ProjectError
from lambdabuild.io import merkle
from lambdabuild.model.plan import Digest, InputFile, Stamp
from lambdabuild.plan.listing import Package
from lambdabuild.plan.modules import Module
from lambdabuild.plan.project import Project

SOURCES = PurePosixPath("src")
"""Where the local files lie in the input tree; never its root, since `-trimpath` would then leave other paths."""

_INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
_PROFILE = "default.pgo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """What one main package is made of."""

    files: frozenset[Path]
    modules: frozenset[Module]


def closure(project: Project, main: Package, packages: Mapping[str, Package], *, view: Path) -> Closure:
    """Follow the imports of `main`. Folders below `view` are modules', all others are local files.

    ProjectError for a file that no local module holds: it has no place in the input tree.
    """
    files = set(project.fixed)
    modules = set()
    for package in (main, *(packages[name] for name in main.deps if name in packages)):
        if package.standard:
            continue
        if package.module is not None and package.folder.is_relative_to(view):
            modules.add(package.module)
            continue
        files.update(package.folder / name for name in package.files)
        files.update(_included(package.folder, package.assembly))
        if package.cgo:
            files.update(_module_tree(project, package.folder))
    if (profile := main.folder / _PROFILE).is_file():
        files.add(profile)
    if outside := sorted(path for path in files if not path.is_relative_to(project.ancestor)):
        raise ProjectError(
            f"`{outside[0]}` is included, and lies outside of every module",
            hint="move it into the module whose assembly includes it",
        )
    return Closure(files=frozenset(files), modules=frozenset(modules))


def _included(folder: Path, names: Iterable[str]) -> Iterator[Path]:
    """Headers that assembly includes from anywhere; the assembler looks from the package's folder."""
    seen: set[Path] = set()
    todo = [folder / name for name in names]
    while todo:
        text = todo.pop().read_text(encoding="utf-8", errors="replace")
        for name in _INCLUDE.findall(text):
            header = Path(os.path.normpath(folder / name))
            if header.is_file() and header not in seen:
                seen.add(header)
                todo.append(header)
    yield from seen


def _module_tree(project: Project, folder: Path) -> Iterator[Path]:
    """Every file of the module of a cgo package: C reaches headers and archives by `${SRCDIR}` and by `-I`."""
    root = max((root for root in project.modules if folder.is_relative_to(root)), key=lambda r: len(r.parts))
    for current, folders, names in os.walk(root):
        here = Path(current)
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and not (here / name / "go.mod").is_file()
        )
        yield from (here / name for name in names if (here / name).is_file())


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFiles:
    """Local files as nodes of the input tree, each hashed once for all actions of a plan."""

    ancestor: Path
    _hashed: dict[Path, tuple[Digest, Stamp]] = field(default_factory=dict)

    def node(self, path: Path) -> InputFile:
        """A file below the ancestor; what its folder is called on this machine is not a part of it."""
        if path not in self._hashed:
            self._hashed[path] = merkle.digest_of_file(path)
        digest, stamp = self._hashed[path]
        return InputFile(path=self.place(path), digest=digest, source=path, stamp=stamp)

    def place(self, path: Path) -> PurePosixPath:
        """Where a local path lies in the input tree."""
        return SOURCES / PurePosixPath(path.relative_to(self.ancestor).as_posix())

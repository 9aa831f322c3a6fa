"""Exactly the local files that a compile reads, and the modules that it takes packages from."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lambdabuild.errors import ProjectError
from lambdabuild.io import merkle
from lambdabuild.io.files import TEMPORARY_PREFIX
from lambdabuild.model.plan import Digest, InputFile, Stamp
from lambdabuild.model.spec import Spec
from lambdabuild.plan.listing import Package
from lambdabuild.plan.modules import Module
from lambdabuild.plan.project import Project

_INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
_PROFILE = "default.pgo"
_LOCK = "images.lock"
_NOT_OURS = ("go.mod", "oci-layout")
"""What is in the folder of another module, and in that of an OCI image layout."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """What one main package is made of. `folders` are those of its local packages, `native` is what C may read,
    `embedded` what ends up in the program as it is.

    `assembly` says that assembly reads headers of other folders than its own.
    """

    files: frozenset[Path]
    folders: frozenset[Path]
    native: frozenset[Path]
    embedded: frozenset[Path]
    assembly: bool
    modules: frozenset[Module]


def closure(project: Project, main: Package, packages: Mapping[str, Package], *, view: Path, spec: Spec) -> Closure:
    """Follow the imports of `main`. Folders below `view` are modules', all others local files, but for what is ours.

    ProjectError for a file that no local module holds: it has no place in the input tree.
    """
    files, folders, modules = set(project.fixed), set(), set()
    native: set[Path] = set()
    embedded: set[Path] = set()
    assembly = False
    for package in (main, *(packages[name] for name in main.deps if name in packages)):
        if package.standard:
            continue
        if package.module is not None and package.folder.is_relative_to(view):
            modules.add(package.module)
            continue
        folders.add(package.folder)
        files.update(package.folder / name for name in package.files)
        embedded.update(package.folder / name for name in package.embedded)
        headers = set(_included(package.folder, package.assembly))
        files |= headers
        assembly |= any(header.parent != package.folder for header in headers)
        if package.cgo:
            tree = set(_module_tree(project, package.folder, spec))
            files |= tree
            native.update(file for file in tree if file.suffix != ".go")
    if (profile := main.folder / _PROFILE).is_file():
        files.add(profile)
    if outside := sorted(path for path in files if project.place(path) is None):
        raise ProjectError(
            f"`{outside[0]}` is included, and lies outside of every module",
            hint="move it into the module whose assembly includes it",
        )
    return Closure(
        files=frozenset(files),
        folders=frozenset(folders),
        native=frozenset(native),
        embedded=frozenset(embedded),
        assembly=assembly,
        modules=frozenset(modules),
    )


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


def _module_tree(project: Project, folder: Path, spec: Spec) -> Iterator[Path]:
    """Every file of the module of a cgo package: C reaches headers and archives by `${SRCDIR}` and by `-I`.

    Copies of images, what was built, the spec, its lock, and what is being written are none of them, though they lie in
    the project: a build is the same with them and without.
    """
    home = spec.project.resolve()
    ours = {spec.dist, home / spec.file.name, home / _LOCK}
    root = max((root for root in project.modules if folder.is_relative_to(root)), key=lambda r: len(r.parts))
    for current, folders, names in os.walk(root):
        here = Path(current)
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and here / name not in ours
            and not any((here / name / mark).is_file() for mark in _NOT_OURS)
        )
        yield from (
            here / name
            for name in names
            if here / name not in ours and not name.startswith(TEMPORARY_PREFIX) and (here / name).is_file()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFiles:
    """Local files as nodes of the input tree, each hashed once for all actions of a plan."""

    project: Project
    _hashed: dict[Path, tuple[Digest, Stamp]] = field(default_factory=dict)

    def node(self, path: Path) -> InputFile:
        """A file of the closure, at its place."""
        place = self.project.place(path)
        assert place is not None, "a closure holds no file that has no place"
        if path not in self._hashed:
            self._hashed[path] = merkle.digest_of_file(path)
        digest, stamp = self._hashed[path]
        return InputFile(path=place, digest=digest, source=path, stamp=stamp)

    def digest(self, paths: Iterable[Path]) -> str:
        """Of files of the closure, their places and bytes; empty where there are none."""
        nodes = sorted((str(node.path), node.digest.hash) for node in map(self.node, paths))
        return merkle.digest_of(repr(nodes).encode()).hash if nodes else ""

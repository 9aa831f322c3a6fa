"""Go packages and modules as they lie in folders, each read once, and only when something asks for it."""

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from lambdabuild.discovery.folders import read_text
from lambdabuild.discovery.gomod import ModFile, below, read_modfile
from lambdabuild.discovery.source import C, Head, read_head
from lambdabuild.model.discovery import BOTH
from lambdabuild.model.platform import Architecture

_HEAD: Final = 1 << 18
"""Bytes of a Go file that its imports stand in; what is generated may be much longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """The files of one folder that are built for Lambda, by what stands at their head."""

    heads: tuple[Head, ...]

    @property
    def names(self) -> frozenset[str]:
        """One, where go can build it."""
        return frozenset(head.package for head in self.heads)

    @property
    def imports(self) -> frozenset[str]:
        """Of all files, with cgo and without."""
        return frozenset(path for head in self.heads for path in head.imports)

    @property
    def architectures(self) -> tuple[Architecture, ...]:
        """The CPUs that it has files for, with cgo where it needs that; both where go will say what it lacks."""
        built = frozenset(cpu for head in self.heads for cpu in (head.on if self.native else head.off))
        return tuple(cpu for cpu in BOTH if cpu in built) or BOTH

    @property
    def native(self) -> bool:
        """Whether it has C, and nothing to build in its place where cgo is off."""
        return any(C in head.imports for head in self.heads) and not any(
            head.off and not head.on for head in self.heads
        )


class Sources:
    """Packages and modules by folder. Folders are absolute, without links."""

    def __init__(self) -> None:
        self._packages: dict[str, Package] = {}
        self._files: dict[str, ModFile | None] = {}

    def package(self, folder: str) -> Package:
        """The package in a folder; one without files, where there is none."""
        if folder not in self._packages:
            try:
                names = sorted(path.name for path in Path(folder).iterdir())
            except (OSError, ValueError):
                names = []
            heads = (self._head(folder, name) for name in names if name.endswith(".go"))
            self._packages[folder] = Package(heads=tuple(head for head in heads if head is not None))
        return self._packages[folder]

    def module_root(self, folder: str) -> str | None:
        """The folder of the nearest go.mod, upwards."""
        return self._upwards(folder, "go.mod")

    def workspace_root(self, folder: str) -> str | None:
        """The folder of the nearest go.work, upwards."""
        return self._upwards(folder, "go.work")

    def modfile(self, folder: str, name: str = "go.mod") -> ModFile:
        """The go.mod or go.work of a folder."""
        return self._file(posixpath.join(folder, name)) or ModFile()

    def _head(self, folder: str, name: str) -> Head | None:
        text = read_text(Path(folder, name), most=_HEAD)
        head = None if text is None else read_head(name, text)
        return head if head is not None and (head.off or head.on) else None

    def _upwards(self, folder: str, name: str) -> str | None:
        while self._file(posixpath.join(folder, name)) is None:
            above = posixpath.dirname(folder)
            if above == folder:
                return None
            folder = above
        return folder

    def _file(self, path: str) -> ModFile | None:
        if path not in self._files:
            text = read_text(Path(path))
            self._files[path] = None if text is None else read_modfile(text)
        return self._files[path]


@dataclass(frozen=True)
class Reach:
    """What the packages of one module can import without the network, and where it lies."""

    sources: Sources
    root: str

    @cached_property
    def workspace(self) -> str | None:
        """The folder of the go.work that go reads."""
        return self.sources.workspace_root(self.root)

    @cached_property
    def used(self) -> tuple[str, ...]:
        """The folders that go.work uses."""
        if self.workspace is None:
            return ()
        uses = self.sources.modfile(self.workspace, "go.work").uses
        return tuple(folder for use in uses if (folder := below(self.workspace, use)) is not None)

    @cached_property
    def modules(self) -> Mapping[str, str]:
        """Folders by module path: its own, those of its workspace, those that a `replace` names."""
        found: dict[str, str] = {}
        replacing = [(root, self.sources.modfile(root)) for root in (self.root, *self.used)]
        if self.workspace is not None:
            replacing.append((self.workspace, self.sources.modfile(self.workspace, "go.work")))
        for root, said in replacing:
            found |= {path: place for path, local in said.local.items() if (place := below(root, local)) is not None}
        for root in (*self.used, self.root):
            if (path := self.sources.modfile(root).module) is not None:
                found[path] = root
        return found

    def folder(self, import_path: str) -> str | None:
        """The folder of a package; None for the standard library, and for what is fetched."""
        prefix = import_path
        while prefix:
            if prefix in self.modules:
                return posixpath.normpath(posixpath.join(self.modules[prefix], import_path[len(prefix) :].strip("/")))
            prefix = posixpath.dirname(prefix) if "/" in prefix else ""
        return None

    def import_path(self, folder: str) -> str:
        """What go calls the package in a folder of the module."""
        below_root = posixpath.relpath(folder, self.root)
        module = self.sources.modfile(self.root).module or ""
        return module if below_root == "." else f"{module}/{below_root}"

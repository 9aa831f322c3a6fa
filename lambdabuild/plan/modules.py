"""Modules: what go.sum names, seen through a view of our module cache, verified while it is hashed.

Sources: https://go.dev/ref/mod#module-cache and #go-sum-files for names and files; cmd/go/internal/modfetch,
DownloadDir, for what makes a module count as downloaded (its folder, and the `.ziphash` beside its zip).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lambdabuild.errors import DigestMismatchError
from lambdabuild.io import merkle
from lambdabuild.io.dirhash import h1
from lambdabuild.io.store import Store
from lambdabuild.model.plan import Digest, InputFile, InputTree

MODULES = PurePosixPath("mod")
"""Where the module cache lies in the input tree."""

_DOWNLOAD = PurePosixPath("cache/download")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Module:
    """One version of one module."""

    path: str
    version: str

    def __str__(self) -> str:
        return f"{self.path}@{self.version}"

    @property
    def folder(self) -> PurePosixPath:
        """Its folder in a module cache; upper case is written `!lower`."""
        return PurePosixPath(f"{_escape(self.path)}@{_escape(self.version)}")

    def download(self, suffix: str) -> PurePosixPath:
        """A file of it in the download cache: `.mod`, `.ziphash`."""
        return _DOWNLOAD / _escape(self.path) / "@v" / f"{_escape(self.version)}.{suffix}"


def read_sums(files: tuple[Path, ...]) -> dict[Module, str]:
    """The `h1:` of every module whose content go.sum pins (lines for a go.mod alone are left out)."""
    sums = {}
    for file in files:
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            match line.split():
                case [path, version, hashed] if not version.endswith("/go.mod"):
                    sums[Module(path=path, version=version)] = hashed
    return sums


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A module cache that holds what go.sum names and nothing else, by links into ours.

    It starts without any go.mod of a module: go takes those that it reads from `proxy`, so afterwards `read` tells
    which these were.
    """

    root: Path
    proxy: str

    @classmethod
    def make(cls, root: Path, store: Store, sums: Mapping[Module, str]) -> "View":
        """Link every module of `sums` that our cache has whole."""
        for module in sums:
            if is_whole(store, module):
                for name in (module.folder, module.download("ziphash")):
                    link = root / name
                    link.parent.mkdir(parents=True, exist_ok=True)
                    link.symlink_to(store.modules / name)
        root.mkdir(exist_ok=True)
        return cls(root=root, proxy=(store.modules / _DOWNLOAD).as_uri())

    def read(self) -> dict[PurePosixPath, bytes]:
        """The go.mod files that go has read, by their path in the module cache."""
        found = (self.root / _DOWNLOAD).glob("**/@v/*.mod")
        return {PurePosixPath(path.relative_to(self.root).as_posix()): path.read_bytes() for path in found}


def is_whole(store: Store, module: Module) -> bool:
    """Whether our cache has a module unpacked to the end: go writes its `.partial` first, and removes it last."""
    needed = (store.modules / module.folder, store.modules / module.download("ziphash"))
    return all(path.exists() for path in needed) and not (store.modules / module.download("partial")).exists()


def module_inputs(store: Store, module: Module, expected: str) -> Iterator[InputFile | InputTree]:
    """A module in the input tree: its folder, and the hash that tells go it is whole."""
    folder = store.modules / module.folder
    digest = _module_digest(store, module, folder, expected)
    yield InputTree(path=MODULES / module.folder, digest=digest, source=folder)
    content = expected.encode()
    yield InputFile(path=MODULES / module.download("ziphash"), digest=merkle.digest_of(content), content=content)


def _module_digest(store: Store, module: Module, folder: Path, expected: str) -> Digest:
    """The Directory digest of an unpacked module, worked out once. Its files must be those that go.sum names."""
    key = f"{module} {expected}"
    if known := store.recall("modules", key):
        return Digest.parse(known)
    files = {path: merkle.digest_of_file(source)[0] for path, source in merkle.files_below(folder)}
    actual = h1({f"{module}/{path}": digest.hash for path, digest in files.items()})
    if actual != expected:
        raise DigestMismatchError(f"module {module} in `{folder}`", expected=expected, actual=actual)
    digest = merkle.tree_of(files.items(), executable=lambda _: False)
    store.remember("modules", key, str(digest))
    return digest


def _escape(text: str) -> str:
    return re.sub("[A-Z]", lambda match: f"!{match[0].lower()}", text)

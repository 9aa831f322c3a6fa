"""The files that a started function sees: the image's, /var/task over them, /opt from layers."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from lambdabuild.check.facts import FileFacts
from lambdabuild.check.kinds import Kind
from lambdabuild.io.links import resolve
from lambdabuild.model.abi import Inventory, SharedObject
from lambdabuild.model.elf import DamagedElf, ElfFacts, ElfType
from lambdabuild.model.platform import Architecture

_READ = 0o004
_HEADER = 64
_IS_A_FOLDER = "cannot read file data: Is a directory"
_LINUX_ABIS = frozenset([0, 3])
"""ELFOSABI_SYSV and ELFOSABI_GNU are what ld.so takes (VALID_ELF_OSABI)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file at a path: an object that can be loaded, or in the loader's words why it ends the start.

    `path` is canonical, `file` the entry of the artifact, None for the image's own files.
    """

    path: str
    object: SharedObject
    refusal: str | None = None
    file: FileFacts | None = None


class Tree:
    """One image with an artifact in it. Paths are absolute."""

    def __init__(self, inventory: Inventory, files: Iterable[FileFacts], links: Mapping[str, str]) -> None:
        """`links` are the artifact's symbolic links, by absolute path; a file lies below its `root`."""
        self.inventory = inventory
        self.architecture = inventory.architecture
        self.files = {f"{file.root}/{file.name}": file for file in files}
        self._links = {**inventory.links, **links}
        self._folders = _Folders(self.files, links)

    def resolve(self, path: str) -> str | None:
        """The canonical path of a file that is there; None for all else."""
        found = resolve(path, self._links, folders=self._folders)
        there = found in self.files or found in self.inventory.objects or found in self.inventory.programs
        return found if there else None

    def find(self, path: str) -> Found | None:
        """What the loader finds at a path; None where it goes on to the next."""
        canonical = resolve(path, self._links, folders=self._folders)
        if canonical is None:
            return None
        if (file := self.files.get(canonical)) is not None:
            return _of_file(canonical, file, self.architecture)
        if (folder := self._folders.facts(canonical)) is not None:
            return Found(path=canonical, object=SharedObject(), refusal=_IS_A_FOLDER, file=folder)
        if (known := self.inventory.objects.get(canonical)) is not None:
            return Found(path=canonical, object=known)
        return None


class _Folders(Collection[str]):
    """Those that a path can lead through: of the artifact what it has, of the image, which tells of files only, any."""

    def __init__(self, files: Mapping[str, FileFacts], links: Iterable[str]) -> None:
        self._files = files
        self._known = {str(folder) for path in (*files, *links) for folder in PurePosixPath(path).parents}
        self._roots = tuple({f"{file.root}/": None for file in files.values()})

    def facts(self, path: str) -> FileFacts | None:
        """What the loader reads of a folder in a library's place."""
        for root in self._roots:
            if path.startswith(root) and path in self._known:
                name = path.removeprefix(root)
                return FileFacts(root=root.rstrip("/"), name=name, mode=0o755, size=0, kind=Kind.FOLDER)
        return None

    def __contains__(self, path: object) -> bool:
        return path in self._known or not str(path).startswith(self._roots)

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


def _of_file(path: str, file: FileFacts, architecture: Architecture) -> Found | None:
    """As glibc's open_verify and _dl_map_object_from_fd have it: another CPU's is passed over, other faults end it."""
    if not file.mode & _READ or file.kind is Kind.UNREADABLE or _is_passed_over(file, architecture):
        return None
    return Found(path=path, object=file.object, refusal=_refusal(file), file=file)


def _is_passed_over(file: FileFacts, architecture: Architecture) -> bool:
    if file.size < _HEADER or not isinstance(file.elf, ElfFacts):
        return False
    elf = file.elf
    return elf.bits == 32 or (elf.little and elf.abi in _LINUX_ABIS and elf.architecture is not architecture)


def _refusal(file: FileFacts) -> str | None:
    if file.kind is Kind.FOLDER:
        return _IS_A_FOLDER
    if file.size < _HEADER:
        return "file too short"
    if not isinstance(file.elf, ElfFacts):
        return "invalid ELF header" if file.elf is None else file.elf.reason
    elf = file.elf
    cases = (
        (not elf.little, "ELF file data encoding not little-endian"),
        (elf.abi not in _LINUX_ABIS, "ELF file OS ABI invalid"),
        (not elf.loadable, "only ET_DYN and ET_EXEC can be loaded"),
        (elf.type is ElfType.EXECUTABLE, "cannot dynamically load executable"),
        (elf.dynamic is None, "object file has no dynamic section"),
        (elf.dynamic is not None and elf.dynamic.pie, "cannot dynamically load position-independent executable"),
    )
    damage = file.linkage.reason if isinstance(file.linkage, DamagedElf) else None
    return next((words for holds, words in cases if holds), damage)

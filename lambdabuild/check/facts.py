"""What is known of each file of an artifact. Only reads, never judges."""

import mmap
import re
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from lambdabuild.check.buildinfo import BuildInfo, read_buildinfo
from lambdabuild.check.kinds import HEAD, Kind, kind_of
from lambdabuild.check.shebang import Shebang, read_shebang
from lambdabuild.io.elf import Content, read_elf, read_linkage
from lambdabuild.model.abi import SharedObject
from lambdabuild.model.artifact import Entry
from lambdabuild.model.elf import DamagedElf, ElfFacts, Linkage

_SCRIPT = 1 << 16
_WORD = re.compile(r"[\w.+-]+")
_NSS = (b"libnss_", b"/etc/nsswitch.conf")
"""What nss/nss_module.c and nss/nss_database.c of glibc leave in a program; Go's own resolver has only the second."""

_MOST_SEARCHED: Final = 1 << 28
"""Bytes of a program; Lambda takes less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """One entry. `build` only where a sound ELF file has Go's build info, `shebang` only of scripts.

    `root` is where Lambda unpacks it; `linkage` is read of what the dynamic loader reads. `static_nss` says that a
    static program has glibc's Name Service Switch in it. `words` are those of a script that may be names of files.
    """

    root: str
    name: str
    mode: int
    size: int
    kind: Kind
    elf: ElfFacts | DamagedElf | None = None
    linkage: Linkage | DamagedElf | None = None
    static_nss: bool = False
    build: BuildInfo | None = None
    shebang: Shebang | None = None
    words: frozenset[str] = frozenset()

    object: SharedObject = field(init=False, repr=False, compare=False, default=SharedObject())
    """What the dynamic loader reads of it; nothing where it cannot."""

    def __post_init__(self) -> None:
        elf, linkage = self.elf, self.linkage
        if isinstance(elf, ElfFacts) and elf.dynamic is not None and isinstance(linkage, Linkage):
            object.__setattr__(self, "object", SharedObject.of(elf.dynamic, linkage))


def gather(entries: Iterable[Entry], root: str) -> tuple[FileFacts, ...]:
    """Read what is needed of each file: its first bytes, and a few pages more of an ELF file."""
    return tuple(_facts(entry, root) for entry in entries)


def _facts(entry: Entry, root: str) -> FileFacts:
    facts = FileFacts(root=root, name=entry.name, mode=entry.mode, size=0, kind=Kind.UNREADABLE)
    try:
        status = entry.source.stat()
        if not stat.S_ISREG(status.st_mode):
            return replace(facts, kind=Kind.FOLDER if stat.S_ISDIR(status.st_mode) else Kind.SPECIAL)
        with entry.source.open("rb") as stream:
            head = stream.read(HEAD)
            kind = kind_of(head)
            facts = replace(facts, size=status.st_size, kind=kind)
            if kind is Kind.SCRIPT:
                text = (head + stream.read(_SCRIPT)).decode("utf-8", "replace")
                return replace(facts, shebang=read_shebang(head), words=frozenset(_WORD.findall(text)))
            if kind is not Kind.ELF:
                return facts
            with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
                return _with_elf(facts, content)
    except OSError:
        return replace(facts, size=0, kind=Kind.UNREADABLE)


def _with_elf(facts: FileFacts, content: mmap.mmap) -> FileFacts:
    elf = read_elf(content)
    if isinstance(elf, DamagedElf):
        return replace(facts, elf=elf)
    build = read_buildinfo(content, elf)
    return replace(
        facts,
        elf=elf,
        build=build,
        linkage=read_linkage(content, elf),
        static_nss=elf.static and elf.program and not _is_pure_go(build) and _has_nss(content, elf),
    )


def _is_pure_go(build: BuildInfo | None) -> bool:
    return build is not None and build.settings.get("CGO_ENABLED") == "0"


def _has_nss(content: Content, elf: ElfFacts) -> bool:
    start = min(segment.offset for segment in elf.segments)
    end = max(segment.offset + segment.size for segment in elf.segments)
    return all(content.find(mark, start, min(end, start + _MOST_SEARCHED)) >= 0 for mark in _NSS)

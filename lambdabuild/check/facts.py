"""What is known of each file of an artifact. Only reads, never judges."""

import mmap
import stat
from collections.abc import Iterable
from dataclasses import dataclass, replace

from lambdabuild.check.buildinfo import BuildInfo, read_buildinfo
from lambdabuild.io.elf import read_elf
from lambdabuild.model.elf import DamagedElf, ElfFacts
from lambdabuild.check.kinds import HEAD, Kind, kind_of
from lambdabuild.check.shebang import Shebang, read_shebang
from lambdabuild.model.artifact import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """One entry. `build` only where a sound ELF file has Go's build info, `shebang` only of scripts."""

    name: str
    mode: int
    size: int
    kind: Kind
    elf: ElfFacts | DamagedElf | None = None
    build: BuildInfo | None = None
    shebang: Shebang | None = None


def gather(entries: Iterable[Entry]) -> tuple[FileFacts, ...]:
    """Read what is needed of each file: its first bytes, and a few pages more of an ELF file."""
    return tuple(_facts(entry) for entry in entries)


def _facts(entry: Entry) -> FileFacts:
    try:
        status = entry.source.stat()
        if not stat.S_ISREG(status.st_mode):
            kind = Kind.FOLDER if stat.S_ISDIR(status.st_mode) else Kind.SPECIAL
            return FileFacts(name=entry.name, mode=entry.mode, size=0, kind=kind)
        with entry.source.open("rb") as stream:
            head = stream.read(HEAD)
            kind = kind_of(head)
            facts = FileFacts(
                name=entry.name,
                mode=entry.mode,
                size=status.st_size,
                kind=kind,
                shebang=read_shebang(head) if kind is Kind.SCRIPT else None,
            )
            if kind is not Kind.ELF:
                return facts
            with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
                return _with_elf(facts, content)
    except OSError:
        return FileFacts(name=entry.name, mode=entry.mode, size=0, kind=Kind.UNREADABLE)


def _with_elf(facts: FileFacts, content: mmap.mmap) -> FileFacts:
    elf = read_elf(content)
    build = None if isinstance(elf, DamagedElf) else read_buildinfo(content, elf)
    return replace(facts, elf=elf, build=build)

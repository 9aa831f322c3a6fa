"""What an ELF file says about itself: facts or damage, never an exception.

Headers are decoded by pyelftools. Sections are never looked at: the loader does not need them, `strip` may have
removed them, and nothing keeps them true. The format is the System V gABI, chapters 4 and 5.
"""

import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Literal

from lambdabuild.model.platform import Architecture

Content = bytes | mmap.mmap
"""A whole file; mapped, only the pages that are looked at are read."""


class ElfType(StrEnum):
    """e_type. OTHER is what systems and processors have for themselves."""

    OBJECT = "ET_REL"
    EXECUTABLE = "ET_EXEC"
    SHARED = "ET_DYN"
    CORE = "ET_CORE"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A PT_LOAD: `size` bytes at `offset` of the file, seen at `address`."""

    address: int
    offset: int
    size: int
    writable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ElfFacts:
    """Facts of one file. Segments and what follows are read of executables and shared objects only.

    `machine` is e_machine's name (`EM_X86_64`), `abi` EI_OSABI's number. `pie` is DF_1_PIE: of the shared objects,
    those that say that they are programs.
    """

    type: ElfType
    bits: Literal[32, 64]
    little: bool
    abi: int
    machine: str
    entry: int
    segments: tuple[Segment, ...] = ()
    interpreter: str | None = None
    needed: tuple[str, ...] = ()
    soname: str | None = None
    pie: bool = False

    @property
    def architecture(self) -> Architecture | None:
        """Lambda's name of the machine, None for machines that it has not."""
        match self.machine, self.bits, self.little:
            case "EM_X86_64", 64, True:
                return Architecture.AMD64
            case "EM_AARCH64", 64, True:
                return Architecture.ARM64
        return None

    @property
    def loadable(self) -> bool:
        """Whether the kernel or the dynamic loader could take it."""
        return self.type in (ElfType.EXECUTABLE, ElfType.SHARED)

    @property
    def program(self) -> bool:
        """Whether it is there to be started. (libc.so.6 has an interpreter too, but also a soname.)"""
        if self.type is ElfType.SHARED:
            return self.pie or (self.soname is None and (self.interpreter is not None or self.entry != 0))
        return self.type is ElfType.EXECUTABLE

    @property
    def static(self) -> bool:
        """Whether it needs nothing but the kernel."""
        return self.interpreter is None and not self.needed


@dataclass(frozen=True, slots=True, kw_only=True)
class DamagedElf:
    """A file that begins as an ELF file and is none. `reason` in words."""

    reason: str


_TYPES = {each.value: each for each in ElfType}
_IDENT, _EI_OSABI = 16, 7
_ELFCLASS32, _ELFCLASS64 = 1, 2
_ELFDATA2LSB, _ELFDATA2MSB = 1, 2
_READ_FROM_FILE = frozenset(["PT_LOAD", "PT_DYNAMIC", "PT_INTERP"])
_PF_W = 2
_DT_NULL, _DT_NEEDED, _DT_STRTAB, _DT_STRSZ, _DT_SONAME = 0, 1, 5, 10, 14
_DT_FLAGS_1 = 0x6FFFFFFB
_DF_1_PIE = 0x08000000
_LARGEST_TABLE = 65536  # of program headers: fs/binfmt_elf.c, load_elf_phdrs
_LONGEST_PATH = 4096


def read_elf(content: Content) -> ElfFacts | DamagedElf:
    """Read a file that begins with ELF's magic number."""
    try:
        return _read(content)
    except _DamageError as damage:
        return DamagedElf(reason=str(damage))


def bytes_at(content: Content, segments: tuple[Segment, ...], address: int, size: int) -> bytes | None:
    """What stands at an address; None where no segment has all of it."""
    for segment in segments:
        start = address - segment.address
        if start >= 0 and start + size <= segment.size:
            return content[segment.offset + start : segment.offset + start + size]
    return None


class _DamageError(Exception):
    """Ends the reading of one file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _ProgramHeader:
    type: str
    address: int
    offset: int
    size: int
    memory: int
    flags: int


def _read(content: Content) -> ElfFacts:
    from elftools.elf.structs import ELFStructs

    if len(content) < _IDENT:
        raise _DamageError(f"it ends within its first {_IDENT} bytes")
    elf_class, encoding = content[4], content[5]
    if elf_class not in (_ELFCLASS32, _ELFCLASS64) or encoding not in (_ELFDATA2LSB, _ELFDATA2MSB):
        raise _DamageError(f"there is no class {elf_class} with data encoding {encoding}")
    bits: Literal[32, 64] = 32 if elf_class == _ELFCLASS32 else 64
    structs = ELFStructs(little_endian=encoding == _ELFDATA2LSB, elfclass=bits)
    structs.create_basic_structs()
    size = structs.Elf_Ehdr.sizeof()
    if len(content) < size:
        raise _DamageError("it ends within its header")
    header = structs.Elf_Ehdr.parse(content[:size])
    facts = ElfFacts(
        type=_TYPES.get(header.e_type, ElfType.OTHER),
        bits=bits,
        little=structs.little_endian,
        abi=content[_EI_OSABI],
        machine=header.e_machine if isinstance(header.e_machine, str) else f"machine {header.e_machine}",
        entry=header.e_entry,
    )
    if not facts.loadable:
        return facts
    structs.create_advanced_structs(header.e_type, header.e_machine, header.e_ident.EI_OSABI)
    table = _table(content, header.e_phoff, header.e_phnum, header.e_phentsize, structs.Elf_Phdr.sizeof())
    return _with_segments(content, facts, [_program_header(structs.Elf_Phdr.parse(each)) for each in table])


def _table(content: Content, offset: int, number: int, length: int, size: int) -> list[bytes]:
    if number and length != size:
        raise _DamageError(f"its program headers have {length} bytes each, not {size}")
    if not 0 < number * size <= _LARGEST_TABLE:
        raise _DamageError(f"it has {number} program headers")
    if offset + number * size > len(content):
        raise _DamageError("its program headers lie beyond its end")
    return [content[start : start + size] for start in range(offset, offset + number * size, size)]


def _program_header(header: Any) -> _ProgramHeader:
    return _ProgramHeader(
        type=str(header.p_type),
        address=header.p_vaddr,
        offset=header.p_offset,
        size=header.p_filesz,
        memory=header.p_memsz,
        flags=header.p_flags,
    )


def _with_segments(content: Content, facts: ElfFacts, headers: list[_ProgramHeader]) -> ElfFacts:
    """Judge as the kernel and ld.so would, which read these headers and nothing else."""
    segments = []
    for header in headers:
        if header.type in _READ_FROM_FILE and header.offset + header.size > len(content):
            raise _DamageError(f"it ends at byte {len(content)}, a segment at byte {header.offset + header.size}")
        if header.type == "PT_LOAD":
            if header.size > header.memory:
                raise _DamageError("a segment is larger in the file than in memory")
            segments.append(
                Segment(
                    address=header.address,
                    offset=header.offset,
                    size=header.size,
                    writable=bool(header.flags & _PF_W),
                )
            )
    if not segments:
        raise _DamageError("it has nothing to load")
    facts = replace(facts, segments=tuple(segments))
    for header in headers:
        if header.type == "PT_INTERP":
            facts = replace(facts, interpreter=_interpreter(content, header))
        elif header.type == "PT_DYNAMIC" and header.size:
            facts = _with_dynamic(content, facts, header)
    return facts


def _interpreter(content: Content, header: _ProgramHeader) -> str:
    path = content[header.offset : header.offset + min(header.size, _LONGEST_PATH)]
    if header.size > _LONGEST_PATH or len(path) < 2 or path[-1:] != b"\0":
        raise _DamageError("the name of its interpreter has no end")
    return _text(path.partition(b"\0")[0])


def _with_dynamic(content: Content, facts: ElfFacts, header: _ProgramHeader) -> ElfFacts:
    entry = struct.Struct(("<" if facts.little else ">") + ("qQ" if facts.bits == 64 else "iI"))
    usable = header.size - header.size % entry.size
    needed, values = [], {}
    for tag, value in entry.iter_unpack(content[header.offset : header.offset + usable]):
        if tag == _DT_NULL:
            break
        if tag == _DT_NEEDED:
            needed.append(value)
        values[tag] = value
    else:
        raise _DamageError("its dynamic section has no end")
    names = needed + ([values[_DT_SONAME]] if _DT_SONAME in values else [])
    strings = _strings(content, facts, values) if names else b""
    return replace(
        facts,
        needed=tuple(_string(strings, offset) for offset in needed),
        soname=_string(strings, values[_DT_SONAME]) if _DT_SONAME in values else None,
        pie=bool(values.get(_DT_FLAGS_1, 0) & _DF_1_PIE),
    )


def _strings(content: Content, facts: ElfFacts, values: Mapping[int, int]) -> bytes:
    table = bytes_at(content, facts.segments, values.get(_DT_STRTAB, 0), values.get(_DT_STRSZ, 0))
    if not table:
        raise _DamageError("the names of its libraries lie outside of its segments")
    return table


def _string(strings: bytes, offset: int) -> str:
    end = strings.find(b"\0", offset)
    if end < 0:
        raise _DamageError("the name of a library has no end")
    return _text(strings[offset:end])


def _text(name: bytes) -> str:
    return name.decode("utf-8", "backslashreplace")

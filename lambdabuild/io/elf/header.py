"""What an ELF file says about itself: facts or damage, never an exception.

Read as the kernel (fs/binfmt_elf.c) and the loader (elf/dl-load.c, elf/rtld.c) read it: program headers, and what they
have at its address. Sections are never looked at: the loader does not need them, `strip` may have removed them, and
nothing keeps them true. The format is the System V gABI, chapters 4 and 5.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from lambdabuild.io.elf.content import Content, DamageError, Names, bytes_at, region_from, text
from lambdabuild.model.elf import (
    DT_NEEDED,
    DT_NULL,
    DT_RPATH,
    DT_RUNPATH,
    DT_SONAME,
    DT_STRTAB,
    DamagedElf,
    Dynamic,
    ElfFacts,
    ElfType,
    Segment,
)
from lambdabuild.model.platform import Architecture

_TYPES = {1: ElfType.OBJECT, 2: ElfType.EXECUTABLE, 3: ElfType.SHARED, 4: ElfType.CORE}
_IDENT, _EI_OSABI = 16, 7
_ELFCLASS32, _ELFCLASS64 = 1, 2
_ELFDATA2LSB, _ELFDATA2MSB = 1, 2
_EM_X86_64, _EM_AARCH64 = 62, 183
_ARCHITECTURES = {_EM_X86_64: Architecture.AMD64, _EM_AARCH64: Architecture.ARM64}
_MACHINES = {_EM_X86_64: "EM_X86_64", _EM_AARCH64: "EM_AARCH64"}
_HEADER: Final = {32: "HHIIIIIHHHHHH", 64: "HHIQQQIHHHHHH"}
_PROGRAM_HEADER: Final = {32: "IIIIIIII", 64: "IIQQQQQQ"}
_DYNAMIC: Final = {32: "iI", 64: "qQ"}
_PT_LOAD, _PT_DYNAMIC, _PT_INTERP = 1, 2, 3
_PT_GNU_STACK, _PT_GNU_PROPERTY = 0x6474E551, 0x6474E553
_PF_X, _PF_W = 1, 2
_LARGEST_TABLE = 65536  # of program headers: fs/binfmt_elf.c, load_elf_phdrs
_LARGEST_DYNAMIC = 1 << 20
_LONGEST_PATH = 4096
_LONGEST_NAMES = 1 << 20
_MOST_NEEDED = 4096
_LARGEST_NOTE = 65536
_PIECE = 4096
_NT_GNU_PROPERTY_TYPE_0 = 5
_GNU_PROPERTY_X86_ISA_1_NEEDED = 0xC0008002


def read_elf(content: Content) -> ElfFacts | DamagedElf:
    """Read a file that should be one."""
    try:
        return _read(content)
    except DamageError as damage:
        return DamagedElf(reason=str(damage))


def architecture_in(head: bytes) -> Architecture | None:
    """The CPU of Lambda that an ELF file is for, by its first 64 bytes; None for all else."""
    if len(head) < 20 or head[:4] != b"\x7fELF" or head[4:6] != bytes([_ELFCLASS64, _ELFDATA2LSB]):
        return None
    return _ARCHITECTURES.get(int.from_bytes(head[18:20], "little"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _ProgramHeader:
    type: int
    address: int
    offset: int
    size: int
    memory: int
    flags: int


def _read(content: Content) -> ElfFacts:
    if len(content) < _IDENT:
        raise DamageError(f"it ends within its first {_IDENT} bytes")
    elf_class, encoding = content[4], content[5]
    if elf_class not in (_ELFCLASS32, _ELFCLASS64) or encoding not in (_ELFDATA2LSB, _ELFDATA2MSB):
        raise DamageError(f"there is no class {elf_class} with data encoding {encoding}")
    bits: Literal[32, 64] = 32 if elf_class == _ELFCLASS32 else 64
    order = "<" if encoding == _ELFDATA2LSB else ">"
    header = struct.Struct(order + _HEADER[bits])
    if len(content) < _IDENT + header.size:
        raise DamageError("it ends within its header")
    kind, machine, _, entry, start, _, _, _, length, number, *_ = header.unpack_from(content, _IDENT)
    facts = ElfFacts(
        type=_TYPES.get(kind, ElfType.OTHER),
        bits=bits,
        little=encoding == _ELFDATA2LSB,
        abi=content[_EI_OSABI],
        machine=_MACHINES.get(machine) or _machine(machine),
        entry=entry,
    )
    if not facts.loadable:
        return facts
    headers = list(_program_headers(content, facts, range(start, start + number * length, length or 1), number))
    return _with_segments(content, facts, headers)


def _machine(number: int) -> str:
    """Its name in elf.h."""
    from elftools.elf.enums import ENUM_E_MACHINE

    return next((name for name, value in ENUM_E_MACHINE.items() if value == number), f"machine {number}")


def _program_headers(content: Content, facts: ElfFacts, places: range, number: int) -> Iterator[_ProgramHeader]:
    header = struct.Struct(_order(facts) + _PROGRAM_HEADER[facts.bits])
    if number and places.step != header.size:
        raise DamageError(f"its program headers have {places.step} bytes each, not {header.size}")
    if not 0 < number * header.size <= _LARGEST_TABLE:
        raise DamageError(f"it has {number} program headers")
    if places.stop > len(content):
        raise DamageError("its program headers lie beyond its end")
    for place in places:
        if facts.bits == 64:
            kind, flags, offset, address, _, size, memory, _ = header.unpack_from(content, place)
        else:
            kind, offset, address, _, size, memory, flags, _ = header.unpack_from(content, place)
        yield _ProgramHeader(type=kind, address=address, offset=offset, size=size, memory=memory, flags=flags)


def _with_segments(content: Content, facts: ElfFacts, headers: Sequence[_ProgramHeader]) -> ElfFacts:
    """Of several headers of one type the kernel takes the first PT_INTERP, and the loader the last of the others."""
    facts = replace(facts, segments=tuple(_segments(content, headers)))
    last = {header.type: header for header in headers if header.size or header.type == _PT_GNU_STACK}
    interpreter = next((header for header in headers if header.type == _PT_INTERP), None)
    if interpreter is not None:
        facts = replace(facts, interpreter=_interpreter(content, interpreter))
    if (header := last.get(_PT_DYNAMIC)) is not None:
        facts = replace(facts, dynamic=_dynamic(content, facts, header))
    if (header := last.get(_PT_GNU_STACK)) is not None:
        facts = replace(facts, executable_stack=bool(header.flags & _PF_X))
    if (header := last.get(_PT_GNU_PROPERTY)) is not None and facts.machine == "EM_X86_64":
        facts = replace(facts, isa_needed=_isa_needed(content, facts, header))
    return facts


def _segments(content: Content, headers: Sequence[_ProgramHeader]) -> Iterator[Segment]:
    loads = [header for header in headers if header.type == _PT_LOAD]
    if not loads:
        raise DamageError("it has nothing to load")
    for header in loads:
        if header.size and header.offset + header.size > len(content):
            raise DamageError(f"it ends at byte {len(content)}, a segment at byte {header.offset + header.size}")
        if header.size > header.memory:
            raise DamageError("a segment is larger in the file than in memory")
        offset = header.offset if header.size else 0
        yield Segment(address=header.address, offset=offset, size=header.size, writable=bool(header.flags & _PF_W))


def _interpreter(content: Content, header: _ProgramHeader) -> str:
    path = content[header.offset : header.offset + min(header.size, _LONGEST_PATH)]
    if len(path) < header.size or len(path) < 2 or path[-1:] != b"\0":
        raise DamageError("the name of its interpreter has no end")
    return text(path.partition(b"\0")[0])


def _dynamic(content: Content, facts: ElfFacts, header: _ProgramHeader) -> Dynamic:
    needed: list[int] = []
    values: dict[int, int] = {}
    for tag, value in _entries(content, facts, header):
        if tag == DT_NEEDED:
            needed.append(value)
        values[tag] = value
    if len(needed) > _MOST_NEEDED:
        raise DamageError(f"it needs {len(needed)} libraries")
    named = [tag for tag in (DT_SONAME, DT_RPATH, DT_RUNPATH) if tag in values]
    if not needed and not named:
        return Dynamic(values=values)
    table = region_from(facts.segments, values[DT_STRTAB]) if DT_STRTAB in values else None
    if table is None:
        raise DamageError("the names of its libraries lie outside of its segments")
    strings = Names(content, table, most=_LONGEST_NAMES)
    names = {tag: strings.at(values[tag]) for tag in named}
    return Dynamic(
        needed=tuple(map(strings.at, needed)),
        soname=names.get(DT_SONAME),
        rpath=names.get(DT_RPATH),
        runpath=names.get(DT_RUNPATH),
        values=values,
    )


def _entries(content: Content, facts: ElfFacts, header: _ProgramHeader) -> Iterator[tuple[int, int]]:
    """Up to DT_NULL, whatever the header's size: the loader does not look at it."""
    region = region_from(facts.segments, header.address)
    if region is None:
        raise DamageError("its dynamic section lies outside of its segments")
    entry = struct.Struct(_order(facts) + _DYNAMIC[facts.bits])
    end = min(region.stop, region.start + _LARGEST_DYNAMIC)
    for start in range(region.start, end, _PIECE):
        piece = content[start : min(start + _PIECE, end)]
        for tag, value in entry.iter_unpack(piece[: len(piece) - len(piece) % entry.size]):
            if tag == DT_NULL:
                return
            yield tag, value
    raise DamageError("its dynamic section has no end")


def _isa_needed(content: Content, facts: ElfFacts, header: _ProgramHeader) -> int:
    """Bits of GNU_PROPERTY_X86_ISA_1_NEEDED (x86-64 psABI, "Program Property"); 0 where nothing says so."""
    note = bytes_at(content, facts.segments, header.address, min(header.size, _LARGEST_NOTE)) or b""
    for kind, value in _properties(note, align=8 if facts.bits == 64 else 4):
        if kind == _GNU_PROPERTY_X86_ISA_1_NEEDED and len(value) >= 4:
            return int.from_bytes(value[:4], "little")
    return 0


def _properties(note: bytes, *, align: int) -> Iterator[tuple[int, bytes]]:
    """Type and value of each property in the first note, which is little-endian here."""
    if len(note) < 16 or note[12:16] != b"GNU\0":
        return
    _, length, kind = struct.unpack_from("<III", note)
    if kind != _NT_GNU_PROPERTY_TYPE_0:
        return
    at, end = 16, min(16 + length, len(note))
    while at + 8 <= end:
        kind, size = struct.unpack_from("<II", note, at)
        yield kind, note[at + 8 : min(at + 8 + size, end)]
        at += 8 + size + -size % align


def _order(facts: ElfFacts) -> str:
    return "<" if facts.little else ">"

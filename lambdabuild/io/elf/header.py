"""What an ELF file says about itself: facts or damage, never an exception.

Headers are decoded by pyelftools. Sections are never looked at: the loader does not need them, `strip` may have
removed them, and nothing keeps them true. The format is the System V gABI, chapters 4 and 5.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

from lambdabuild.io.elf.content import Content, DamageError, bytes_at, text, text_at
from lambdabuild.model.elf import (
    DT_NEEDED,
    DT_NULL,
    DT_RPATH,
    DT_RUNPATH,
    DT_SONAME,
    DT_STRSZ,
    DT_STRTAB,
    DamagedElf,
    Dynamic,
    ElfFacts,
    ElfType,
    Segment,
)
from lambdabuild.model.platform import Architecture

_TYPES = {each.value: each for each in ElfType}
_IDENT, _EI_OSABI = 16, 7
_ELFCLASS32, _ELFCLASS64 = 1, 2
_ELFDATA2LSB, _ELFDATA2MSB = 1, 2
_ARCHITECTURES = {62: Architecture.AMD64, 183: Architecture.ARM64}
_READ_FROM_FILE = frozenset(["PT_LOAD", "PT_DYNAMIC", "PT_INTERP"])
_PF_X, _PF_W = 1, 2
_LARGEST_TABLE = 65536  # of program headers: fs/binfmt_elf.c, load_elf_phdrs
_LONGEST_PATH = 4096
_LARGEST_NOTE = 65536
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
    type: str
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
    structs = _structs(bits, encoding == _ELFDATA2LSB)
    size = structs.Elf_Ehdr.sizeof()
    if len(content) < size:
        raise DamageError("it ends within its header")
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
    table = _table(content, header.e_phoff, header.e_phnum, header.e_phentsize, structs.Elf_Phdr.sizeof())
    return _with_segments(content, facts, [_program_header(structs.Elf_Phdr.parse(each)) for each in table])


@cache
def _structs(bits: Literal[32, 64], little: bool) -> Any:
    """Decoders of headers, which are the same for every machine and type that is read here."""
    from elftools.elf.structs import ELFStructs

    structs = ELFStructs(little_endian=little, elfclass=bits)
    structs.create_basic_structs()
    structs.create_advanced_structs("ET_DYN", "EM_X86_64", "ELFOSABI_LINUX")
    return structs


def _table(content: Content, offset: int, number: int, length: int, size: int) -> list[bytes]:
    if number and length != size:
        raise DamageError(f"its program headers have {length} bytes each, not {size}")
    if not 0 < number * size <= _LARGEST_TABLE:
        raise DamageError(f"it has {number} program headers")
    if offset + number * size > len(content):
        raise DamageError("its program headers lie beyond its end")
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
            raise DamageError(f"it ends at byte {len(content)}, a segment at byte {header.offset + header.size}")
        if header.type == "PT_LOAD":
            if header.size > header.memory:
                raise DamageError("a segment is larger in the file than in memory")
            segments.append(
                Segment(
                    address=header.address,
                    offset=header.offset,
                    size=header.size,
                    writable=bool(header.flags & _PF_W),
                )
            )
    if not segments:
        raise DamageError("it has nothing to load")
    facts = replace(facts, segments=tuple(segments))
    for header in headers:
        match header.type:
            case "PT_INTERP":
                facts = replace(facts, interpreter=_interpreter(content, header))
            case "PT_DYNAMIC" if header.size:
                facts = replace(facts, dynamic=_dynamic(content, facts, header))
            case "PT_GNU_STACK":
                facts = replace(facts, executable_stack=bool(header.flags & _PF_X))
            case "PT_GNU_PROPERTY" if facts.machine == "EM_X86_64":
                facts = replace(facts, isa_needed=_isa_needed(content, facts, header))
            case _:
                pass
    return facts


def _interpreter(content: Content, header: _ProgramHeader) -> str:
    path = content[header.offset : header.offset + min(header.size, _LONGEST_PATH)]
    if header.size > _LONGEST_PATH or len(path) < 2 or path[-1:] != b"\0":
        raise DamageError("the name of its interpreter has no end")
    return text(path.partition(b"\0")[0])


def _dynamic(content: Content, facts: ElfFacts, header: _ProgramHeader) -> Dynamic:
    entry = struct.Struct(_order(facts) + ("qQ" if facts.bits == 64 else "iI"))
    usable = header.size - header.size % entry.size
    needed: list[int] = []
    values: dict[int, int] = {}
    for tag, value in entry.iter_unpack(content[header.offset : header.offset + usable]):
        if tag == DT_NULL:
            break
        if tag == DT_NEEDED:
            needed.append(value)
        values[tag] = value
    else:
        raise DamageError("its dynamic section has no end")
    named = [tag for tag in (DT_SONAME, DT_RPATH, DT_RUNPATH) if tag in values]
    strings = _strings(content, facts, values) if needed or named else b""
    names = {tag: text_at(strings, values[tag]) for tag in named}
    return Dynamic(
        needed=tuple(text_at(strings, offset) for offset in needed),
        soname=names.get(DT_SONAME),
        rpath=names.get(DT_RPATH),
        runpath=names.get(DT_RUNPATH),
        values=values,
    )


def _strings(content: Content, facts: ElfFacts, values: dict[int, int]) -> bytes:
    table = bytes_at(content, facts.segments, values.get(DT_STRTAB, 0), values.get(DT_STRSZ, 0))
    if not table:
        raise DamageError("the names of its libraries lie outside of its segments")
    return table


def _isa_needed(content: Content, facts: ElfFacts, header: _ProgramHeader) -> int:
    """Bits of GNU_PROPERTY_X86_ISA_1_NEEDED (x86-64 psABI, "Program Property"); 0 where nothing says so."""
    note = content[header.offset : header.offset + min(header.size, _LARGEST_NOTE)]
    for kind, value in _properties(note, align=8 if facts.bits == 64 else 4):
        if kind == _GNU_PROPERTY_X86_ISA_1_NEEDED and len(value) >= 4:
            return int.from_bytes(value[:4], "little")
    return 0


def _properties(note: bytes, *, align: int) -> Iterable[tuple[int, bytes]]:
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

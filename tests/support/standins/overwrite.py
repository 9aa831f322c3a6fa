"""Real libraries that run and yet lack version nodes: names of equal length are written over the names of those.

Definitions and needs change alike, so the libraries of one root still fit each other, and what is built against the
true names is refused by the loader. The format is the Linux Standard Base's, "Symbol Versioning".
"""

import struct
from collections.abc import Iterator
from pathlib import Path

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import Section

from tests.support.standins.library import (
    DT_RELR,
    VERSYM_HIDDEN,
    Cuts,
    cut,
    is_above,
    nodes_of,
    read_library,
    symbols_of,
)

_VERDEF, _VERDAUX = struct.Struct("<HHHHIII"), struct.Struct("<II")
_VERNEED, _VERNAUX = struct.Struct("<HHIII"), struct.Struct("<IHHII")
_WORD, _HALF = struct.Struct("<I"), struct.Struct("<H")


def overwrite(path: Path, cuts: Cuts) -> None:
    """Change a library in place. The symbols of a renamed node are found by those who name the node, by no others."""
    with path.open("rb") as stream:
        elf = ELFFile(stream)
        content = bytearray(path.read_bytes())
        _rename(elf, content, cuts)
        _mark(elf, content, path, cuts)
    path.write_bytes(content)


def other_name(node: str) -> str:
    """What a node is called that is not there: `GLIBC_2.35` is `~LIBC_2.35`."""
    return f"~{node[1:]}"


def elf_hash(name: bytes) -> int:
    """The hash of the System V gABI, chapter 5."""
    value = 0
    for byte in name:
        value = (value << 4) + byte
        high = value & 0xF0000000
        value = (value ^ (high >> 24)) & ~high
    return value


def _rename(elf: ELFFile, content: bytearray, cuts: Cuts) -> None:
    strings = elf.get_section_by_name(".dynstr")
    assert strings is not None
    true = bytes(content)
    for name_at, hash_at in _names(elf, true):
        start = strings["sh_offset"] + _WORD.unpack_from(true, name_at)[0]
        name = true[start : true.index(b"\0", start)].decode()
        if is_above(name, cuts) and name != DT_RELR:
            other = other_name(name).encode()
            content[start : start + len(other)] = other
            _WORD.pack_into(content, hash_at, elf_hash(other))


def _names(elf: ELFFile, content: bytes) -> Iterator[tuple[int, int]]:
    """Where the offset of a node's name stands, and its hash: of definitions, then of needs."""
    for section in _present(elf, ".gnu.version_d"):
        at = section["sh_offset"]
        while True:
            *_, auxiliary, following = _VERDEF.unpack_from(content, at)
            yield at + auxiliary, at + 8
            if not following:
                break
            at += following
    for section in _present(elf, ".gnu.version_r"):
        at = section["sh_offset"]
        while True:
            _, count, _, auxiliary, following = _VERNEED.unpack_from(content, at)
            each = at + auxiliary
            for _ in range(count):
                yield each + 8, each
                each += _VERNAUX.unpack_from(content, each)[4]
            if not following:
                break
            at += following


def _mark(elf: ELFFile, content: bytearray, path: Path, cuts: Cuts) -> None:
    """Hide the symbols above the cut from those who name no node, and make older ones the default instead."""
    left = {(symbol.name, symbol.node): symbol.default for symbol in cut(read_library(path), cuts).symbols}
    for section in _present(elf, ".gnu.version"):
        for place, symbol in symbols_of(elf, nodes_of(elf)):
            at = section["sh_offset"] + 2 * place
            index = _HALF.unpack_from(content, at)[0] & ~VERSYM_HIDDEN
            default = left.get((symbol.name, symbol.node), False)
            _HALF.pack_into(content, at, index if default else index | VERSYM_HIDDEN)


def _present(elf: ELFFile, name: str) -> Iterator[Section]:
    section = elf.get_section_by_name(name)
    if section is not None:
        yield section

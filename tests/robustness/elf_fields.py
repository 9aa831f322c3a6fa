"""Where the numbers of an ELF file are that the loader goes by: 64 bits, little-endian, as a compiler made it."""

import struct
from collections.abc import Iterator, Sequence
from itertools import accumulate

from lambdabuild.model.elf import (
    DT_GNU_HASH,
    DT_HASH,
    DT_JMPREL,
    DT_PLTRELSZ,
    DT_RELA,
    DT_RELASZ,
    DT_STRSZ,
    DT_STRTAB,
    DT_SYMTAB,
    DT_VERDEF,
    DT_VERNEED,
    DT_VERSYM,
)
from tests.robustness.fuzzing import Field

_PT_LOAD, _PT_DYNAMIC, _PT_GNU_PROPERTY = 1, 2, 0x6474E553
_HEADER = (1,) * 16 + (2, 2, 4, 8, 8, 8, 4, 2, 2, 2, 2, 2, 2)
_PROGRAM_HEADER = (4, 4, 8, 8, 8, 8, 8, 8)
_RELA, _SYMBOL = (8, 4, 4, 8), (4, 1, 1, 2, 8, 8)
_VERNEED, _VERNAUX = (2, 2, 4, 4, 4), (4, 2, 2, 4, 4)
_VERDEF, _VERDAUX = (2, 2, 2, 2, 4, 4, 4), (4, 4)
_MOST = 200
"""Records of one table that are changed."""


def groups_of(content: bytes) -> Sequence[Sequence[Field]]:
    """The fields, table by table."""
    return [group for group in _Elf(content).groups() if group]


def dynamic_at(content: bytes, tag: int) -> int:
    """Where the first entry of PT_DYNAMIC with this tag is."""
    elf = _Elf(content)
    return elf.dynamic + 16 * [each for each, _ in elf.entries].index(tag)


def place_of(content: bytes, tag: int) -> int:
    """Where in the file the table is that an entry of PT_DYNAMIC names."""
    place = _Elf(content).place(tag)
    assert place is not None, "no such table"
    return place


def headers_at(content: bytes, kind: int) -> list[int]:
    """Where the program headers of a type are."""
    return [at for at, each, *_ in _Elf(content).headers if each == kind]


class _Elf:
    def __init__(self, content: bytes) -> None:
        self._content = content
        start, size, count = *struct.unpack_from("<Q", content, 32), *struct.unpack_from("<HH", content, 54)
        self.headers: list[tuple[int, ...]] = [
            (at, *struct.unpack_from("<I4xQQ8xQ", content, at)) for at in range(start, start + size * count, size)
        ]
        self.dynamic, length = next(
            ((offset, size) for _, kind, offset, _, size in self.headers if kind == _PT_DYNAMIC), (0, 0)
        )
        entries: list[tuple[int, int]] = list(struct.iter_unpack("<QQ", content[self.dynamic : self.dynamic + length]))
        self.entries = entries[: entries.index((0, 0)) + 1] if entries else []
        self._values = dict(self.entries)

    def place(self, tag: int) -> int | None:
        address = self._values.get(tag)
        for _, kind, offset, start, size in self.headers:
            if kind == _PT_LOAD and address is not None and start <= address < start + size:
                return offset + address - start
        return None

    def groups(self) -> Iterator[list[Field]]:
        yield _record(0, _HEADER)
        yield [field for at, *_ in self.headers for field in _record(at, _PROGRAM_HEADER)]
        yield [field for each in range(len(self.entries)) for field in _record(self.dynamic + 16 * each, (8, 8))]
        yield [Field(self.dynamic + 16 * each + 8, 8) for each in range(len(self.entries))]
        yield [
            Field(at, 4)
            for _, kind, offset, _, size in self.headers
            if kind == _PT_GNU_PROPERTY
            for at in range(offset, offset + size, 4)
        ]
        if (at := self.place(DT_VERNEED)) is not None:
            yield list(self._chain(at, _VERNEED, 3, _VERNAUX))
        if (at := self.place(DT_VERDEF)) is not None:
            yield list(self._chain(at, _VERDEF, 5, _VERDAUX))
        for tag in (DT_HASH, DT_GNU_HASH):
            if (at := self.place(tag)) is not None:
                yield _record(at, (4,) * 4)
                yield _record(at + 16, (4,) * _MOST)
        for tag, length in ((DT_RELA, DT_RELASZ), (DT_JMPREL, DT_PLTRELSZ)):
            if (at := self.place(tag)) is not None:
                yield _record(at, _RELA * min(self._values[length] // 24, _MOST))
        for tag, widths in ((DT_VERSYM, (2,)), (DT_SYMTAB, _SYMBOL)):
            if (at := self.place(tag)) is not None:
                yield _record(at, widths * _MOST)
        if (at := self.place(DT_STRTAB)) is not None:
            yield _record(at, (1,) * self._values[DT_STRSZ])

    def _chain(self, at: int, widths: tuple[int, ...], aux: int, aux_widths: tuple[int, ...]) -> Iterator[Field]:
        """Records that each point to the next, and with their field `aux` to a chain of others."""
        while True:
            fields = _record(at, widths)
            yield from fields
            if len(aux_widths) > 2:
                yield from self._chain(at + self._number(fields[aux]), aux_widths, 0, ())
            elif aux_widths:
                yield from _record(at + self._number(fields[aux]), aux_widths)
            if not (step := self._number(fields[-1])):
                return
            at += step

    def _number(self, field: Field) -> int:
        return int.from_bytes(self._content[field.at : field.at + field.width], "little")


def _record(at: int, widths: Sequence[int]) -> list[Field]:
    return [Field(at + start, width) for start, width in zip(accumulate(widths, initial=0), widths, strict=False)]

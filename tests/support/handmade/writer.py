"""The bytes of a file: one segment that may be read, written and run, and all tables in it.

System V gABI, chapters 4 and 5; the psABI of each CPU for relocations.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lambdabuild.model.elf import (
    DT_FLAGS_1,
    DT_GNU_HASH,
    DT_HASH,
    DT_JMPREL,
    DT_NEEDED,
    DT_NULL,
    DT_PLTRELSZ,
    DT_RELA,
    DT_RELASZ,
    DT_RPATH,
    DT_RUNPATH,
    DT_SONAME,
    DT_STRSZ,
    DT_STRTAB,
    DT_SYMTAB,
    DT_VERDEF,
    DT_VERNEED,
    DT_VERSYM,
    ElfType,
)
from lambdabuild.model.platform import Architecture
from tests.support.handmade.facts import Asks, Binding, Elf, Gives, How, Type
from tests.support.handmade.tables import gnu_hash_table, in_buckets, sysv_hash_table, verdef, verneed

_MACHINES = {Architecture.AMD64: 62, Architecture.ARM64: 183}
_TYPES = {ElfType.EXECUTABLE: 2, ElfType.SHARED: 3}
_BASES = {ElfType.EXECUTABLE: 0x400000, ElfType.SHARED: 0}
_RELOCATIONS = {
    Architecture.AMD64: {How.CALL: 7, How.DATA: 6, How.COPY: 5},
    Architecture.ARM64: {How.CALL: 1026, How.DATA: 1025, How.COPY: 1024},
}
_EXIT = {
    Architecture.AMD64: bytes.fromhex("31ff b83c000000 0f05"),  # xor edi, edi; mov eax, 60; syscall
    Architecture.ARM64: bytes.fromhex("000080d2 a80b80d2 010000d4"),  # mov x0, 0; mov x8, 93; svc 0
}
_RETURN = {Architecture.AMD64: bytes.fromhex("c3"), Architecture.ARM64: bytes.fromhex("c0035fd6")}
_PT_LOAD, _PT_DYNAMIC, _PT_INTERP, _PT_PHDR, _PT_GNU_STACK = 1, 2, 3, 6, 0x6474E551
_DT_PLTGOT, _DT_RELAENT, _DT_SYMENT, _DT_PLTREL = 3, 9, 11, 20
_DT_VERDEFNUM, _DT_VERNEEDNUM = 0x6FFFFFFD, 0x6FFFFFFF
_EHDR, _PHDR, _SYMBOL = struct.Struct("<16sHHIQQQIHHHHHH"), struct.Struct("<IIQQQQQQ"), struct.Struct("<IBBHQQ")
_RELA, _DYNAMIC = struct.Struct("<QQq"), struct.Struct("<qQ")
_ANYWHERE, _HIDDEN = 1, 0x8000
_FIRST_NODE: Final = 2
_RESERVED = 3
_WORD, _PAGE = 8, 0x1000
_READ_WRITE, _READ_WRITE_RUN = 6, 7


def write(elf: Elf) -> bytes:
    """The file."""
    return _Writer(elf).content()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Symbol:
    """An entry of the symbol table; `version` is its entry of DT_VERSYM, `code` says what is at its address."""

    name: str
    info: int
    version: int
    code: bool = False


class _Writer:
    def __init__(self, elf: Elf) -> None:
        self._elf = elf
        self._base = _BASES[elf.type]
        self._strings = bytearray(b"\0")
        self._dynamic: list[tuple[int, int]] = []
        self._nodes = {node: number for number, node in enumerate(elf.nodes or (), _FIRST_NODE)}
        first = _FIRST_NODE + len(self._nodes)
        self._needs = {(need.file, need.node): number for number, need in enumerate(elf.all_needs, first)}
        self._headers = 5 if elf.interpreter else 4
        self._out = bytearray(_EHDR.size + _PHDR.size * self._headers)

    def content(self) -> bytes:
        elf = self._elf
        interpreter = self._put(elf.interpreter.encode() + b"\0") if elf.interpreter else 0
        entry = self._put(_EXIT[elf.architecture])
        for name in elf.needed:
            self._add(DT_NEEDED, self._string(name))
        for tag, text in ((DT_SONAME, elf.soname), (DT_RPATH, elf.rpath), (DT_RUNPATH, elf.runpath)):
            if text is not None:
                self._add(tag, self._string(text))
        if elf.flags:
            self._add(DT_FLAGS_1, elf.flags)
        self._symbols()
        self._versions()
        self._add_address(DT_STRTAB, self._put(self._strings))
        self._add(DT_STRSZ, len(self._strings))
        dynamic = self._put(b"".join(_DYNAMIC.pack(*each) for each in [*self._dynamic, (DT_NULL, 0)]))
        self._write_headers(interpreter, entry, dynamic)
        return bytes(self._out)

    def _symbols(self) -> None:
        elf = self._elf
        asks = [ask for ask in elf.asks if ask.how is not How.COPY]
        copied = {ask.name: ask for ask in elf.asks if ask.how is How.COPY}
        given = in_buckets([*map(self._given, elf.gives), *map(self._copy, copied.values())], lambda each: each.name)
        code = self._put(_RETURN[elf.architecture])
        data = self._put(bytes(_WORD * len(given)))
        slots = self._put(bytes(_WORD * (_RESERVED + len(asks))))
        asked = [self._asked(ask) for ask in asks]
        table = bytearray(_SYMBOL.size)
        for each in asked:
            table += _SYMBOL.pack(self._string(each.name), each.info, 0, 0, 0, 0)
        for place, each in enumerate(given):
            value = self._base + (code if each.code else data + _WORD * place)
            table += _SYMBOL.pack(self._string(each.name), each.info, 0, 1, value, _WORD)
        self._add_address(DT_SYMTAB, self._put(table))
        self._add(_DT_SYMENT, _SYMBOL.size)
        self._hash_table(asked, given)
        if elf.versioned:
            versions = [0, *(each.version for each in (*asked, *given))]
            self._add_address(DT_VERSYM, self._put(struct.pack(f"<{len(versions)}H", *versions)))
        places = {name: data + _WORD * place for place, name in enumerate(each.name for each in given)}
        numbers = {each.name: 1 + len(asks) + place for place, each in enumerate(given)}
        self._add_address(_DT_PLTGOT, slots)
        slots += _WORD * (_RESERVED - 1)
        self._relocations(
            [
                *((slots + _WORD * number, number, ask) for number, ask in enumerate(asks, 1)),
                *((places[name], numbers[name], ask) for name, ask in copied.items()),
            ]
        )

    def _hash_table(self, asked: Sequence[_Symbol], given: Sequence[_Symbol]) -> None:
        names = [each.name for each in given]
        if self._elf.sysv_hash:
            self._add_address(DT_HASH, self._put(sysv_hash_table([*(each.name for each in asked), *names])))
        else:
            self._add_address(DT_GNU_HASH, self._put(gnu_hash_table(names, first=1 + len(asked))))

    def _asked(self, ask: Asks) -> _Symbol:
        binding = Binding.WEAK if ask.weak else Binding.GLOBAL
        kind = Type.FUNC if ask.how is How.CALL else Type.NOTYPE
        return _Symbol(name=ask.name, info=binding << 4 | kind, version=self._number(ask))

    def _given(self, give: Gives) -> _Symbol:
        number = self._nodes[give.node] if give.node else _ANYWHERE
        version = number | _HIDDEN if give.hidden else number
        info = give.binding << 4 | give.type
        return _Symbol(name=give.name, info=info, version=version, code=give.type is Type.FUNC)

    def _copy(self, ask: Asks) -> _Symbol:
        return _Symbol(name=ask.name, info=Binding.GLOBAL << 4 | Type.OBJECT, version=self._number(ask))

    def _number(self, ask: Asks) -> int:
        return self._needs[ask.file, ask.node] if ask.node else _ANYWHERE

    def _relocations(self, wanted: Sequence[tuple[int, int, Asks]]) -> None:
        """Where, by which symbol, and how: what is called has a table of its own."""
        kinds = _RELOCATIONS[self._elf.architecture]
        tables: dict[bool, bytes] = {True: b"", False: b""}
        for place, symbol, ask in wanted:
            tables[ask.how is How.CALL] += _RELA.pack(self._base + place, symbol << 32 | kinds[ask.how], 0)
        if tables[False]:
            self._add_address(DT_RELA, self._put(tables[False]))
            self._add(DT_RELASZ, len(tables[False]))
            self._add(_DT_RELAENT, _RELA.size)
        if tables[True]:
            self._add_address(DT_JMPREL, self._put(tables[True]))
            self._add(DT_PLTRELSZ, len(tables[True]))
            self._add(_DT_PLTREL, DT_RELA)

    def _versions(self) -> None:
        elf = self._elf
        if elf.nodes is not None:
            self._add_address(DT_VERDEF, self._put(verdef([elf.soname or "base", *elf.nodes], self._string)))
            self._add(_DT_VERDEFNUM, 1 + len(elf.nodes))
        if elf.all_needs:
            self._add_address(DT_VERNEED, self._put(verneed(elf.all_needs, self._needs, self._string)))
            self._add(_DT_VERNEEDNUM, len({need.file for need in elf.all_needs}))

    def _write_headers(self, interpreter: int, entry: int, dynamic: int) -> None:
        elf = self._elf
        segments = [(_PT_PHDR, _EHDR.size, _PHDR.size * self._headers)]
        if elf.interpreter:
            segments.append((_PT_INTERP, interpreter, len(elf.interpreter.encode()) + 1))
        segments += [(_PT_LOAD, 0, len(self._out)), (_PT_DYNAMIC, dynamic, len(self._out) - dynamic)]
        segments.append((_PT_GNU_STACK, 0, 0))
        start = self._base + entry if elf.interpreter else 0
        sizes = (_EHDR.size, _PHDR.size, len(segments), 64, 0, 0)
        ident = b"\x7fELF\2\1\1"
        head = _EHDR.pack(ident, _TYPES[elf.type], _MACHINES[elf.architecture], 1, start, _EHDR.size, 0, 0, *sizes)
        table = b"".join(self._segment(*each) for each in segments)
        self._out[: len(head) + len(table)] = head + table

    def _segment(self, kind: int, at: int, size: int) -> bytes:
        flags, align = (_READ_WRITE_RUN, _PAGE) if kind == _PT_LOAD else (_READ_WRITE, _WORD)
        return _PHDR.pack(kind, flags, at, self._base + at, self._base + at, size, size, align)

    def _add(self, tag: int, value: int) -> None:
        self._dynamic.append((tag, value))

    def _add_address(self, tag: int, place: int) -> None:
        self._dynamic.append((tag, self._base + place))

    def _put(self, content: bytes | bytearray) -> int:
        self._out += bytes(-len(self._out) % _WORD)
        at = len(self._out)
        self._out += content
        return at

    def _string(self, text: str) -> int:
        at = len(self._strings)
        self._strings += text.encode() + b"\0"
        return at

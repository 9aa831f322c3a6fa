"""ELF files made by hand, byte by byte: a thousand in a second, and with faults that no compiler makes.

System V gABI, chapters 4 and 5; Linux Standard Base Core 5.0, "Symbol Versioning". They run: a program exits with 0.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum

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
    Need,
)
from lambdabuild.model.platform import Architecture
from tests.support.standins.overwrite import elf_hash

_MACHINES = {Architecture.AMD64: 62, Architecture.ARM64: 183}
_TYPES = {ElfType.EXECUTABLE: 2, ElfType.SHARED: 3}
_BASE = {ElfType.EXECUTABLE: 0x400000, ElfType.SHARED: 0}
_EXIT = {
    Architecture.AMD64: bytes.fromhex("31ffb83c0000000f05"),  # xor edi, edi; mov eax, 60; syscall
    Architecture.ARM64: bytes.fromhex("000080d2a80b80d2010000d4"),  # mov x0, 0; mov x8, 93; svc 0
}
_RETURN = {Architecture.AMD64: bytes.fromhex("c3"), Architecture.ARM64: bytes.fromhex("c0035fd6")}
_PHDR, _INTERP, _LOAD, _DYNAMIC, _STACK = 6, 3, 1, 2, 0x6474E551
_DT_PLTGOT, _DT_SYMENT, _DT_PLTREL, _DT_RELAENT, _DT_VERDEFNUM, _DT_VERNEEDNUM = 3, 11, 20, 9, 0x6FFFFFFD, 0x6FFFFFFF
_HIDDEN, _ANYWHERE, _WEAK_NEED, _IS_BASE = 0x8000, 1, 2, 1
_WORD = 8
_PAGE = 0x1000


class Type(IntEnum):
    """STT_ of a symbol."""

    NOTYPE, OBJECT, FUNC, TLS, IFUNC = 0, 1, 2, 6, 10


class Binding(IntEnum):
    """STB_ of a symbol."""

    GLOBAL, WEAK, UNIQUE = 1, 2, 10


class How(Enum):
    """Which relocation asks for a symbol, by its number for each CPU."""

    CALL, DATA, COPY = (7, 1026), (6, 1025), (5, 1024)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gives:
    """A defined symbol: `name@@node`, or `name@node` where it is hidden, or one of no version."""

    name: str
    node: str = ""
    hidden: bool = False
    binding: Binding = Binding.GLOBAL
    type: Type = Type.FUNC


@dataclass(frozen=True, slots=True, kw_only=True)
class Asks:
    """An undefined symbol, of a version of `file` where it has a node. A copied one is the program's own as well."""

    name: str
    node: str = ""
    file: str = ""
    weak: bool = False
    how: How = How.CALL


@dataclass(frozen=True, slots=True, kw_only=True)
class Elf:
    """What a file says. It is a program where it has an interpreter.

    `nodes` are its version nodes, None for no DT_VERDEF. `needs` come before those that `asks` imply. `versym` is
    whether there is a DT_VERSYM; None: where anything has a version. `flags` are DT_FLAGS_1.
    """

    architecture: Architecture
    type: ElfType = ElfType.SHARED
    interpreter: str | None = None
    soname: str | None = None
    needed: tuple[str, ...] = ()
    rpath: str | None = None
    runpath: str | None = None
    flags: int = 0
    nodes: tuple[str, ...] | None = None
    needs: tuple[Need, ...] = ()
    gives: tuple[Gives, ...] = ()
    asks: tuple[Asks, ...] = ()
    versym: bool | None = None
    sysv_hash: bool = False

    def content(self) -> bytes:
        """The file."""
        return _Writer(self).content()

    @property
    def all_needs(self) -> tuple[Need, ...]:
        """Those of its symbols too; a need that is weak stays so."""
        known = {(need.file, need.node) for need in self.needs}
        asked = {(ask.file, ask.node): None for ask in self.asks if ask.node}
        return self.needs + tuple(Need(file=file, node=node) for file, node in asked if (file, node) not in known)


class _Writer:
    """One segment that may be written and run; the tables of PT_DYNAMIC lie in it one after the other."""

    def __init__(self, elf: Elf) -> None:
        self._elf = elf
        self._base = _BASE[elf.type]
        self._strings = bytearray(b"\0")
        self._dynamic: list[tuple[int, int]] = []
        self._numbers = {node: number for number, node in enumerate(elf.nodes or (), 2)}
        self._needed = {
            (need.file, need.node): number for number, need in enumerate(elf.all_needs, 2 + len(self._numbers))
        }
        headers = 64 + 56 * (5 if elf.interpreter else 4)
        self._out = bytearray(headers)

    def content(self) -> bytes:
        elf = self._elf
        interpreter = self._put(elf.interpreter.encode() + b"\0") if elf.interpreter else 0
        entry = self._put(_EXIT[elf.architecture])
        self._code = self._put(_RETURN[elf.architecture])
        self._names()
        self._symbols()
        self._versions()
        self._add(DT_STRTAB, self._put(self._strings))
        self._add(DT_STRSZ, len(self._strings), address=False)
        if elf.flags:
            self._add(DT_FLAGS_1, elf.flags, address=False)
        dynamic = b"".join(struct.pack("<qQ", *each) for each in [*self._dynamic, (DT_NULL, 0)])
        at = self._put(dynamic)
        self._headers(interpreter, entry, at, len(dynamic))
        return bytes(self._out)

    def _names(self) -> None:
        elf = self._elf
        for name in elf.needed:
            self._add(DT_NEEDED, self._string(name), address=False)
        for tag, text in ((DT_SONAME, elf.soname), (DT_RPATH, elf.rpath), (DT_RUNPATH, elf.runpath)):
            if text is not None:
                self._add(tag, self._string(text), address=False)

    def _symbols(self) -> None:
        elf = self._elf
        copied = [ask for ask in elf.asks if ask.how is How.COPY]
        asked = [ask for ask in elf.asks if ask.how is not How.COPY]
        given = [*elf.gives, *(_copy_of(ask) for ask in copied)]
        buckets = _buckets(given)
        given.sort(key=lambda each: _gnu_hash(each.name) % buckets)
        data = self._put(bytes(_WORD * len(given)))
        slots = self._put(bytes(_WORD * (3 + len(asked))))
        table = bytearray(24)
        versions = [0]
        for ask in asked:
            info = (Binding.WEAK if ask.weak else Binding.GLOBAL) << 4 | (
                Type.FUNC if ask.how is How.CALL else Type.NOTYPE
            )
            table += struct.pack("<IBBHQQ", self._string(ask.name), info, 0, 0, 0, 0)
            versions.append(self._number(ask))
        for place, give in enumerate(given):
            code = give.type in (Type.FUNC, Type.IFUNC)
            value = self._base + (self._code if code else data + _WORD * place)
            info = give.binding << 4 | give.type
            table += struct.pack("<IBBHQQ", self._string(give.name), info, 0, 1, value, _WORD)
            versions.append(self._version(give))
        self._add(DT_SYMTAB, self._put(table))
        self._add(_DT_SYMENT, 24, address=False)
        self._relocations(asked, copied, [give.name for give in given], slots, data)
        self._hash([ask.name for ask in asked], [give.name for give in given])
        if elf.versym if elf.versym is not None else (elf.nodes is not None or self._needed):
            self._add(DT_VERSYM, self._put(struct.pack(f"<{len(versions)}H", *versions)))

    def _number(self, ask: Asks) -> int:
        return self._needed[ask.file, ask.node] if ask.node else _ANYWHERE

    def _version(self, give: "Gives | _Copy") -> int:
        if isinstance(give, _Copy):
            return self._number(give.of)
        number = self._numbers[give.node] if give.node else _ANYWHERE
        return number | _HIDDEN if give.hidden else number

    def _relocations(
        self, asked: Sequence[Asks], copied: Sequence[Asks], given: Sequence[str], slots: int, data: int
    ) -> None:
        cpu = list(_MACHINES).index(self._elf.architecture)
        at_start, called = bytearray(), bytearray()
        for place, ask in enumerate(asked):
            slot = self._base + slots + _WORD * (3 + place)
            relocation = struct.pack("<QQq", slot, (1 + place) << 32 | ask.how.value[cpu], 0)
            if ask.how is How.CALL:
                called += relocation
            else:
                at_start += relocation
        for ask in copied:
            place = given.index(ask.name)
            number = 1 + len(asked) + place
            at_start += struct.pack(
                "<QQq", self._base + data + _WORD * place, number << 32 | How.COPY.value[cpu], 0
            )
        if at_start:
            self._add(DT_RELA, self._put(at_start))
            self._add(DT_RELASZ, len(at_start), address=False)
            self._add(_DT_RELAENT, 24, address=False)
        if called:
            self._add(DT_JMPREL, self._put(called))
            self._add(DT_PLTRELSZ, len(called), address=False)
            self._add(_DT_PLTREL, DT_RELA, address=False)
            self._add(_DT_PLTGOT, slots)

    def _hash(self, asked: Sequence[str], given: Sequence[str]) -> None:
        names = [*asked, *given]
        if self._elf.sysv_hash:
            chains = [number + 2 if number + 1 < len(names) else 0 for number in range(len(names))]
            first = 1 if names else 0
            table = struct.pack(f"<IIII{len(names)}I", 1, 1 + len(names), first, 0, *chains)
            self._add(DT_HASH, self._put(table))
            return
        start = 1 + len(asked)
        hashes = [_gnu_hash(name) for name in given]
        buckets = _buckets(given)
        bloom = 0
        for value in hashes:
            bloom |= 1 << value % 64 | 1 << (value >> 6) % 64
        places = [value % buckets for value in hashes]
        firsts = [start + places.index(bucket) if bucket in places else 0 for bucket in range(buckets)]
        chains = [
            value & ~1 | (place + 1 == len(places) or places[place + 1] != places[place])
            for place, value in enumerate(hashes)
        ]
        table = struct.pack(f"<IIIIQ{buckets + len(chains)}I", buckets, start, 1, 6, bloom, *firsts, *chains)
        self._add(DT_GNU_HASH, self._put(table))

    def _versions(self) -> None:
        elf = self._elf
        if elf.nodes is not None:
            nodes = [(elf.soname or "base", 1, _IS_BASE), *((node, self._numbers[node], 0) for node in elf.nodes)]
            records = [
                struct.pack("<HHHHIII", 1, flags, number, 1, elf_hash(node.encode()), 20, 28)
                + struct.pack("<II", self._string(node), 0)
                for node, number, flags in nodes
            ]
            self._add(DT_VERDEF, self._put(_chained(records, 16)))
            self._add(_DT_VERDEFNUM, len(nodes), address=False)
        needs = elf.all_needs
        if needs:
            files = list(dict.fromkeys(need.file for need in needs))
            records = [self._needs_of(file, [need for need in needs if need.file == file]) for file in files]
            self._add(DT_VERNEED, self._put(_chained(records, 12)))
            self._add(_DT_VERNEEDNUM, len(files), address=False)

    def _needs_of(self, file: str, needs: Sequence[Need]) -> bytes:
        each = [
            struct.pack(
                "<IHHII",
                elf_hash(need.node.encode()),
                _WEAK_NEED if need.weak else 0,
                self._needed[file, need.node],
                self._string(need.node),
                16,
            )
            for need in needs
        ]
        length = 16 + 16 * len(needs)
        return struct.pack("<HHIII", 1, len(needs), self._string(file), 16, length) + _chained(each, 12)

    def _headers(self, interpreter: int, entry: int, dynamic: int, length: int) -> None:
        elf = self._elf
        base, size = self._base, len(self._out)
        number = 5 if elf.interpreter else 4
        segments = [(_PHDR, 64, 56 * number)]
        if elf.interpreter:
            segments.append((_INTERP, interpreter, len(elf.interpreter.encode()) + 1))
        segments += [(_LOAD, 0, size), (_DYNAMIC, dynamic, length), (_STACK, 0, 0)]
        head = struct.pack(
            "<16sHHIQQQIHHHHHH",
            b"\x7fELF\2\1\1",
            _TYPES[elf.type],
            _MACHINES[elf.architecture],
            1,
            base + entry if elf.interpreter else 0,
            64,
            0,
            0,
            64,
            56,
            number,
            64,
            0,
            0,
        )
        table = b"".join(
            struct.pack(
                "<IIQQQQQQ",
                kind,
                7 if kind == _LOAD else 6,
                at,
                base + at,
                base + at,
                each,
                each,
                _PAGE if kind == _LOAD else _WORD,
            )
            for kind, at, each in segments
        )
        self._out[: len(head) + len(table)] = head + table

    def _add(self, tag: int, value: int, *, address: bool = True) -> None:
        self._dynamic.append((tag, self._base + value if address else value))

    def _put(self, content: bytes | bytearray) -> int:
        self._out += bytes(-len(self._out) % _WORD)
        at = len(self._out)
        self._out += content
        return at

    def _string(self, text: str) -> int:
        at = len(self._strings)
        self._strings += text.encode() + b"\0"
        return at


@dataclass(frozen=True, slots=True, kw_only=True)
class _Copy:
    """The place in a program that a copied symbol is copied to."""

    of: Asks

    @property
    def name(self) -> str:
        return self.of.name

    type = Type.OBJECT
    binding = Binding.GLOBAL


def _copy_of(ask: Asks) -> "_Copy":
    return _Copy(of=ask)


def _chained(records: Sequence[bytes], next_at: int) -> bytes:
    """Records that each say how far it is to the next; the last says 0."""
    *_, last = records
    return b"".join(records[:-1]) + last[:next_at] + bytes(4) + last[next_at + 4 :]


def _buckets(names: Iterable[object]) -> int:
    return max(1, len([*names]) // 2)


def _gnu_hash(name: str) -> int:
    value = 5381
    for byte in name.encode():
        value = (value * 33 + byte) & 0xFFFFFFFF
    return value

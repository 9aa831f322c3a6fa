"""What the loader compares between two files: version nodes, exported and undefined symbols.

Read by the addresses of PT_DYNAMIC, as the loader reads it. Sources: System V gABI, chapter 5 (symbol and hash tables,
relocations); Linux Standard Base Core 5.0, "Symbol Versioning"; glibc's elf/dl-version.c and elf/dl-lookup.c, which
follow the chains and look at no count.
"""

import struct
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import repeat
from typing import Final

from lambdabuild.io.elf.content import Content, DamageError, Names, region_from
from lambdabuild.model.elf import (
    DT_GNU_HASH,
    DT_HASH,
    DT_JMPREL,
    DT_PLTRELSZ,
    DT_RELA,
    DT_RELACOUNT,
    DT_RELASZ,
    DT_STRTAB,
    DT_SYMTAB,
    DT_VERDEF,
    DT_VERNEED,
    DT_VERSYM,
    DamagedElf,
    Dynamic,
    ElfFacts,
    Exports,
    Linkage,
    Need,
    References,
)

_SYMBOL = struct.Struct("<IBBHQQ")
_RELA = struct.Struct("<QQq")
_VERNEED, _VERNAUX = struct.Struct("<HHIII"), struct.Struct("<IHHII")
_VERDEF, _VERDAUX = struct.Struct("<HHHHIII"), struct.Struct("<II")
_VER_NEED_CURRENT = 1
_VER_FLG_BASE, _VER_FLG_WEAK = 1, 2
_HASH, _GNU_HASH = struct.Struct("<II"), struct.Struct("<IIII")
_HALF = struct.Struct("<H")
_HIDDEN: Final = 0x8000
_SHN_UNDEF, _SHN_ABS = 0, 0xFFF1
_STB_GLOBAL, _STB_WEAK, _STB_GNU_UNIQUE = 1, 2, 10
_STT_TLS = 6
_FOUND = frozenset(
    binding << 4 | kind for binding in (_STB_GLOBAL, _STB_WEAK, _STB_GNU_UNIQUE) for kind in (0, 1, 2, 5, _STT_TLS, 10)
)
"""st_info of what is found: NOTYPE, OBJECT, FUNC, COMMON, TLS, GNU_IFUNC (elf/dl-lookup.c, check_match)."""

_NOT_SEEN = frozenset([1, 2])
"""STV_INTERNAL, STV_HIDDEN."""

_JUMP_SLOT = {"EM_X86_64": 7, "EM_AARCH64": 1026}
_COPY = {"EM_X86_64": 5, "EM_AARCH64": 1024}
_MOST_RECORDS: Final = 65536
"""Of versions, in all chains together: DT_VERSYM can number half of them."""

_MOST_SYMBOLS: Final = 1 << 21
_LONGEST_NAMES: Final = 1 << 27
_MOST_RELOCATIONS: Final = 1 << 20
"""Different ones, by symbol and type."""

_PIECE: Final = 1 << 16
"""Relocations that are in memory at once."""

_WORDS: Final = 1 << 10
"""Of the hash table that are read at once."""


def read_linkage(content: Content, facts: ElfFacts, *, references: bool = True) -> Linkage | DamagedElf:
    """Read a file for one of Lambda's CPUs; one without PT_DYNAMIC or symbols has no linkage.

    Without `references`, what it asks of others is left out, and its relocations are not read.
    """
    if facts.architecture is None or facts.dynamic is None or DT_SYMTAB not in facts.dynamic.values:
        return Linkage()
    try:
        return _Tables(content, facts, facts.dynamic).linkage(references=references)
    except DamageError as damage:
        return DamagedElf(reason=str(damage))


def _most_names(content: Content) -> int:
    """Bytes of all names together: linkers share the ends of names, and no more than that."""
    return min(4 * len(content), _LONGEST_NAMES)


class _Tables:
    def __init__(self, content: Content, facts: ElfFacts, dynamic: Dynamic) -> None:
        self._content = content
        self._facts = facts
        self._values = dynamic.values
        self._binds_now = dynamic.binds_now
        self._names = (
            Names(content, self._from(DT_STRTAB, "the names of its symbols lie"), most=_most_names(content))
            if DT_STRTAB in self._values
            else None
        )
        self._symbols = self._from(DT_SYMTAB, "its symbols lie")
        self._most = len(self._symbols) // _SYMBOL.size
        self._versions = self._from(DT_VERSYM, "the versions of its symbols lie") if DT_VERSYM in self._values else None
        self._records = _MOST_RECORDS

    def linkage(self, *, references: bool) -> Linkage:
        needs = list(self._needs())
        needed = {number: need for number, need in needs if number}
        defined = dict(self._definitions()) if DT_VERDEF in self._values else None
        return Linkage(
            needs=tuple(dict.fromkeys(need for _, need in needs)),
            nodes=None if defined is None else frozenset(defined.values()),
            versioned=DT_VERSYM in self._values,
            exports=self._exports({number: need.node for number, need in needed.items()} | (defined or {})),
            references=self._references(needed) if references else (),
        )

    def _needs(self) -> Iterator[tuple[int, Need]]:
        """Number in DT_VERSYM and node of each Vernaux. Without names the loader checks none (dl-version.c)."""
        if DT_VERNEED not in self._values or self._names is None:
            return
        table = self._from(DT_VERNEED, "the versions that it needs lie")
        for at, (version, _, file, aux, _) in self._chain(_VERNEED, table, 0):
            if version != _VER_NEED_CURRENT:
                raise DamageError(f"the versions that it needs are of the unknown format {version}")
            name = self._name(file)
            for _, (_, flags, other, node, _) in self._chain(_VERNAUX, table, at + aux):
                weak = bool(flags & _VER_FLG_WEAK)
                yield other & ~_HIDDEN, Need(file=name, node=self._name(node), weak=weak)

    def _definitions(self) -> Iterator[tuple[int, str]]:
        """Number in DT_VERSYM and name of each Verdef, without the base, which is the file itself."""
        if self._names is None:
            return
        table = self._from(DT_VERDEF, "the versions that it defines lie")
        for at, (_, flags, number, _, _, aux, _) in self._chain(_VERDEF, table, 0):
            if not flags & _VER_FLG_BASE:
                yield number & ~_HIDDEN, self._name(self._unpacked(_VERDAUX, table, at + aux)[0])

    def _exports(self, nodes: Mapping[int, str]) -> tuple[Exports, ...]:
        groups: dict[tuple[int, bool], list[int]] = defaultdict(list)
        numbers = self._hashed()
        symbols = self._slice(self._symbols, numbers, _SYMBOL.size)
        for (name, info, other, section, value, _), version in zip(
            _SYMBOL.iter_unpack(symbols), self._versions_of(numbers), strict=True
        ):
            kind = info & 0xF
            if (
                section != _SHN_UNDEF
                and info in _FOUND
                and other & 3 not in _NOT_SEEN
                and (value or section == _SHN_ABS or kind == _STT_TLS)
            ):
                groups[version, info >> 4 == _STB_WEAK].append(name)
        named = ((version, weak, self._found(names)) for (version, weak), names in sorted(groups.items()))
        return tuple(
            Exports(
                node=nodes.get(version & ~_HIDDEN, ""),
                index=version & ~_HIDDEN,
                hidden=bool(version & _HIDDEN),
                weak=weak,
                names=names,
            )
            for version, weak, names in named
            if names
        )

    def _references(self, needed: Mapping[int, Need]) -> tuple[References, ...]:
        groups: dict[tuple[str, str, bool, bool], list[str]] = defaultdict(list)
        at_start, called = self._relocated()
        for number in at_start | called:
            name, info, _, _, _, _ = self._symbol(number)
            if not number or info >> 4 not in (_STB_GLOBAL, _STB_WEAK):
                continue
            need = needed.get(self._version(number) & ~_HIDDEN)
            node, file = (need.node, need.file) if need else ("", "")
            lazily = number not in at_start and not self._binds_now
            groups[node, file, info >> 4 == _STB_WEAK, lazily].append(self._name(name))
        return tuple(
            References(node=node, file=file, weak=weak, called=lazily, names=frozenset(names))
            for (node, file, weak, lazily), names in sorted(groups.items())
        )

    def _relocated(self) -> tuple[set[int], set[int]]:
        """Numbers of undefined symbols that are asked for at the start, and of those that may wait for a call.

        A symbol of a copy relocation is defined here, and asked of the libraries all the same.
        """
        jump, copy = _JUMP_SLOT[self._facts.machine], _COPY[self._facts.machine]
        at_start: set[int] = set()
        called: set[int] = set()
        for info in self._relocations():
            number, kind = info >> 32, info & 0xFFFFFFFF
            if kind == copy or self._symbol(number)[3] == _SHN_UNDEF:
                (called if kind == jump else at_start).add(number)
        return at_start, called

    def _relocations(self) -> set[int]:
        """Every different r_info; the relative ones, which are counted and come first, name no symbol."""
        skipped = self._value(DT_RELACOUNT) * _RELA.size
        found: set[int] = set()
        for start, length, skip in ((DT_RELA, DT_RELASZ, skipped), (DT_JMPREL, DT_PLTRELSZ, 0)):
            size = self._value(length)
            if start not in self._values or not size:
                continue
            table = self._from(start, "its relocations lie")
            if size > len(table) or size % _RELA.size or skip > size:
                raise DamageError("its relocations lie outside of its segments")
            for at in range(table.start + skip, table.start + size, _PIECE * _RELA.size):
                piece = self._content[at : min(at + _PIECE * _RELA.size, table.start + size)]
                found.update(memoryview(piece).cast("Q")[1::3].tolist())
                if len(found) > _MOST_RELOCATIONS:
                    raise DamageError(f"it has more than {_MOST_RELOCATIONS} different relocations")
        return found

    def _hashed(self) -> range:
        """Numbers of the symbols that others can find: those of the hash table."""
        if DT_GNU_HASH in self._values:
            return self._gnu_hashed(self._from(DT_GNU_HASH, "its hash table lies"))
        if DT_HASH in self._values:
            _, count = self._unpacked(_HASH, self._from(DT_HASH, "its hash table lies"), 0)
            return range(self._counted(count))
        return range(0)

    def _gnu_hashed(self, table: range) -> range:
        buckets, first, bloom, _ = self._unpacked(_GNU_HASH, table, 0)
        start = _GNU_HASH.size + 8 * bloom
        chains = start + 4 * buckets
        if chains > len(table):
            raise DamageError("its hash table lies outside of its segments")
        if buckets > _MOST_SYMBOLS:
            raise DamageError(f"its hash table has {buckets} buckets")
        chained = memoryview(self._content[table.start + start : table.start + chains])
        last = max(chained.cast("I"), default=0)
        if last < first:
            return range(0)
        return range(first, self._counted(last + 1 + self._to_end_of_chain(table, chains + 4 * (last - first))))

    def _to_end_of_chain(self, table: range, at: int) -> int:
        """How many words with an even number come before the odd one that ends the chain."""
        words = range(table.start + at, min(table.stop - 3, table.start + at + 4 * _MOST_SYMBOLS), 4)
        for place in range(0, len(words), _WORDS):
            piece = words[place : place + _WORDS]
            chained = memoryview(self._content[piece.start : piece.stop]).cast("I")
            for number, word in enumerate(chained, place):
                if word & 1:
                    return number
        raise DamageError("its hash table has no end")

    def _counted(self, count: int) -> int:
        if count > _MOST_SYMBOLS:
            raise DamageError(f"it has {count} symbols")
        return count

    def _symbol(self, number: int) -> tuple[int, ...]:
        if number >= self._most:
            raise DamageError("its symbols or versions lie outside of its segments")
        return _SYMBOL.unpack_from(self._content, self._symbols.start + number * _SYMBOL.size)

    def _version(self, number: int) -> int:
        """A symbol's entry in DT_VERSYM; 0 where there is none."""
        return 0 if self._versions is None else self._unpacked(_HALF, self._versions, 2 * number)[0]

    def _versions_of(self, numbers: range) -> Iterable[int]:
        if self._versions is None:
            return repeat(0, len(numbers))
        return memoryview(self._slice(self._versions, numbers, _HALF.size)).cast("H")

    def _name(self, offset: int) -> str:
        if self._names is None:
            raise DamageError("its symbols have no names")
        return self._names.at(offset)

    def _found(self, offsets: Iterable[int]) -> frozenset[str]:
        """Names that a search may find; a symbol whose name has no end is never found."""
        if self._names is None:
            return frozenset()
        return frozenset(name for offset in offsets if (name := self._names.find(offset)))

    def _chain(self, record: struct.Struct, table: range, at: int) -> Iterator[tuple[int, tuple[int, ...]]]:
        """Records that each say, in their last field, how far it is to the next; 0 ends them."""
        while self._records > 0:
            self._records -= 1
            fields = self._unpacked(record, table, at)
            yield at, fields
            if not fields[-1]:
                return
            at += fields[-1]
        raise DamageError("its versions have no end")

    def _unpacked(self, record: struct.Struct, table: range, at: int) -> tuple[int, ...]:
        if not 0 <= at <= len(table) - record.size:
            raise DamageError("its symbols or versions lie outside of its segments")
        return record.unpack_from(self._content, table.start + at)

    def _slice(self, table: range, numbers: range, size: int) -> bytes:
        if numbers.stop * size > len(table):
            raise DamageError("its symbols or versions lie outside of its segments")
        return self._content[table.start + numbers.start * size : table.start + numbers.stop * size]

    def _from(self, tag: int, what: str) -> range:
        table = region_from(self._facts.segments, self._value(tag))
        if table is None:
            raise DamageError(f"{what} outside of its segments")
        return table

    def _value(self, tag: int) -> int:
        return self._values.get(tag, 0)

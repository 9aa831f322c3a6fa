"""Hash tables and tables of versions. System V gABI, chapter 5; Linux Standard Base Core 5.0, "Symbol Versioning"."""

import struct
from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest
from typing import TypeVar

from lambdabuild.model.elf import Need
from tests.support.standins.overwrite import elf_hash

_VERDEF, _VERDAUX = struct.Struct("<HHHHIII"), struct.Struct("<II")
_VERNEED, _VERNAUX = struct.Struct("<HHIII"), struct.Struct("<IHHII")
_VER_FLG_BASE, _VER_FLG_WEAK = 1, 2
_BITS = 64
_SHIFT = 6
_T = TypeVar("_T")
_String = Callable[[str], int]


def sysv_hash_table(names: Sequence[str]) -> bytes:
    """DT_HASH of all symbols but the first, which is none: one bucket with all of them in it."""
    chains = [number + 1 if number < len(names) else 0 for number in range(1, len(names) + 1)]
    return struct.pack(f"<{4 + len(chains)}I", 1, 1 + len(names), 1 if names else 0, 0, *chains)


def in_buckets(symbols: Sequence[_T], name: Callable[[_T], str]) -> list[_T]:
    """Defined symbols in the order that DT_GNU_HASH wants them in."""
    buckets = _buckets(len(symbols))
    return sorted(symbols, key=lambda each: gnu_hash(name(each)) % buckets)


def gnu_hash_table(names: Sequence[str], *, first: int) -> bytes:
    """DT_GNU_HASH of defined symbols in the order of their buckets; `first` is the number of the first."""
    hashes = [gnu_hash(name) for name in names]
    buckets = _buckets(len(names))
    places = [value % buckets for value in hashes]
    bloom = 0
    for value in hashes:
        bloom |= 1 << value % _BITS | 1 << (value >> _SHIFT) % _BITS
    starts = [first + places.index(bucket) if bucket in places else 0 for bucket in range(buckets)]
    ends = [place != following for place, following in zip_longest(places, places[1:])]
    chains = [value & ~1 | end for value, end in zip(hashes, ends, strict=True)]
    return struct.pack(f"<IIIIQ{buckets + len(chains)}I", buckets, first, 1, _SHIFT, bloom, *starts, *chains)


def gnu_hash(name: str) -> int:
    """The hash of DT_GNU_HASH."""
    value = 5381
    for byte in name.encode():
        value = (value * 33 + byte) & 0xFFFFFFFF
    return value


def verdef(names: Sequence[str], string: _String) -> bytes:
    """DT_VERDEF: the base, which is the file itself, and the nodes, numbered from 1. `string` is a string's offset."""
    size = _VERDEF.size + _VERDAUX.size
    return _chained(
        [
            _VERDEF.pack(1, _VER_FLG_BASE if number == 1 else 0, number, 1, elf_hash(name.encode()), _VERDEF.size, size)
            + _VERDAUX.pack(string(name), 0)
            for number, name in enumerate(names, 1)
        ],
        _VERDEF.size,
    )


def verneed(needs: Sequence[Need], numbers: Mapping[tuple[str, str], int], string: _String) -> bytes:
    """DT_VERNEED: for each file its nodes, with their numbers in DT_VERSYM."""
    records = []
    for file in dict.fromkeys(need.file for need in needs):
        nodes = [
            _VERNAUX.pack(
                elf_hash(need.node.encode()),
                _VER_FLG_WEAK if need.weak else 0,
                numbers[need.file, need.node],
                string(need.node),
                _VERNAUX.size,
            )
            for need in needs
            if need.file == file
        ]
        size = _VERNEED.size + _VERNAUX.size * len(nodes)
        head = _VERNEED.pack(1, len(nodes), string(file), _VERNEED.size, size)
        records.append(head + _chained(nodes, _VERNAUX.size))
    return _chained(records, _VERNEED.size)


def _chained(records: Sequence[bytes], head: int) -> bytes:
    """Records whose head ends in how far it is to the next; the last says 0."""
    *others, last = records
    return b"".join(others) + last[: head - 4] + bytes(4) + last[head:]


def _buckets(symbols: int) -> int:
    return max(1, symbols // 2)

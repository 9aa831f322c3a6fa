"""What a shared library gives to others, and what is left of it when newer version nodes are cut."""

import re
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerDefSection
from elftools.elf.sections import StringTableSection, SymbolTableSection

Version = tuple[int, ...]
Cuts = Mapping[str, Version]
"""The newest version that stays of each family, `{"GLIBC": (2, 34)}`. Families that are not named stay whole."""

PRIVATE = "GLIBC_PRIVATE"
DT_RELR = "GLIBC_ABI_DT_RELR"
"""The node that a file with DT_RELR has to need. It has no symbols, and came with glibc 2.36."""

VERSYM_HIDDEN = 0x8000
"""The bit in .gnu.version of a symbol that is not the default."""

_DT_RELR_SINCE: Version = (2, 36)
_GLIBC_ABI = "GLIBC_ABI_"
_NUMBERED = re.compile(r"([A-Z]+)_(\d+(?:\.\d+)*)")
_VER_FLG_BASE = 1
_VERSYM_INDEX = 0x7FFF
_VER_NDX_GLOBAL = 1
_SHN_UNDEF, _STB_LOCAL = 0, 0
_NAMES = ("DT_SONAME", "DT_NEEDED")


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A version definition. `parents` are the nodes that it inherits from."""

    name: str
    parents: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """An exported symbol.

    `node` is None where it has no version; `default` tells `name@@node` from `name@node`. `kind` and `binding` are
    the numbers of st_info: 1 is STT_OBJECT and STB_GLOBAL, 2 STT_FUNC and STB_WEAK, 6 STT_TLS, 10 STT_GNU_IFUNC and
    STB_GNU_UNIQUE. `size` is in bytes.
    """

    name: str
    node: str | None
    default: bool
    kind: int
    binding: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """What the dynamic section and its tables say. The base definition is not among the nodes."""

    soname: str
    needed: tuple[str, ...]
    nodes: tuple[Node, ...]
    symbols: tuple[Symbol, ...]

    @property
    def node_names(self) -> frozenset[str]:
        """The names of all version definitions but the base."""
        return frozenset(node.name for node in self.nodes)

    @property
    def pairs(self) -> frozenset[tuple[str, str | None]]:
        """(symbol, node). The absolute symbols that linkers name after nodes are not counted."""
        return frozenset((symbol.name, symbol.node) for symbol in self.symbols)


def read_library(path: Path) -> Library:
    """Read a library that has its sections, as those of Debian have."""
    with path.open("rb") as stream:
        elf = ELFFile(stream)
        dynamic = elf.get_section_by_name(".dynamic")
        assert isinstance(dynamic, DynamicSection), path
        strings = elf.get_section(dynamic["sh_link"])
        assert isinstance(strings, StringTableSection), path
        tags = [(tag.entry.d_tag, tag.entry.d_val) for tag in dynamic.iter_tags()]
        names = {kind: [strings.get_string(value) for tag, value in tags if tag == kind] for kind in _NAMES}
        nodes = nodes_of(elf)
        return Library(
            soname=next(iter(names["DT_SONAME"]), path.name),
            needed=tuple(names["DT_NEEDED"]),
            nodes=tuple(nodes.values()),
            symbols=tuple(symbol for _, symbol in symbols_of(elf, nodes)),
        )


def nodes_of(elf: ELFFile) -> dict[int, Node]:
    """The version definitions by their index in .gnu.version, without the base."""
    section = elf.get_section_by_name(".gnu.version_d")
    if section is None:
        return {}
    assert isinstance(section, GNUVerDefSection)
    nodes = {}
    for definition, auxiliaries in section.iter_versions():
        first, *parents = (each.name for each in auxiliaries)
        if not definition.entry.vd_flags & _VER_FLG_BASE:
            nodes[definition.entry.vd_ndx] = Node(name=first, parents=tuple(parents))
    return nodes


def symbols_of(elf: ELFFile, nodes: Mapping[int, Node]) -> Iterator[tuple[int, Symbol]]:
    """All that .dynsym defines and is not local, with the place in it.

    The numbers of st_info are read from the bytes, since pyelftools has several names for some.
    """
    table = elf.get_section_by_name(".dynsym")
    assert isinstance(table, SymbolTableSection)
    strings = table.stringtable
    assert isinstance(strings, StringTableSection)
    entries = list(struct.iter_unpack("<IBBHQQ", table.data()))
    versions = elf.get_section_by_name(".gnu.version")
    unversioned = (_VER_NDX_GLOBAL,) * len(entries)
    indices = unversioned if versions is None else struct.unpack(f"<{len(entries)}H", versions.data())
    for place, ((name, info, _, section, _, size), index) in enumerate(zip(entries, indices, strict=True)):
        node = nodes.get(index & _VERSYM_INDEX)
        text = strings.get_string(name)
        if section == _SHN_UNDEF or info >> 4 == _STB_LOCAL or (node is not None and text == node.name):
            continue
        yield (
            place,
            Symbol(
                name=text,
                node=None if node is None else node.name,
                default=not index & VERSYM_HIDDEN,
                kind=info & 0xF,
                binding=info >> 4,
                size=size,
            ),
        )


def version_of(node: str) -> tuple[str, Version] | None:
    """(`GLIBC`, (2, 34)) of `GLIBC_2.34`; None where the name is not a family and a version."""
    match = _NUMBERED.fullmatch(node)
    return None if match is None else (match[1], tuple(int(part) for part in match[2].split(".")))


def is_above(node: str, cuts: Cuts) -> bool:
    """Whether a node is newer than what stays."""
    if node.startswith(_GLIBC_ABI):  # the others are newer, and were added to older releases afterwards
        return "GLIBC" in cuts and (node != DT_RELR or cuts["GLIBC"] < _DT_RELR_SINCE)
    numbered = version_of(node)
    return numbered is not None and numbered[0] in cuts and numbered[1] > cuts[numbered[0]]


def cut(library: Library, cuts: Cuts) -> Library:
    """The library without newer nodes. Where that takes a symbol's default, its newest numbered node becomes it."""
    left = [symbol for symbol in library.symbols if symbol.node is None or not is_above(symbol.node, cuts)]
    orphans = _with_default(library.symbols) - _with_default(left)
    newest: dict[str, Version] = {}
    for symbol in left:
        if symbol.name in orphans:
            newest[symbol.name] = max(newest.get(symbol.name, ()), _number(symbol))
    symbols = [
        replace(symbol, default=True) if _number(symbol) and newest.get(symbol.name) == _number(symbol) else symbol
        for symbol in left
    ]
    nodes = [
        replace(node, parents=tuple(parent for parent in node.parents if not is_above(parent, cuts)))
        for node in library.nodes
        if not is_above(node.name, cuts)
    ]
    return replace(library, nodes=tuple(nodes), symbols=tuple(symbols))


def _with_default(symbols: Iterable[Symbol]) -> set[str]:
    return {symbol.name for symbol in symbols if symbol.default}


def _number(symbol: Symbol) -> Version:
    """The version alone; empty where there is none."""
    numbered = None if symbol.node is None else version_of(symbol.node)
    return () if numbered is None else numbered[1]

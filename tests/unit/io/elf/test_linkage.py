"""Versions and symbols by PT_DYNAMIC's addresses; pyelftools, which goes by sections, is the oracle."""

import io
import random
import struct
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from elftools.elf.elffile import ELFFile

from lambdabuild.io.elf import read_elf, read_linkage
from lambdabuild.model.elf import DamagedElf, ElfFacts, Linkage, Need
from tests.support.elf import Programs, gcc, patched, without_sections
from tests.support.gates import require

LIBRARIES = ("libc.so.6", "libm.so.6", "libstdc++.so.6", "libgcc_s.so.1", "libz.so.1", "libcrypto.so")


def linkage(content: bytes) -> Linkage:
    facts = read_elf(content)
    assert isinstance(facts, ElfFacts), facts
    read = read_linkage(content, facts)
    assert isinstance(read, Linkage), read
    return read


def of_this_machine(soname: str) -> bytes:
    """A library as gcc of this machine finds it."""
    found = subprocess.run([require("gcc"), f"-print-file-name={soname}"], capture_output=True, text=True, check=True)
    return Path(found.stdout.strip()).read_bytes()


def by_sections(content: bytes) -> tuple[set[tuple[str, str, bool, bool]], set[Need], set[str]]:
    """Exported (name, node, hidden, weak), needs and nodes, as the sections have them."""
    file: Any = ELFFile(io.BytesIO(content))
    needs, nodes, names = set(), set(), {}
    for version, aux in _iterated(file, ".gnu.version_r"):
        for one in aux:
            needs.add(Need(file=version.name, node=one.name, weak=bool(one.entry.vna_flags & 2)))
            names[one.entry.vna_other & 0x7FFF] = one.name
    for version, aux in _iterated(file, ".gnu.version_d"):
        if not version.entry.vd_flags & 1:
            names[version.entry.vd_ndx & 0x7FFF] = next(iter(aux)).name
            nodes.add(names[version.entry.vd_ndx & 0x7FFF])
    versions = file.get_section_by_name(".gnu.version")
    exports = set()
    for number, symbol in enumerate(file.get_section_by_name(".dynsym").iter_symbols()):
        info = symbol.entry.st_info
        if symbol.entry.st_shndx == "SHN_UNDEF" or info.bind == "STB_LOCAL" or info.type == "STT_SECTION":
            continue
        if symbol.entry.st_other.visibility in {"STV_HIDDEN", "STV_INTERNAL"}:
            continue
        if symbol.entry.st_value == 0 and symbol.entry.st_shndx != "SHN_ABS" and info.type != "STT_TLS":
            continue
        raw = struct.unpack_from("<H", versions.data(), 2 * number)[0] if versions else 0
        exports.add((symbol.name, names.get(raw & 0x7FFF, ""), bool(raw & 0x8000), info.bind == "STB_WEAK"))
    return exports, needs, nodes


def _iterated(file: Any, name: str) -> Any:
    section = file.get_section_by_name(name)
    return section.iter_versions() if section else ()


@pytest.mark.parametrize("soname", LIBRARIES)
def test_pyelftools_finds_the_same_in_a_library(soname: str) -> None:
    content = of_this_machine(soname)
    exports, needs, nodes = by_sections(content)

    read = linkage(content)

    assert {(name, one.node, one.hidden, one.weak) for one in read.exports for name in one.names} == exports
    assert set(read.needs) == needs
    assert (read.nodes or frozenset()) == nodes
    assert read.versioned


@pytest.mark.parametrize("name", ["gcc", "go/cgo", "gcc/shared"])
def test_pyelftools_finds_the_same_in_what_is_built(programs: Programs, name: str) -> None:
    exports, needs, _ = by_sections(programs(name))

    read = linkage(programs(name))

    assert {(symbol, one.node, one.hidden, one.weak) for one in read.exports for symbol in one.names} == exports
    assert set(read.needs) == needs


@pytest.mark.parametrize("name", ["gcc", "go/cgo", "gcc/shared"])
def test_sections_are_not_needed(programs: Programs, name: str) -> None:
    assert linkage(without_sections(programs(name))) == linkage(programs(name))


def test_the_older_hash_table_gives_the_same(tmp_path: Path) -> None:
    source = "int one(void) { return 1; } int two(void) { return 2; } extern int puts(const char *); int three(void) {"
    flags = ("-shared", "-fPIC", "-Wl,-soname,libn.so.1")
    both = [
        linkage(gcc(tmp_path / style, *flags, f"-Wl,--hash-style={style}", source=f'{source} return puts("x"); }}\n'))
        for style in ("sysv", "gnu")
    ]

    assert both[0].exports == both[1].exports
    assert {"one", "two", "three"} <= set().union(*(one.names for one in both[0].exports))


def test_references_say_when_they_are_looked_up(tmp_path: Path) -> None:
    source = """#include <stdio.h>
extern void absent(void) __attribute__((weak));
int main(void) { puts("x"); fputs("y", stdout); return absent != 0; }
"""
    lazy = gcc(tmp_path / "lazy", "-no-pie", "-Wl,-z,lazy", source=source)
    now = gcc(tmp_path / "now", "-no-pie", "-Wl,-z,now", source=source)

    assert marks(lazy)["puts"] == ("GLIBC_2.2.5", "libc.so.6", False, True)
    assert marks(now)["puts"] == ("GLIBC_2.2.5", "libc.so.6", False, False)
    assert marks(lazy)["stdout"] == ("GLIBC_2.2.5", "libc.so.6", False, False)  # by a copy relocation
    assert marks(now)["absent"][2] is True
    assert {need.node for need in linkage(lazy).needs} >= {"GLIBC_2.2.5", "GLIBC_2.34"}


def marks(content: bytes) -> dict[str, tuple[str, str, bool, bool]]:
    return {
        name: (one.node, one.file, one.weak, one.called) for one in linkage(content).references for name in one.names
    }


def test_what_nobody_relocates_is_not_asked_for(programs: Programs) -> None:
    """An undefined symbol without a relocation is never looked up."""
    content = programs("gcc")
    named = set(marks(content))

    file: Any = ELFFile(io.BytesIO(content))
    relocated: defaultdict[int, int] = defaultdict(int)
    for section in (".rela.dyn", ".rela.plt"):
        if table := file.get_section_by_name(section):
            for one in table.iter_relocations():
                relocated[one.entry.r_info_sym] += 1
    symbols = list(file.get_section_by_name(".dynsym").iter_symbols())
    assert named == {symbols[number].name for number in relocated if number}


@pytest.mark.parametrize("name", ["go", "gcc/static", "gcc/object"])
def test_a_file_without_a_dynamic_section_has_no_linkage(programs: Programs, name: str) -> None:
    assert linkage(programs(name)) == Linkage()


def test_damage_is_told(programs: Programs) -> None:
    elf = programs("gcc")
    facts = read_elf(elf)
    assert isinstance(facts, ElfFacts)
    assert facts.dynamic is not None

    def damage(tag: int, value: int) -> str:
        content = patched(elf, dynamic_value(elf, tag), struct.pack("<Q", value))
        changed = read_elf(content)
        assert isinstance(changed, ElfFacts)
        read = read_linkage(content, changed)
        assert isinstance(read, DamagedElf)
        return read.reason

    far = 1 << 40
    assert damage(6, far) == "its symbols lie outside of its segments"
    assert damage(0x6FFFFEF5, far) == "its hash table lies outside of its segments"
    assert damage(0x6FFFFFF0, far) == "the versions of its symbols lie outside of its segments"
    assert damage(0x6FFFFFFE, far) == "the versions that it needs lie outside of its segments"
    assert damage(7, far) == "its relocations lie outside of its segments"
    assert damage(8, 25) == "its relocations lie outside of its segments"


def dynamic_value(elf: bytes, tag: int) -> int:
    """Where the value of the entry with this tag is, in the file."""
    number, offset = struct.unpack_from("<H", elf, 0x38)[0], struct.unpack_from("<Q", elf, 0x20)[0]
    header = next(at for at in range(offset, offset + 56 * number, 56) if elf[at : at + 4] == struct.pack("<I", 2))
    at = struct.unpack_from("<Q", elf, header + 8)[0]
    while (found := struct.unpack_from("<Q", elf, at)[0]) != tag:
        assert found, "no such entry"
        at += 16
    return int(at) + 8


@pytest.mark.parametrize("soname", ["libz.so.1", "libgcc_s.so.1"])
def test_no_mutation_is_an_exception(soname: str) -> None:
    """Two thousand files of each, most bytes turned where the loader reads."""
    chance = random.Random(soname)
    original = of_this_machine(soname)
    facts = read_elf(original)
    assert isinstance(facts, ElfFacts)
    assert facts.dynamic is not None
    first = facts.segments[0]
    dynamic = dynamic_value(original, 5)
    outcomes = set()
    for _ in range(2000):
        content = bytearray(original)
        for _ in range(chance.randint(1, 8)):
            where = chance.choice([range(64), range(64, 800), range(first.size), range(dynamic - 160, dynamic + 300)])
            content[chance.choice(where)] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)])
        changed = read_elf(bytes(content))
        if isinstance(changed, ElfFacts):
            outcomes.add(type(read_linkage(bytes(content), changed)))

    assert outcomes == {Linkage, DamagedElf}

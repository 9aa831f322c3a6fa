"""Few bytes that ask for a lot of work, or for a lot of memory: they have an answer in time, and in little of it."""

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from lambdabuild.model.elf import (
    DT_GNU_HASH,
    DT_HASH,
    DT_NEEDED,
    DT_RELA,
    DT_RELASZ,
    DT_STRTAB,
    DT_SYMTAB,
    DT_VERDEF,
    DT_VERNEED,
    DamagedElf,
)
from tests.robustness.bounds import little_memory, within
from tests.robustness.forged import PT_GNU_PROPERTY, Forged, header
from tests.robustness.judging import facts_of, judged_alone

MEBIBYTE = 1 << 20


@pytest.fixture
def answered(tmp_path: Path) -> Callable[[Forged], str]:
    """Reads and judges a file in time and in little memory; the damage that is found in it."""

    def answered(forged: Forged) -> str:
        file = tmp_path / "libx.so"
        with file.open("wb") as stream:
            size = stream.write(forged.content())
            stream.truncate(size + forged.tail)
        with little_memory(), within():
            facts = facts_of(file)
            judged_alone(file)
        damage = facts.elf if isinstance(facts.elf, DamagedElf) else facts.linkage
        return damage.reason if isinstance(damage, DamagedElf) else ""

    return answered


Answered = Callable[[Forged], str]


def symbols(count: int, *, name: int = 1) -> bytes:
    """`count` functions, whose names begin one byte apart."""
    return b"".join(struct.pack("<IBBHQQ", name + number, 0x12, 0, 1, 64, 8) for number in range(count))


def sysv(count: int) -> bytes:
    return struct.pack("<II", 1, count)


def test_chains_of_versions_that_overlap_are_damage(answered: Answered) -> None:
    """Each of 65,536 needs begins a chain of 65,536 nodes."""
    needs = struct.pack("<HHII", 1, 1, 1, 16) + struct.pack("<I", 16)
    forged = Forged(tables={DT_STRTAB: b"\0a\0", DT_SYMTAB: symbols(1), DT_VERNEED: needs * (1 << 16)})

    assert answered(forged) == "its versions have no end"


def test_versions_that_overlap_are_damage(answered: Answered) -> None:
    definitions = struct.pack("<I", 4) * 100_000
    forged = Forged(tables={DT_STRTAB: b"\0a\0\0\0\0", DT_SYMTAB: symbols(1), DT_VERDEF: definitions})

    assert answered(forged) == "its versions have no end"


def test_names_that_share_their_bytes_are_no_gigabytes(answered: Answered) -> None:
    strings = b"\0" + b"a" * (MEBIBYTE // 2) + b"\0"
    tables = {DT_STRTAB: strings, DT_SYMTAB: symbols(50_000), DT_HASH: sysv(50_000)}

    assert answered(Forged(tables=tables)) == "its names have no end"


def test_names_of_megabytes_are_damage(answered: Answered) -> None:
    strings = b"\0" + b"a" * 16 * MEBIBYTE
    tables = {DT_STRTAB: strings, DT_SYMTAB: symbols(50_000), DT_HASH: sysv(50_000)}

    assert answered(Forged(tables=tables)) == "its names have no end"


def test_libraries_whose_names_share_their_bytes_are_no_gigabytes(answered: Answered) -> None:
    needed = [(DT_NEEDED, number) for number in range(4000)]

    strings = b"a" * (MEBIBYTE // 2) + b"\0"

    assert answered(Forged(tables={DT_STRTAB: strings}, numbers=needed)) == "its names have no end"


def test_more_libraries_than_any_program_needs_are_damage(answered: Answered) -> None:
    needed = [(DT_NEEDED, 1)] * 50_000

    assert answered(Forged(tables={DT_STRTAB: b"\0a\0"}, numbers=needed)) == "it needs 50000 libraries"


def test_a_dynamic_section_of_megabytes_has_no_end(answered: Answered) -> None:
    entries = [(1 << 32 | number, 0) for number in range(200_000)]

    assert answered(Forged(numbers=entries)) == "its dynamic section has no end"


def test_a_hash_table_of_all_numbers_lies_outside(answered: Answered) -> None:
    table = struct.pack("<IIII", 0xFFFFFFFF, 0, 0xFFFFFFFF, 0)
    forged = Forged(tables={DT_STRTAB: b"\0", DT_SYMTAB: symbols(1), DT_GNU_HASH: table}, tail=MEBIBYTE)

    assert answered(forged) == "its hash table lies outside of its segments"


def test_a_hash_table_whose_chain_does_not_end_is_damage(answered: Answered) -> None:
    table = struct.pack("<IIIII", 1, 1, 0, 0, 1)
    forged = Forged(tables={DT_STRTAB: b"\0", DT_SYMTAB: symbols(1), DT_GNU_HASH: table}, tail=256 * MEBIBYTE)

    assert answered(forged) == "its hash table has no end"


def test_a_hash_table_of_millions_of_buckets_is_damage(answered: Answered) -> None:
    table = struct.pack("<IIII", 60_000_000, 1, 0, 0)
    forged = Forged(tables={DT_STRTAB: b"\0", DT_SYMTAB: symbols(1), DT_GNU_HASH: table}, tail=256 * MEBIBYTE)

    assert answered(forged) == "its hash table has 60000000 buckets"


def test_an_older_hash_table_of_all_numbers_is_damage(answered: Answered) -> None:
    tables = {DT_STRTAB: b"\0", DT_SYMTAB: symbols(1), DT_HASH: sysv(0xFFFFFFFF)}

    assert answered(Forged(tables=tables, tail=MEBIBYTE)) == "it has 4294967295 symbols"


def test_millions_of_different_relocations_are_damage(answered: Answered) -> None:
    relocations = b"".join(struct.pack("<QQq", 0, number, 0) for number in range(1_100_000))
    tables = {DT_STRTAB: b"\0", DT_SYMTAB: symbols(1), DT_RELA: relocations}
    forged = Forged(tables=tables, numbers=[(DT_RELASZ, len(relocations))])

    assert answered(forged) == "it has more than 1048576 different relocations"


def test_millions_of_equal_relocations_are_none(answered: Answered) -> None:
    tables = {DT_STRTAB: b"\0", DT_SYMTAB: symbols(1), DT_RELA: struct.pack("<QQq", 0, 8, 0) * 5_000_000}
    forged = Forged(tables=tables, numbers=[(DT_RELASZ, 24 * 5_000_000)])

    assert answered(forged) == ""


def test_a_thousand_segments_are_not_searched_a_thousand_times(answered: Answered) -> None:
    assert answered(Forged(loads=1100, tail=200 * MEBIBYTE)) == ""


def test_a_segment_full_of_marks_of_go_is_searched_in_time(answered: Answered) -> None:
    for shift in (0, 1):
        marks = bytes(shift) + b"\xff Go buildinf:\x08\x02" * (4 * MEBIBYTE)
        assert answered(Forged(tables={0x7000: marks}, loads=20)) == ""


def test_a_thousand_notes_are_not_read_a_thousand_times(answered: Answered) -> None:
    note = struct.pack("<III4s", 4, 60_000, 5, b"GNU\0") + bytes(60_000)
    size = 64 + 56 * 1102
    forged = Forged(tables={0x7000: note}, headers=[header(PT_GNU_PROPERTY, size, len(note))] * 1100)

    assert answered(forged) == ""

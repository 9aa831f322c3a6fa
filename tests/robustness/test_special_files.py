"""Files that are strange, one by one: what runs has no finding, and the rest has an answer in time."""

import os
import struct
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from lambdabuild.model.elf import DT_GNU_HASH, DT_NEEDED, DT_STRSZ, DT_STRTAB, DT_SYMTAB, DT_VERNEED
from lambdabuild.model.platform import host_platform
from tests.robustness.bounds import within
from tests.robustness.elf_fields import dynamic_at, headers_at, place_of
from tests.robustness.forged import PT_DYNAMIC, PT_INTERP, PT_LOAD, PT_NOTE, PT_PHDR, Forged, header
from tests.robustness.judging import damage_of, facts_of, judged_alone
from tests.support.elf import gcc, patched, without_sections
from tests.support.elf import header as bare_header
from tests.support.gates import need

SOURCE = '#include <stdio.h>\nint main(void) { puts("runs"); return 0; }\n'
GIBIBYTE = 1 << 30
FAR = 1 << 40
_SHDR = struct.Struct("<IIQQQQIIQQ")


@pytest.fixture(scope="module")
def pie(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    need(host_platform() == "linux/amd64", "needs Linux on x86_64")
    return gcc(tmp_path_factory.mktemp("programs") / "pie", source=SOURCE)


@pytest.fixture(scope="module")
def fixed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """It is where its addresses say, so PT_PHDR is not needed."""
    return gcc(tmp_path_factory.mktemp("programs") / "fixed", "-no-pie", source=SOURCE)


@pytest.fixture
def answer(tmp_path: Path) -> Callable[..., set[str]]:
    """The rules that a file breaks."""

    def answer(content: bytes, name: str = "bootstrap") -> set[str]:
        file = tmp_path / name
        file.write_bytes(content)
        with within():
            return {finding.rule for finding in judged_alone(file)}

    return answer


def runs(content: bytes, tmp_path: Path, *, tail: int = 0) -> bool:
    """Whether it runs on this machine; nothing may be said of it but that it is large."""
    file = tmp_path / "bootstrap"
    file.write_bytes(content)
    file.chmod(0o755)
    os.truncate(file, len(content) + tail)
    done = subprocess.run([file], capture_output=True, text=True, check=False)
    with within():
        assert {finding.rule for finding in judged_alone(file)} == ({"LB501"} if tail else set())
        assert damage_of(facts_of(file)) is None
    return (done.returncode, done.stdout) == (0, "runs\n")


# Sections that lie, which nothing reads


def sections(elf: bytes) -> Iterator[tuple[int, list[int]]]:
    """Place and fields of each section header."""
    start, size, count = struct.unpack_from("<Q", elf, 40)[0], *struct.unpack_from("<HH", elf, 58)
    for at in range(start, start + size * count, size):
        yield at, list(_SHDR.unpack_from(elf, at))


def with_sections(elf: bytes, field: int, value: int, types: Sequence[int] = ()) -> bytes:
    """One field of all section headers, or of those of some types, set to a number."""
    for at, fields in [*sections(elf)]:
        if not types or fields[1] in types:
            fields[field] = value
            elf = patched(elf, at, _SHDR.pack(*fields))
    return elf


NAME, TYPE, OFFSET, SIZE, ENTRY = 0, 1, 4, 5, 9
NOBITS, STRTAB, VERSIONS = 8, 3, (0x6FFFFFFF, 0x6FFFFFFE, 0x6FFFFFFD)


def test_no_section_headers_at_all(pie: bytes, tmp_path: Path) -> None:
    assert runs(without_sections(pie), tmp_path)


def test_section_headers_that_are_cut_off(pie: bytes, tmp_path: Path) -> None:
    start = struct.unpack_from("<Q", pie, 40)[0]

    assert runs(pie[:start], tmp_path)


def test_no_number_of_sections(pie: bytes, tmp_path: Path) -> None:
    assert runs(patched(pie, 0x3C, bytes(2)), tmp_path)


@pytest.mark.parametrize("field", [NAME, TYPE, OFFSET, SIZE, ENTRY])
@pytest.mark.parametrize("value", [0, 1, 0xFFFFFFFF])
def test_section_headers_with_wrong_numbers(pie: bytes, tmp_path: Path, field: int, value: int) -> None:
    assert runs(with_sections(pie, field, value), tmp_path)


def test_version_sections_without_content(pie: bytes, tmp_path: Path) -> None:
    assert runs(with_sections(pie, TYPE, NOBITS, VERSIONS), tmp_path)


def test_a_second_dynstr(pie: bytes, tmp_path: Path) -> None:
    """Every table of names has the name of one, and all but the first lie where it does not."""
    names = [fields[NAME] for _, fields in sections(pie) if fields[TYPE] == STRTAB]
    twice = with_sections(with_sections(pie, NAME, names[0], [STRTAB]), OFFSET, 64, [STRTAB])

    assert len(names) > 1
    assert runs(twice, tmp_path)


# Program headers and PT_DYNAMIC, of which less is read than one would think


@pytest.mark.parametrize("size", [0, 1, 1 << 62])
def test_a_table_of_names_of_the_wrong_size(pie: bytes, tmp_path: Path, size: int) -> None:
    assert runs(patched(pie, dynamic_at(pie, DT_STRSZ) + 8, struct.pack("<Q", size)), tmp_path)


@pytest.mark.parametrize(("field", "value"), [(8, 64), (8, FAR), (32, 32), (32, FAR), (40, 1)])
def test_a_dynamic_segment_whose_place_and_size_in_the_file_are_wrong(
    pie: bytes, tmp_path: Path, field: int, value: int
) -> None:
    (at,) = headers_at(pie, PT_DYNAMIC)

    assert runs(patched(pie, at + field, struct.pack("<Q", value)), tmp_path)


def test_two_dynamic_segments_of_which_the_last_counts(fixed: bytes, tmp_path: Path) -> None:
    (at,) = headers_at(fixed, PT_PHDR)

    assert runs(patched(fixed, at, header(PT_DYNAMIC, FAR, 0x100)), tmp_path)


def test_two_interpreters_of_which_the_first_counts(pie: bytes, tmp_path: Path) -> None:
    at = headers_at(pie, PT_NOTE)[-1]

    assert runs(patched(pie, at, header(PT_INTERP, 0x10, 8)), tmp_path)


def test_a_segment_that_is_loaded_twice(pie: bytes, tmp_path: Path) -> None:
    *_, last = headers_at(pie, PT_LOAD)

    assert runs(patched(pie, headers_at(pie, PT_NOTE)[-1], pie[last : last + 56]), tmp_path)


def test_segments_that_overlap_of_which_the_last_counts(fixed: bytes, tmp_path: Path) -> None:
    """What would be PT_DYNAMIC is the header of the file, until the right segment covers it."""
    *_, last = headers_at(fixed, PT_LOAD)
    kind, flags, _, address, _, _, _, _ = struct.unpack_from("<IIQQQQQQ", fixed, last)
    start = address & ~0xFFF
    below = struct.pack("<IIQQQQQQ", kind, flags, 0, start, start, 0x1000, 0x1000, 0x1000)
    (at,) = headers_at(fixed, PT_PHDR)

    assert runs(patched(fixed, at, below), tmp_path)


def test_an_empty_segment_beyond_the_end_of_the_file(pie: bytes, tmp_path: Path) -> None:
    empty = struct.pack("<IIQQQQQQ", PT_LOAD, 6, FAR, 0x10000, 0x10000, 0, 0x1000, 0x1000)

    assert runs(patched(pie, headers_at(pie, PT_NOTE)[-1], empty), tmp_path)


def test_the_mark_of_gnu_for_the_system(pie: bytes, tmp_path: Path) -> None:
    assert runs(patched(pie, 7, b"\3"), tmp_path)


@pytest.mark.parametrize("flag", ["-pie", "-static"])
def test_a_tail_of_four_gibibytes(tmp_path: Path, flag: str) -> None:
    elf = gcc(tmp_path / "program", flag, source=SOURCE)

    assert runs(elf, tmp_path, tail=4 * GIBIBYTE)


# What does not run


Answer = Callable[..., set[str]]


def test_the_mark_of_another_system_is_found(pie: bytes, answer: Answer) -> None:
    assert answer(patched(pie, 7, b"\x09")) == {"LB207"}


@pytest.mark.parametrize("number", [0, 0xFFFF])
def test_program_headers_whose_number_stands_elsewhere_are_damage(pie: bytes, answer: Answer, number: int) -> None:
    """PN_XNUM, which only core files may have."""
    assert answer(patched(pie, 0x38, struct.pack("<H", number))) == {"LB204"}


def test_a_library_whose_name_is_behind_all_names_is_damage(pie: bytes, answer: Answer) -> None:
    assert answer(patched(pie, dynamic_at(pie, DT_NEEDED) + 8, struct.pack("<Q", 0xFFFFFFFF))) == {"LB204"}


@pytest.mark.parametrize(
    ("content", "rules"),
    [
        (bare_header(kind=4), {"LB206"}),
        (bare_header(kind=1), {"LB206"}),
        (bare_header(kind=0xFE00), {"LB206"}),
        (bare_header(kind=1, machine=183), {"LB206"}),
        (bare_header(kind=1, machine=183, order=">"), {"LB202"}),
        (bare_header(kind=3, machine=183, order=">", headers=2), {"LB204"}),
        (bare_header(kind=1, machine=54321), {"LB202"}),
        (bare_header(kind=1, bits=32, machine=62), {"LB202"}),
        (bare_header(kind=2, bits=32, machine=3, headers=1), {"LB204"}),
        (bare_header()[:16], {"LB204"}),
        (bare_header()[:4], {"LB204"}),
    ],
)
def test_headers_alone_are_told_apart(answer: Answer, content: bytes, rules: set[str]) -> None:
    assert answer(content) == rules


@pytest.mark.parametrize("step", [1, 12, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_chain_of_versions_that_leads_astray_is_damage(pie: bytes, answer: Answer, tmp_path: Path, step: int) -> None:
    at = place_of(pie, DT_VERNEED) + 12
    answer(patched(pie, at, struct.pack("<I", step)))

    assert damage_of(facts_of(tmp_path / "bootstrap")) is not None


def test_a_hash_table_of_all_buckets_there_can_be_is_damage(pie: bytes, answer: Answer, tmp_path: Path) -> None:
    answer(patched(pie, place_of(pie, DT_GNU_HASH), b"\xff" * 4))

    assert damage_of(facts_of(tmp_path / "bootstrap")) == "its hash table lies outside of its segments"


def test_versions_without_a_table_of_names_are_none(answer: Answer, tmp_path: Path) -> None:
    """glibc: elf/dl-version.c, "If we don't have a string table, we must be ok"."""
    needs = struct.pack("<HHIII", 1, 1, 1, 16, 0) + struct.pack("<IHHII", 0, 0, 2, 1, 0)
    content = Forged(tables={DT_SYMTAB: bytes(24), DT_VERNEED: needs}).content()

    assert answer(content, "libx.so") == set()
    assert damage_of(facts_of(tmp_path / "libx.so")) is None


def test_names_of_libraries_without_a_table_are_damage(answer: Answer) -> None:
    assert answer(Forged(numbers=[(DT_NEEDED, 1)]).content(), "libx.so") == {"LB204"}


def test_a_table_of_names_that_is_all_of_the_file_is_one(answer: Answer) -> None:
    tables = {DT_SYMTAB: bytes(24)}

    assert answer(Forged(tables=tables, numbers=[(DT_STRTAB, 0)]).content(), "libx.so") == set()

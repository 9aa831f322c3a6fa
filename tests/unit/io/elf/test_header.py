"""Facts of ELF files: what compilers write, what is left of it, and what was never an ELF file."""

import io
import mmap
import random
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.segments import InterpSegment

from lambdabuild.check.buildinfo import read_buildinfo
from lambdabuild.io.elf import bytes_at, read_elf
from lambdabuild.model.elf import DamagedElf, ElfFacts, ElfType
from lambdabuild.model.platform import Architecture
from tests.support.elf import Programs, header, patched, run, without_sections
from tests.support.gates import require


def facts(content: bytes) -> ElfFacts:
    read = read_elf(content)
    assert isinstance(read, ElfFacts), read
    return read


def damage(content: bytes) -> str:
    read = read_elf(content)
    assert isinstance(read, DamagedElf), read
    return read.reason


@pytest.mark.parametrize(
    ("name", "architecture", "kind", "static"),
    [
        ("go", Architecture.AMD64, ElfType.EXECUTABLE, True),
        ("go/arm64", Architecture.ARM64, ElfType.EXECUTABLE, True),
        ("go/cgo", Architecture.AMD64, ElfType.EXECUTABLE, False),
        ("gcc", Architecture.AMD64, ElfType.SHARED, False),
        ("gcc/static", Architecture.AMD64, ElfType.EXECUTABLE, True),
        ("gcc/static-pie", Architecture.AMD64, ElfType.SHARED, True),
    ],
)
def test_programs_are_programs(
    programs: Programs, name: str, architecture: Architecture, kind: ElfType, static: bool
) -> None:
    read = facts(programs(name))

    assert (read.architecture, read.type, read.static) == (architecture, kind, static)
    assert read.program
    assert read.soname is None


@pytest.mark.parametrize("name", ["gcc/shared", "gcc/shared-nameless", "gcc/object"])
def test_libraries_and_objects_are_no_programs(programs: Programs, name: str) -> None:
    assert not facts(programs(name)).program


@pytest.mark.parametrize("name", ["go/cgo", "gcc"])
def test_a_dynamic_program_names_its_loader_and_libraries(programs: Programs, name: str) -> None:
    read = facts(programs(name))

    assert read.interpreter == "/lib64/ld-linux-x86-64.so.2"
    assert read.needed == ("libc.so.6",)


def test_a_library_has_a_soname(programs: Programs) -> None:
    assert facts(programs("gcc/shared")).soname == "libanswer.so.1"


@pytest.mark.parametrize("name", ["go", "go/cgo", "gcc", "gcc/static-pie", "gcc/shared"])
def test_pyelftools_finds_the_same(programs: Programs, name: str) -> None:
    """Its reader goes by sections: an oracle where they are there."""
    file = ELFFile(io.BytesIO(programs(name)))
    dynamic = file.get_section_by_name(".dynamic")
    tags: list[Any] = list(dynamic.iter_tags()) if isinstance(dynamic, DynamicSection) else []
    interpreters = [each.get_interp_name() for each in file.iter_segments() if isinstance(each, InterpSegment)]

    read = facts(programs(name))

    assert list(read.needed) == [tag.needed for tag in tags if tag.entry.d_tag == "DT_NEEDED"]
    assert read.soname == next((tag.soname for tag in tags if tag.entry.d_tag == "DT_SONAME"), None)
    assert read.interpreter == next(iter(interpreters), None)
    assert [(each.address, each.offset, each.size) for each in read.segments] == [
        (each.header.p_vaddr, each.header.p_offset, each.header.p_filesz) for each in file.iter_segments("PT_LOAD")
    ]
    assert read.entry == file.header.e_entry


@pytest.mark.parametrize("name", ["go", "go/cgo", "gcc", "gcc/shared"])
def test_sections_are_not_needed(programs: Programs, name: str) -> None:
    assert facts(without_sections(programs(name))) == facts(programs(name))


@pytest.mark.parametrize("name", ["go", "go/cgo", "gcc"])
def test_sections_that_lie_are_not_believed(programs: Programs, name: str) -> None:
    lies = patched(programs(name), 0x28, struct.pack("<Q", 1 << 62))

    assert facts(patched(lies, 0x3A, b"\xff" * 6)) == facts(programs(name))


def test_symbols_are_not_needed(programs: Programs, tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(programs("go/cgo"))
    run([require("objcopy"), "--strip-all", "in", "out"], tmp_path, {})
    stripped = (tmp_path / "out").read_bytes()

    read = facts(stripped)

    assert len(stripped) < len(programs("go/cgo"))
    assert read.needed == ("libc.so.6",)
    assert read_buildinfo(stripped, read) is not None


def test_a_mapped_file_reads_as_its_bytes(programs: Programs, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(programs("go/cgo"))
    with (tmp_path / "x").open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        assert read_elf(content) == read_elf(programs("go/cgo"))


@pytest.mark.parametrize(
    ("content", "machine", "kind"),
    [
        (header(kind=1), "EM_X86_64", ElfType.OBJECT),
        (header(kind=4), "EM_X86_64", ElfType.CORE),
        (header(kind=4, bits=32, machine=3), "EM_386", ElfType.CORE),
        (header(kind=1, bits=32, order=">", machine=8), "EM_MIPS", ElfType.OBJECT),
        (header(kind=1, order=">", machine=183), "EM_AARCH64", ElfType.OBJECT),
        (header(kind=1, machine=54321), "machine 54321", ElfType.OBJECT),
        (header(kind=0xFE00), "EM_X86_64", ElfType.OTHER),
    ],
)
def test_strange_files_are_facts(content: bytes, machine: str, kind: ElfType) -> None:
    read = facts(content)

    assert (read.machine, read.type) == (machine, kind)
    assert not read.program


@pytest.mark.parametrize(
    ("machine", "bits", "little", "architecture"),
    [
        ("EM_X86_64", 64, True, Architecture.AMD64),
        ("EM_X86_64", 32, True, None),  # x32
        ("EM_AARCH64", 64, True, Architecture.ARM64),
        ("EM_AARCH64", 64, False, None),
        ("EM_386", 32, True, None),
    ],
)
def test_the_architecture_is_machine_class_and_order(
    machine: str, bits: int, little: bool, architecture: Architecture | None
) -> None:
    read = replace(facts(header(kind=1)), machine=machine, little=little, bits=64 if bits == 64 else 32)

    assert read.architecture is architecture


def test_damage_is_told(programs: Programs) -> None:
    go, cgo = programs("go"), programs("go/cgo")

    assert damage(go[:10]) == "it ends within its first 16 bytes"
    assert damage(go[:40]) == "it ends within its header"
    assert damage(patched(go, 4, b"\x07")) == "there is no class 7 with data encoding 1"
    assert damage(patched(go, 5, b"\x00")) == "there is no class 2 with data encoding 0"
    assert damage(go[:100]) == "its program headers lie beyond its end"
    assert damage(patched(go, 0x20, b"\xff" * 8)) == "its program headers lie beyond its end"
    assert damage(patched(go, 0x36, b"\x01\x00")) == "its program headers have 1 bytes each, not 56"
    assert damage(patched(go, 0x38, b"\x00\x00")) == "it has 0 program headers"
    assert damage(patched(go, 0x38, b"\xff\xff")) == "it has 65535 program headers"
    assert damage(header(headers=2)) == "it has nothing to load"
    assert damage(header(bits=32, order=">", headers=2)) == "it has nothing to load"
    last = max(each.offset + each.size for each in facts(go).segments)
    assert damage(go[:10_000].ljust(last - 1, b"\0")) == f"it ends at byte {last - 1}, a segment at byte {last}"
    assert damage(cgo[:5000]).startswith("it ends at byte 5000, a segment at byte ")


def program_header(elf: bytes, kind: int) -> int:
    """Where the first program header of this type is, in the file."""
    offset, number = struct.unpack_from("<Q", elf, 0x20)[0], struct.unpack_from("<H", elf, 0x38)[0]
    return next(at for at in range(offset, offset + 56 * number, 56) if elf[at : at + 4] == struct.pack("<I", kind))


def dynamic_entry(elf: bytes, tag: int) -> int:
    """Where the first entry with this tag is, in the file."""
    at = struct.unpack_from("<Q", elf, program_header(elf, 2) + 8)[0]
    while (found := struct.unpack_from("<q", elf, at)[0]) != tag:
        assert found, "no such entry"
        at += 16
    return int(at)


def test_damage_to_what_the_loader_reads_is_told(programs: Programs) -> None:
    elf = programs("gcc")
    load, interpreter, dynamic = (program_header(elf, kind) for kind in (1, 3, 2))
    no_end = "the name of its interpreter has no end"
    names = "the names of its libraries lie outside of its segments"

    assert damage(patched(elf, load + 40, bytes(8))) == "a segment is larger in the file than in memory"
    assert damage(patched(elf, interpreter + 32, b"\x05")) == no_end
    assert damage(patched(elf, interpreter + 32, struct.pack("<Q", 5000))) == no_end
    assert damage(patched(elf, interpreter + 32, bytes(8))) == no_end
    assert damage(patched(elf, dynamic + 16, b"\xff" * 8)) == "its dynamic section lies outside of its segments"
    assert damage(endless_dynamic(elf)) == "its dynamic section has no end"
    assert damage(patched(elf, dynamic_entry(elf, 5) + 8, b"\xff" * 8)) == names
    assert damage(patched(elf, dynamic_entry(elf, 1) + 8, b"\xff" * 4)) == "one of its names has no end"


def endless_dynamic(elf: bytes) -> bytes:
    """The same with no DT_NULL up to the end of the segment: it is full of DT_DEBUG."""
    start = struct.unpack_from("<Q", elf, program_header(elf, 2) + 8)[0]
    end = max(each.offset + each.size for each in facts(elf).segments)
    return patched(elf, start, (struct.pack("<qQ", 21, 0) * (1 + (end - start) // 16))[: end - start])


@pytest.mark.parametrize("size", [0, 1 << 62])
def test_the_size_of_the_table_of_names_is_not_looked_at(programs: Programs, size: int) -> None:
    elf = programs("gcc")

    assert facts(patched(elf, dynamic_entry(elf, 10) + 8, struct.pack("<Q", size))).needed == ("libc.so.6",)


def test_a_dynamic_segment_that_debug_files_leave_empty_is_none(programs: Programs) -> None:
    elf = programs("gcc")

    assert facts(patched(elf, program_header(elf, 2) + 32, bytes(8))).needed == ()


def test_names_that_are_not_utf8_are_shown(programs: Programs) -> None:
    elf = programs("gcc")

    assert facts(elf.replace(b"libc.so.6", b"lib\xff.so.6")).needed == (r"lib\xff.so.6",)


def test_bytes_at_an_address_are_whole_or_none(programs: Programs) -> None:
    elf = programs("go")
    segment = facts(elf).segments[0]

    assert bytes_at(elf, (segment,), segment.address, 4) == b"\x7fELF"
    assert bytes_at(elf, (segment,), segment.address + segment.size - 1, 2) is None
    assert bytes_at(elf, (segment,), segment.address - 1, 2) is None


@pytest.mark.parametrize("name", ["go/cgo", "gcc", "gcc/shared"])
def test_no_mutation_is_an_exception(programs: Programs, name: str) -> None:
    """A thousand files of each: bytes turned in the headers and anywhere, ends cut off."""
    chance = random.Random(name)
    original = programs(name)
    interesting = [range(64), range(64, 64 + 14 * 56), dynamic_range(original)]
    outcomes = set()
    for _ in range(1000):
        content = bytearray(original)
        for _ in range(chance.randint(1, 6)):
            where = chance.choice(chance.choice([*interesting, range(len(original))]))
            content[where] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)])
        if chance.random() < 0.1:
            del content[chance.randrange(16, len(content)) :]
        read = read_elf(bytes(content))
        outcomes.add(type(read))
        if isinstance(read, ElfFacts):
            read_buildinfo(bytes(content), read)

    assert outcomes == {ElfFacts, DamagedElf}


def dynamic_range(elf: bytes) -> range:
    at = program_header(elf, 2)
    start, _, _, size = struct.unpack_from("<4Q", elf, at + 8)
    return range(start, start + size)

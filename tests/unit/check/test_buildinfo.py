"""Go's build info, as `go version -m` reads it."""

import os
import struct
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from lambdabuild.check.buildinfo import BuildInfo, read_buildinfo
from lambdabuild.io.elf import read_elf
from lambdabuild.model.elf import ElfFacts, ElfType, Segment
from tests.support.elf import Programs, without_sections
from tests.support.gates import require

MAGIC = b"\xff Go buildinf:"


def build_info(content: bytes) -> BuildInfo | None:
    facts = read_elf(content)
    assert isinstance(facts, ElfFacts)
    return read_buildinfo(content, facts)


@pytest.mark.parametrize("name", ["go", "go/arm64", "go/cgo"])
def test_it_says_what_go_version_says(programs: Programs, tmp_path: Path, name: str) -> None:
    (tmp_path / "x").write_bytes(programs(name))
    said = subprocess.run(
        [require("go"), "version", "-m", tmp_path / "x"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "GOFLAGS": "", "GOTOOLCHAIN": "local"},
    ).stdout.splitlines()
    fields = [line.strip().split("\t") for line in said]

    info = build_info(programs(name))

    assert info is not None
    assert said[0].endswith(f": {info.go}")
    assert ["path", info.package] in fields
    assert ["mod", info.module, "(devel)"] in [each[:3] for each in fields]
    assert [["build", f"{key}={value}"] for key, value in info.settings.items()] == [
        each for each in fields if each[0] == "build"
    ]


def test_it_says_for_what_the_program_is(programs: Programs) -> None:
    info = build_info(programs("go/arm64"))

    assert info is not None
    assert info.module == "example.com/nothing"
    assert info.settings["GOOS"] == "linux"
    assert info.settings["GOARCH"] == "arm64"
    assert info.settings["GOARM64"] == "v8.0"
    assert info.settings["CGO_ENABLED"] == "0"


def test_it_needs_no_sections(programs: Programs) -> None:
    assert build_info(without_sections(programs("go"))) == build_info(programs("go"))


@pytest.mark.parametrize("name", ["gcc", "gcc/static-pie"])
def test_c_has_none(programs: Programs, name: str) -> None:
    assert build_info(programs(name)) is None


ADDRESS = 0x400000
LINES = (
    b"\x00" * 16
    + b"path\tx.org/cmd\nmod\tx.org\tv1.2.3\th1:\ndep\ty.org\tv1.0.0\th1:\ndep\tz.org\tv1.0.0\n=>\tfork.org\tv9.0.0\n"
    + b"\n"
    + b"\x01" * 16
)
EXPECTED = BuildInfo(go="go1.17.1", package="x.org/cmd", module="x.org", modules={"y.org": "v1.0.0", "z.org": "v9.0.0"})


def read(data: bytes, *, address: int = ADDRESS, writable: bool = True) -> BuildInfo | None:
    """As if `data` were a file that is one segment."""
    segment = Segment(address=address, offset=0, size=len(data), writable=writable)
    facts = ElfFacts(type=ElfType.EXECUTABLE, bits=64, little=True, abi=0, machine="", entry=0, segments=(segment,))
    return read_buildinfo(data, facts)


def inline(*strings: bytes) -> bytes:
    return (MAGIC + bytes([8, 2])).ljust(32, b"\0") + b"".join(varint(len(each)) + each for each in strings)


def varint(number: int) -> bytes:
    low, high = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + varint(high) if high else bytes([low])


def pointed(strings: Iterable[bytes], *, size: int = 8, order: str = "<") -> bytes:
    """The format before Go 1.18: header, two string headers, bytes."""
    word = order + ("Q" if size == 8 else "I")
    texts = list(strings)
    start = 32 + 4 * size
    headers = b""
    for text in texts:
        headers += struct.pack(word, ADDRESS + start) + struct.pack(word, len(text))
        start += len(text)
    pointers = b"".join(struct.pack(word, ADDRESS + 32 + number * 2 * size) for number in range(2))
    flags = 0 if order == "<" else 1
    return (MAGIC + bytes([size, flags]) + pointers).ljust(32, b"\0") + headers + b"".join(texts)


def test_the_inline_format_is_read() -> None:
    assert read(inline(b"go1.17.1", LINES)) == EXPECTED


@pytest.mark.parametrize("size", [4, 8])
@pytest.mark.parametrize("order", ["<", ">"])
def test_the_format_before_118_is_read(size: int, order: str) -> None:
    assert read(pointed([b"go1.17.1", LINES], size=size, order=order)) == EXPECTED


def test_a_program_without_modules_has_a_version_only() -> None:
    assert read(inline(b"go1.20", b"")) == BuildInfo(go="go1.20")


def test_the_magic_is_looked_for_at_multiples_of_16() -> None:
    decoy = b"".join([b"\0" * 8, MAGIC, b"\0" * 10])

    assert read(decoy + inline(b"go1.17.1", LINES)) == EXPECTED
    assert read(b"\0" * 8 + inline(b"go1.17.1", LINES)) is None
    assert read(b"\0" * 8 + inline(b"go1.17.1", LINES), address=ADDRESS + 8) == EXPECTED


def test_a_magic_that_leads_nowhere_is_passed_over() -> None:
    assert read(inline(b"", b"").ljust(48, b"\0") + inline(b"go1.17.1", LINES)) == EXPECTED


@pytest.mark.parametrize(
    "data",
    [
        b"",
        MAGIC,
        inline(),
        inline(b"go1.17.1"),
        inline(b"go1.17.1", LINES)[:-1],
        inline() + b"\xff" * 40,
        pointed([b"go1.17.1", LINES])[:60],
        pointed([b"go1.17.1", LINES], size=4).replace(b":\x04", b":\x05"),
    ],
)
def test_damaged_build_info_is_none(data: bytes) -> None:
    assert read(data) is None


def test_only_writable_data_has_it() -> None:
    """A program that itself looks for the magic has it among its constants."""
    assert read(inline(b"go1.17.1", LINES), writable=False) is None

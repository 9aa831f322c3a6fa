"""Layers of a few kilobytes that ask for gigabytes, of disk, of memory, or of time."""

import os
import struct
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from lambdabuild.errors import EnvironmentFailure
from lambdabuild.image.inventory import Facts, Looker
from lambdabuild.image.rootfs import Root, read_root
from lambdabuild.model.elf import DT_HASH, DT_SONAME, DT_STRTAB, DT_SYMTAB
from tests.robustness.bounds import little_memory, within
from tests.robustness.forged import Forged
from tests.support.gates import require
from tests.unit.image.support import file, layer, tar

GIBIBYTE, MEBIBYTE = 1 << 30, 1 << 20


def read(content: bytes) -> Root[Facts]:
    with little_memory(), within():
        return read_root([layer(content)], Looker("linux/amd64"))


def symbols(names: Sequence[int]) -> bytes:
    """A function for each place of a name."""
    return b"".join(struct.pack("<IBBHQQ", name, 0x12, 0, 1, 64, 8) for name in names)


def library(soname: bytes = b"libx.so", tables: dict[int, bytes] | None = None) -> bytes:
    return Forged(tables={DT_STRTAB: b"\0" + soname + b"\0", **(tables or {})}, numbers=[(DT_SONAME, 1)]).content()


@pytest.mark.parametrize(("size", "looked_at"), [(3 * GIBIBYTE, True), (15 * GIBIBYTE, False)])
def test_a_library_of_holes_takes_no_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, looked_at: bool
) -> None:
    """It is mapped whole, which takes addresses and no memory."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "libx.so").write_bytes(library(tables={DT_SYMTAB: symbols([1]), DT_HASH: struct.pack("<II", 1, 1)}))
    os.truncate(tmp_path / "libx.so", size)
    sparse = subprocess.run(
        [require("tar"), "--create", "--sparse", "--format=posix", "libx.so"],
        cwd=tmp_path,
        capture_output=True,
        check=True,
    ).stdout
    assert len(sparse) < MEBIBYTE
    free = os.statvfs(tmp_path).f_bavail

    with within():
        found = read_root([layer(sparse)], Looker("linux/amd64")).files["/libx.so"]

    assert (found.size, found.facts is not None) == (size, looked_at)
    assert (free - os.statvfs(tmp_path).f_bavail) * os.statvfs(tmp_path).f_frsize < GIBIBYTE


def test_directories_of_a_loader_that_are_all_slashes_are_none() -> None:
    content = library(b"ld-linux-x86-64.so.2", {0x7000: b"/" * 8 * MEBIBYTE})

    found = read(tar(file("lib64/ld-linux-x86-64.so.2", content, 0o755))).files["/lib64/ld-linux-x86-64.so.2"]

    assert found.facts is not None
    assert found.facts.directories == ()


def test_libraries_whose_names_share_their_bytes_are_no_gigabytes_together() -> None:
    """Each has as many bytes of names as one may have of its size."""
    count = 2000
    strings = b"\0libx.so\0" + b"a" * MEBIBYTE + b"\0"
    table = symbols([MEBIBYTE - 1000 - number for number in range(count)])
    content = library(tables={DT_STRTAB: strings, DT_SYMTAB: table, DT_HASH: struct.pack("<II", 1, count)})

    with pytest.raises(EnvironmentFailure) as raised:
        read(tar(*(file(f"usr/lib64/lib{number}.so", content, 0o755) for number in range(40))))

    assert raised.value.message == "the libraries of the image have more than 134217728 bytes of symbols"

"""Zips of the tools that people use are opened as they were meant, with no fault but what is harmless."""

import hashlib
import io
import stat
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from lambdabuild.errors import EnvironmentFailure, UsageError
from lambdabuild.io.archive import open_zip
from lambdabuild.io.archive.faults import Faults
from lambdabuild.model.artifact import Entry, Fault, FaultKind, Opened
from lambdabuild.package.zip import write_zip
from tests.support.cli import ROOT
from tests.support.nobody import unprivileged
from tests.support.zips import (
    DARWIN,
    FAT,
    STORED,
    STREAMED,
    UTF8,
    WIDE,
    Part,
    closed,
    go_zip,
    info_zip,
    info_zip_streamed,
    zip64_extra,
    zip64_of,
    zip_of,
)

Open = Callable[[bytes], Opened]

IN_GO = """package main

import (
	"archive/zip"
	"io/fs"
	"os"
)

func main() {
	archive := zip.NewWriter(os.Stdout)
	for _, each := range []struct {
		name, content string
		mode          fs.FileMode
	}{
		{"bootstrap", "#!/bin/sh\\n", 0o755},
		{"lib/", "", fs.ModeDir | 0o750},
		{"lib/b\u00fccher.so", "ELF", 0o644},
		{"lib/link", "b\u00fccher.so", fs.ModeSymlink | 0o777},
	} {
		header := &zip.FileHeader{Name: each.name, Method: zip.Deflate}
		header.SetMode(each.mode)
		writer, err := archive.CreateHeader(header)
		if err != nil {
			panic(err)
		}
		writer.Write([]byte(each.content))
	}
	if len(os.Args) > 1 {
		writer, _ := archive.Create("without a mode")
		writer.Write([]byte("x"))
	}
	archive.Close()
}
"""


def contents(opened: Opened) -> dict[str, tuple[int, bytes]]:
    """The files by name, with mode and content."""
    return {entry.name: (entry.mode, entry.source.read_bytes()) for entry in opened.entries}


def kinds(opened: Opened) -> set[FaultKind]:
    return {fault.kind for fault in opened.faults}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What a user zips."""
    home = tmp_path / "function"
    (home / "lib").mkdir(parents=True)
    (home / "lib" / "data.json").write_text("{}" * 1000)
    (home / "bootstrap").write_bytes(b"\x7fELF" * 100)
    (home / "bootstrap").chmod(0o755)
    (home / "lib").chmod(0o755)
    (home / "lib" / "data.json").chmod(0o640)
    (home / "lib" / "b\u00fccher").write_text("")
    (home / "lib" / "b\u00fccher").chmod(0o644)
    (home / "lib" / "current.json").symlink_to("data.json")
    return home


EXPECTED = {
    "bootstrap": (0o755, b"\x7fELF" * 100),
    "lib/data.json": (0o640, b"{}" * 1000),
    "lib/b\u00fccher": (0o644, b""),
}


def test_what_we_pack_has_no_fault(tmp_path: Path, folder: Path, opened: Open) -> None:
    packed = write_zip([Entry(name="bootstrap", mode=0o755, source=folder / "bootstrap")], tmp_path / "x.zip")

    found = opened(packed.path.read_bytes())

    assert found.faults == ()
    assert (found.sha256, found.zipped, found.unzipped) == (packed.sha256, packed.zipped, packed.unzipped)
    assert contents(found) == {"bootstrap": EXPECTED["bootstrap"]}
    assert (found.links, found.folders, found.unread) == ({}, {}, frozenset())


def test_info_zip_with_links(folder: Path, opened: Open) -> None:
    found = opened(info_zip(folder, "-r", "-y"))

    assert contents(found) == EXPECTED
    assert found.links == {"lib/current.json": "data.json"}
    assert found.folders == {"lib": 0o755}
    assert found.faults == (Fault(kind=FaultKind.SYMLINK, entry="lib/current.json", details={"target": "data.json"}),)


def test_info_zip_without_links(folder: Path, opened: Open) -> None:
    found = opened(info_zip(folder, "-r", "-0", "-X", "-D"))

    assert contents(found) == EXPECTED | {"lib/current.json": EXPECTED["lib/data.json"]}
    assert (found.folders, found.faults) == ({}, ())


def test_info_zip_to_a_pipe(folder: Path, opened: Open) -> None:
    found = opened(info_zip_streamed(folder, "-r"))

    assert contents(found) == EXPECTED | {"lib/current.json": EXPECTED["lib/data.json"]}
    assert kinds(found) == {FaultKind.DATA_DESCRIPTOR}


def test_python_with_names_in_utf8(folder: Path, opened: Open) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in ("bootstrap", "lib", "lib/data.json", "lib/b\u00fccher"):
            archive.write(folder / file, file)

    found = opened(stream.getvalue())

    assert contents(found) == EXPECTED
    assert (found.folders, found.faults) == ({"lib": 0o755}, ())


def test_python_from_a_string_is_for_its_owner_alone(opened: Open) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(zipfile.ZipInfo("bootstrap"), "x")

    found = opened(stream.getvalue())

    assert (found.entries[0].mode, found.faults) == (0o600, ())


def test_no_permissions_are_permissions(opened: Open) -> None:
    found = opened(zip_of(Part(mode=0)))

    assert (found.entries[0].mode, found.faults) == (0o000, ())


def test_python_forced_to_zip64(opened: Open) -> None:
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("bootstrap", "w", force_zip64=True) as entry,
    ):
        entry.write(b"x" * 1000)

    found = opened(stream.getvalue())

    assert contents(found) == {"bootstrap": (0o600, b"x" * 1000)}
    assert found.faults == (Fault(kind=FaultKind.ZIP64, entry="bootstrap"),)


def test_python_with_more_entries_than_a_zip_without_zip64_can_have(opened: Open) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for number in range(0x10001):
            archive.mkdir(f"{number}")

    found = opened(stream.getvalue())

    assert len(found.folders) == 0x10001
    assert kinds(found) == {FaultKind.ZIP64, FaultKind.EMPTY}


def test_go_with_modes(tmp_path: Path, opened: Open) -> None:
    found = opened(go_zip(tmp_path / "go", IN_GO))

    assert contents(found) == {"bootstrap": (0o755, b"#!/bin/sh\n"), "lib/b\u00fccher.so": (0o644, b"ELF")}
    assert (found.links, found.folders) == ({"lib/link": "b\u00fccher.so"}, {"lib": 0o750})
    assert found.faults == (
        Fault(kind=FaultKind.DATA_DESCRIPTOR, entry="bootstrap", count=3),
        Fault(kind=FaultKind.SYMLINK, entry="lib/link", details={"target": "b\u00fccher.so"}),
    )


def test_go_without_a_mode(tmp_path: Path, opened: Open) -> None:
    found = opened(go_zip(tmp_path / "go", IN_GO.replace("len(os.Args) > 1", "true")))

    assert contents(found)["without a mode"] == (0o644, b"x")
    (fault,) = (fault for fault in found.faults if fault.kind is FaultKind.NO_UNIX_MODES)
    assert fault == Fault(kind=FaultKind.NO_UNIX_MODES, entry="without a mode", details={"host": "0"})


def test_java(opened: Open) -> None:
    """ZipOutputStream streams, also folders, and says that it is on MS-DOS."""
    names = b"META-INF/", b"META-INF/MANIFEST.MF", b"Handler.class"
    late = {"crc": 0, "size": 0, "compressed": 0}

    found = opened(
        zip_of(
            *(
                Part(
                    name=name,
                    content=b"" if name.endswith(b"/") else name,
                    host=FAT,
                    flags=STREAMED | UTF8,
                    local=late,
                    descriptor=b"PK\x07\x08" + bytes(12),
                )
                for name in names
            )
        )
    )

    assert contents(found) == {name.decode(): (0o644, name) for name in names[1:]}
    assert found.folders == {"META-INF": 0o755}
    assert [(fault.kind, fault.count) for fault in found.faults] == [
        (FaultKind.DATA_DESCRIPTOR, 3),
        (FaultKind.NO_UNIX_MODES, 2),
    ]


def test_windows_writes_no_modes(opened: Open) -> None:
    found = opened(zip_of(Part(host=FAT), Part(name=b"x", host=10), Part(name=b"folder/", host=FAT, content=b"")))

    assert [entry.mode for entry in found.entries] == [0o644, 0o644]
    assert found.faults == (Fault(kind=FaultKind.NO_UNIX_MODES, entry="bootstrap", count=2, details={"host": "0"}),)


def test_macos_writes_utf8_without_its_flag(opened: Open) -> None:
    found = opened(zip_of(Part(name="b\u00fccher".encode(), host=DARWIN)))

    assert [(entry.name, entry.mode) for entry in found.entries] == [("b\u00fccher", 0o755)]
    assert found.faults == ()


def test_names_of_dos_are_cp437(opened: Open) -> None:
    names = b"b\x81cher", "b\u00fccher".encode()

    found = opened(zip_of(Part(name=names[0], host=FAT), Part(name=names[1], host=FAT, flags=UTF8)))

    assert [entry.name for entry in found.entries] == ["b\u00fccher", "b\u00fccher"]
    assert FaultKind.DUPLICATE in kinds(found)


def test_bits_beyond_permissions_do_not_count(opened: Open) -> None:
    found = opened(zip_of(Part(mode=stat.S_IFREG | stat.S_ISUID | 0o755)))

    assert (found.entries[0].mode, found.faults) == (0o755, ())


def test_a_self_extracting_zip_is_one(opened: Open) -> None:
    whole = b"#!/bin/sh\nexit\n" + zip_of(Part())

    found = opened(whole)

    assert (len(found.entries), found.faults) == (1, ())
    assert found.sha256 == hashlib.sha256(whole).hexdigest()


def test_one_with_corrected_offsets_is_one(opened: Open) -> None:
    found = opened(zip_of(Part(), prefix=b"#!/bin/sh\nexit\n"))

    assert (len(found.entries), found.faults) == (1, ())


@pytest.mark.parametrize("comment", [b"words", b"x" * 0xFFFF, b"PK\x05\x06", b"PK\x05\x06" + bytes([0xFF]) * 30])
def test_a_comment_may_be_anything(opened: Open, comment: bytes) -> None:
    found = opened(zip_of(Part(), comment=comment))

    assert (len(found.entries), found.faults) == (1, ())


def test_bytes_may_follow(opened: Open) -> None:
    found = opened(zip_of(Part()) + b"a line that a download left\n")

    assert (len(found.entries), found.faults) == (1, ())


def test_a_zip64_record_counts(opened: Open) -> None:
    found = opened(b"prefix" + zip64_of(Part(), Part(name=b"x")))

    assert len(found.entries) == 2
    assert found.faults == (Fault(kind=FaultKind.ZIP64),)


def test_a_zip64_record_with_more_in_it_counts(opened: Open) -> None:
    found = opened(zip64_of(Part(), more=b"extensible data"))

    assert (len(found.entries), found.faults) == (1, (Fault(kind=FaultKind.ZIP64),))


def test_sizes_in_extra_fields_count(opened: Open) -> None:
    part = Part()
    sizes = len(part.content), len(part.packed)
    wide = {"size": WIDE, "compressed": WIDE}
    other = struct.pack("<2H4x", 0x5455, 4)

    found = opened(
        zip_of(
            Part(name=b"first", content=b"first"),
            Part(
                local=wide,
                local_extra=other + zip64_extra(*sizes),
                central=wide | {"offset": WIDE},
                extra=zip64_extra(*sizes, len(zip_of(Part(name=b"first", content=b"first"))) - 22 - 46 - 5),
            ),
        )
    )

    assert contents(found)["bootstrap"] == (0o755, part.content)
    assert found.faults == (Fault(kind=FaultKind.ZIP64, entry="bootstrap"),)


def test_an_end_record_may_be_full_without_zip64(opened: Open) -> None:
    parts = [Part(name=b"%d/" % number, content=b"", method=STORED) for number in range(0xFFFF)]

    found = opened(zip_of(*parts))

    assert len(found.folders) == 0xFFFF
    assert kinds(found) == {FaultKind.EMPTY}


def test_the_number_of_entries_may_wrap_around(opened: Open) -> None:
    parts = [Part(name=b"%d/" % number, content=b"", method=STORED) for number in range(0x10002)]

    found = opened(zip_of(*parts, here=2, count=2))

    assert len(found.folders) == 0x10002
    assert kinds(found) == {FaultKind.EMPTY}


def test_a_digital_signature_ends_the_directory(opened: Open) -> None:
    part = Part()
    body = part.local_header() + part.packed

    found = opened(closed(body, part.central_header(0) + b"PK\x05\x05\x04\x00sign", 1))

    assert (len(found.entries), found.faults) == (1, ())


def test_padding_in_an_extra_field_is_nothing(opened: Open) -> None:
    found = opened(zip_of(Part(local_extra=b"\0\0\0", extra=b"\0")))

    assert (len(found.entries), found.faults) == (1, ())


@pytest.mark.parametrize("descriptor", [b"", struct.pack("<4s3I", b"PK\x07\x08", 1, 2, 3)])
def test_a_data_descriptor_follows_the_data(opened: Open, descriptor: bytes) -> None:
    late = {"crc": 0, "size": 0, "compressed": 0}

    found = opened(
        zip_of(
            Part(flags=STREAMED, local=late, descriptor=descriptor),
            Part(name=b"x", flags=STREAMED, local=late, descriptor=descriptor),
        )
    )

    assert len(found.entries) == 2
    assert found.faults == (Fault(kind=FaultKind.DATA_DESCRIPTOR, entry="bootstrap", count=2),)


def test_dots_in_names_are_left_out(opened: Open) -> None:
    found = opened(zip_of(Part(name=b"./bootstrap"), Part(name=b"lib//./x"), Part(name=b"lib/./", content=b"")))

    assert [entry.name for entry in found.entries] == ["bootstrap", "lib/x"]
    assert list(found.folders) == ["lib"]
    assert found.faults == (
        Fault(kind=FaultKind.UNCLEAN_NAME, entry="bootstrap", count=3, details={"written": "./bootstrap"}),
    )


def test_backslashes_stay_in_names(opened: Open) -> None:
    found = opened(zip_of(Part(name=b"lib\\x"), Part(name=b"lib\\y")))

    assert [entry.name for entry in found.entries] == ["lib\\x", "lib\\y"]
    assert found.faults == (Fault(kind=FaultKind.BACKSLASH, entry="lib\\x", count=2),)


@pytest.mark.parametrize("parts", [(), (Part(name=b"folder/", content=b""),)])
def test_no_file_is_a_fault(opened: Open, parts: tuple[Part, ...]) -> None:
    assert opened(zip_of(*parts)).faults == (Fault(kind=FaultKind.EMPTY),)


def test_files_are_named_by_us(tmp_path: Path, opened: Open) -> None:
    names = b"../evil", b"/etc/evil", b"into/../../evil", b"a/b/c", b"~", b"$HOME", b"-rf"

    found = opened(zip_of(*(Part(name=name, content=name) for name in names)))

    assert [entry.source for entry in found.entries] == [tmp_path / "into" / f"{number}" for number in (3, 4, 5, 6)]
    assert {path.name for path in tmp_path.rglob("*")} == {"an artifact.zip", "into", "3", "4", "5", "6"}


def test_a_zip_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        open_zip(tmp_path / "x.zip", tmp_path)

    assert raised.value.message == f"`{tmp_path}/x.zip` cannot be read: No such file or directory"
    assert raised.value.hint == "check the path and its permissions"


def test_a_zip_that_may_not_be_read_is_told() -> None:
    with unprivileged() as home:
        (home / "x.zip").write_bytes(zip_of(Part()))
        (home / "x.zip").chmod(0)
        with pytest.raises(UsageError, match="cannot be read: Permission denied"):
            open_zip(home / "x.zip", home)


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: subprocess.run(["mkfifo", path], check=True)])
def test_what_is_no_file_is_told_without_a_wait(tmp_path: Path, make: Callable[[Path], object]) -> None:
    make(tmp_path / "x.zip")

    with pytest.raises(UsageError) as raised:
        open_zip(tmp_path / "x.zip", tmp_path)

    assert raised.value.message == f"`{tmp_path}/x.zip` is not a file"


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(zip_of(Part()))

    with pytest.raises(EnvironmentFailure) as raised:
        open_zip(tmp_path / "x.zip", tmp_path / "gone")

    assert raised.value.message == f"`{tmp_path}/gone` cannot be written: No such file or directory"
    assert raised.value.hint == "make room in the cache folder, or move it with LAMBDABUILD_CACHE_DIR"


def test_a_full_disk_is_not_a_fault_of_the_zip(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(zip_of(Part(content=b"x" * 100_000)))
    script = (
        "import resource, sys; from pathlib import Path; from lambdabuild.io.archive import open_zip\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "open_zip(Path(sys.argv[1], 'x.zip'), Path(sys.argv[1]))"
    )

    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert f"EnvironmentFailure: `{tmp_path}` cannot be written: File too large" in done.stderr


def test_many_faults_are_told_in_few() -> None:
    faults = Faults()
    for number in range(1000):
        faults.add(FaultKind.BAD_CRC, f"{number}", claimed="1", found="2")

    listed = faults.listed()

    assert [fault.entry for fault in listed] == [f"{number}" for number in range(10)]
    assert [fault.count for fault in listed] == [1] * 9 + [991]

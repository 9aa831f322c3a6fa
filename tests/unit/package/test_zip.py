"""The zip: equal bytes for equal entries, read alike by everyone, nothing in it that the disk decided."""

import hashlib
import os
import random
import shutil
import stat
import struct
import subprocess
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from lambdabuild.errors import EnvironmentFailure, ProjectError
from lambdabuild.model.artifact import Entry, Packed
from lambdabuild.package.refusals import SameNameError
from lambdabuild.package.zip import (
    GOLDEN,
    compress,
    golden_sample,
    refuse_long_archive,
    refuse_other_compressor,
    write_zip,
)
from tests.support.gates import require
from tests.support.golang import BY_HAND

LIST_IN_GO = """package main

import (
	"archive/zip"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
)

func main() {
	archive, err := zip.OpenReader(os.Args[1])
	if err != nil {
		panic(err)
	}
	for _, file := range archive.File {
		stream, err := file.Open()
		if err != nil {
			panic(err)
		}
		hash := sha256.New()
		if _, err := io.Copy(hash, stream); err != nil {
			panic(err)
		}
		fmt.Printf("%v %x %s\\n", file.Mode(), hash.Sum(nil), file.Name)
	}
}
"""

Contents = dict[str, tuple[int, bytes]]


def entries(folder: Path, contents: Contents) -> list[Entry]:
    """Files with names of no meaning, so that nothing but the entry can name them."""
    made = []
    for number, (name, (mode, content)) in enumerate(contents.items()):
        source = folder / f"{number}"
        source.write_bytes(content)
        made.append(Entry(name=name, mode=mode, source=source))
    return made


SOME: Contents = {
    "bootstrap": (0o755, b"\x7fELF" + b"text " * 1000),
    "config/prod.yaml": (0o644, b"a: 1\n"),
    "empty": (0o600, b""),
    "noise": (0o644, hashlib.sha256(b"").digest()),
    "b\u00fccher/\u8a9e.txt": (0o444, b"words " * 100),
}


@pytest.fixture
def packed(tmp_path: Path) -> Packed:
    return write_zip(entries(tmp_path, SOME), tmp_path / "out" / "x.zip")


def test_python_reads_it(packed: Packed) -> None:
    with zipfile.ZipFile(packed.path) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == sorted(SOME, key=str.encode)
        assert {info.filename: archive.read(info) for info in archive.infolist()} == {
            name: content for name, (_, content) in SOME.items()
        }


def test_what_is_packed_is_measured(packed: Packed) -> None:
    data = packed.path.read_bytes()

    assert packed.sha256 == hashlib.sha256(data).hexdigest()
    assert packed.zipped == len(data)
    assert packed.unzipped == sum(len(content) for _, content in SOME.values())
    assert stat.S_IMODE(packed.path.stat().st_mode) == 0o644


def test_headers_say_nothing_but_the_entry(packed: Packed) -> None:
    with zipfile.ZipFile(packed.path) as archive:
        infos = archive.infolist()

    assert {info.date_time for info in infos} == {(1980, 1, 1, 0, 0, 0)}
    assert {info.extra for info in infos} == {b""}
    assert {info.comment for info in infos} == {b""}
    assert {info.create_system for info in infos} == {3}
    assert {info.filename: info.external_attr >> 16 for info in infos} == {
        name: stat.S_IFREG | mode for name, (mode, _) in SOME.items()
    }
    assert {info.filename: info.flag_bits for info in infos} == {name: 0 if name.isascii() else 0x800 for name in SOME}


def test_what_does_not_shrink_is_stored(packed: Packed) -> None:
    with zipfile.ZipFile(packed.path) as archive:
        methods = {info.filename: (info.compress_type, info.extract_version) for info in archive.infolist()}

    assert methods == {
        "bootstrap": (zipfile.ZIP_DEFLATED, 20),
        "config/prod.yaml": (zipfile.ZIP_STORED, 10),
        "empty": (zipfile.ZIP_STORED, 10),
        "noise": (zipfile.ZIP_STORED, 10),
        "b\u00fccher/\u8a9e.txt": (zipfile.ZIP_DEFLATED, 20),
    }


def test_local_headers_agree_with_the_central_ones(packed: Packed) -> None:
    """Readers that stream never see the central directory."""
    data = packed.path.read_bytes()
    with zipfile.ZipFile(packed.path) as archive:
        for info in archive.infolist():
            fields = struct.unpack_from("<4s5H3I2H", data, info.header_offset)
            name = info.filename.encode()
            assert fields == (
                b"PK\x03\x04",
                info.extract_version,
                info.flag_bits,
                info.compress_type,
                0,
                33,
                info.CRC,
                info.compress_size,
                info.file_size,
                len(name),
                0,
            )
            assert data[info.header_offset + 30 :].startswith(name)


def test_the_bytes_of_a_zip_never_change(tmp_path: Path) -> None:
    """A golden zip: refresh it with the digest that a failure shows, and know that every user's zips change."""
    packed = write_zip(entries(tmp_path, SOME), tmp_path / "x.zip")

    assert packed.sha256 == "742ec8015fee43b2dde8ef7aa4d265822df1f8f5ecb8b730c9077bad5d05bbf6"


def test_the_content_digest_can_be_made_by_hand(packed: Packed) -> None:
    lines = ["lambdabuild content 1\n"]
    for name, (mode, content) in sorted(SOME.items(), key=lambda item: item[0].encode()):
        lines.append(f"{mode:04o} {hashlib.sha256(content).hexdigest()} {name}\n")

    assert packed.content == hashlib.sha256("".join(lines).encode()).hexdigest()


@pytest.mark.parametrize(
    "change",
    [
        {"empty": (0o644, b"")},
        {"empty": (0o600, b"x")},
        {"other": (0o600, b"")},
    ],
)
def test_the_content_digest_sees_name_mode_and_bytes(packed: Packed, tmp_path: Path, change: Contents) -> None:
    rest = {name: each for name, each in SOME.items() if name != "empty"}

    other = write_zip(entries(tmp_path, {**rest, **change}), tmp_path / "other.zip")

    assert other.content != packed.content
    assert other.sha256 != packed.sha256


def test_order_clock_umask_and_modes_on_disk_change_nothing(packed: Packed, tmp_path: Path) -> None:
    shuffled = list(SOME.items())
    random.Random(1).shuffle(shuffled)
    folder = tmp_path / "again"
    folder.mkdir()
    again = entries(folder, dict(shuffled))
    for number, entry in enumerate(again):
        os.utime(entry.source, (number, number * 10**9))
        entry.source.chmod(0o777 - number)
    umask = os.umask(0o077)
    try:
        other = write_zip(again, tmp_path / "other.zip")
    finally:
        os.umask(umask)

    assert other.path.read_bytes() == packed.path.read_bytes()
    assert stat.S_IMODE(other.path.stat().st_mode) == 0o644


_PART = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="/\\"), min_size=1, max_size=8
).filter(lambda part: part not in (".", ".."))
_CONTENT = st.one_of(
    st.binary(max_size=300),
    st.binary(min_size=1, max_size=20).map(lambda piece: piece * 500),
)
_CONTENTS = st.dictionaries(
    st.integers(0, 9).flatmap(lambda n: st.lists(_PART, min_size=1, max_size=3).map(lambda p: f"{n}{'/'.join(p)}")),
    st.tuples(st.sampled_from([0o644, 0o755, 0o600, 0o444]), _CONTENT),
    max_size=6,
)


@given(contents=_CONTENTS, seed=st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_any_entries_come_back_and_come_out_alike(contents: Contents, seed: random.Random) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            first = write_zip(entries(folder, contents), folder / "first.zip")
        except SameNameError:
            reject()
        shuffled = list(contents.items())
        seed.shuffle(shuffled)
        second = write_zip(entries(folder, dict(shuffled)), folder / "second.zip")

        assert first.path.read_bytes() == second.path.read_bytes()
        assert first.content == second.content
        with zipfile.ZipFile(first.path) as archive:
            assert archive.namelist() == sorted(contents, key=str.encode)
            for info in archive.infolist():
                mode, content = contents[info.filename]
                assert archive.read(info) == content
                assert info.external_attr >> 16 == stat.S_IFREG | mode


@given(st.binary(max_size=5000))
@settings(max_examples=50)
def test_what_is_compressed_is_raw_deflate(content: bytes) -> None:
    assert zlib.decompress(compress(content), wbits=-15) == content


def test_a_zip_of_nothing_is_a_zip(tmp_path: Path) -> None:
    packed = write_zip([], tmp_path / "x.zip")

    assert zipfile.ZipFile(packed.path).namelist() == []
    assert (packed.zipped, packed.unzipped) == (22, 0)


def run(*argv: str | Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env={**os.environ, **(env or {})})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_unzip_finds_no_fault(packed: Packed) -> None:
    assert "No errors detected in compressed data" in run(require("unzip"), "-t", packed.path)


def test_zipinfo_shows_unix_modes_and_no_clock(packed: Packed) -> None:
    lines = run(require("zipinfo"), packed.path).splitlines()

    (bootstrap,) = [line.split() for line in lines if line.endswith(" bootstrap")]
    assert bootstrap[:5] == ["-rwxr-xr-x", "2.0", "unx", "5004", "b-"]
    assert bootstrap[5:] == ["defN", "80-Jan-01", "00:00", "bootstrap"]


def test_permissions_survive_unzip(packed: Packed, tmp_path: Path) -> None:
    folder = tmp_path / "unzipped"
    umask = os.umask(0o022)
    try:
        run(require("unzip"), "-q", packed.path, "-d", folder, env={"LC_ALL": "C.UTF-8"})
    finally:
        os.umask(umask)

    for name, (mode, content) in SOME.items():
        assert stat.S_IMODE((folder / name).stat().st_mode) == mode
        assert (folder / name).read_bytes() == content


@pytest.fixture
def lister(tmp_path: Path) -> Iterator[Path]:
    source = tmp_path / "list" / "main.go"
    source.parent.mkdir()
    source.write_text(LIST_IN_GO)
    yield source
    shutil.rmtree(source.parent)


def test_go_reads_it(packed: Packed, lister: Path) -> None:
    """The Lambda service and most of its tools are not in Python."""
    listed = run(require("go"), "run", lister, packed.path, env=dict(BY_HAND))

    assert listed.splitlines() == [
        f"{stat.filemode(stat.S_IFREG | mode)} {hashlib.sha256(content).hexdigest()} {name}"
        for name, (mode, content) in sorted(SOME.items(), key=lambda item: item[0].encode())
    ]


def test_nothing_is_written_where_a_file_cannot_be_read(tmp_path: Path) -> None:
    gone = Entry(name="config.yaml", mode=0o644, source=tmp_path / "gone")
    (tmp_path / "x.zip").write_text("as it was")

    with pytest.raises(EnvironmentFailure) as raised:
        write_zip([*entries(tmp_path, SOME), gone], tmp_path / "x.zip")

    assert raised.value.message == (
        f"`{tmp_path / 'gone'}`, which is `config.yaml` in the zip, cannot be read: No such file or directory"
    )
    assert raised.value.hint == "check that nothing else writes to the project while it is packaged"
    assert (tmp_path / "x.zip").read_text() == "as it was"


def test_two_entries_with_one_name_are_refused(tmp_path: Path) -> None:
    (one,) = entries(tmp_path, {"a": (0o644, b"")})

    with pytest.raises(ProjectError, match="`a` and `a` cannot lie in one zip: they have one name"):
        write_zip([one, one], tmp_path / "x.zip")

    assert not (tmp_path / "x.zip").exists()


def test_a_file_of_4_gib_is_refused_unread(tmp_path: Path) -> None:
    (entry,) = entries(tmp_path, {"big": (0o644, b"")})
    os.truncate(entry.source, 0xFFFFFFFF)

    with pytest.raises(ProjectError) as raised:
        write_zip([entry], tmp_path / "x.zip")

    assert raised.value.message == (
        "`big` has 4294967295 bytes: the zip format ends at 65534 entries and at 4 GiB, Lambda at 250 MB unzipped"
    )
    assert raised.value.hint == "include less, or deploy a container image"


def test_more_entries_than_16_bits_count_are_refused(tmp_path: Path) -> None:
    many = [Entry(name=f"{number}", mode=0o644, source=tmp_path / "x") for number in range(0xFFFF)]

    with pytest.raises(ProjectError, match="65535 entries: the zip format ends at 65534 entries"):
        write_zip(many, tmp_path / "x.zip")


def test_an_archive_of_4_gib_is_refused() -> None:
    refuse_long_archive(0xFFFFFFFE)
    with pytest.raises(ProjectError, match="a zip of 4294967295 bytes: the zip format ends at"):
        refuse_long_archive(0xFFFFFFFF)


def test_another_compressor_is_found_out() -> None:
    assert hashlib.sha256(compress(golden_sample())).hexdigest() == GOLDEN

    with pytest.raises(EnvironmentFailure) as raised:
        refuse_other_compressor(lambda content: zlib.compress(content, wbits=-15))

    assert raised.value.message.startswith("the installed `deflate` 0.")
    assert raised.value.message.endswith(" compresses to other bytes than lambdabuild promises")
    assert raised.value.hint is not None
    assert "--only-binary deflate" in raised.value.hint

"""A zip as entries again: names are data, sizes have a bound, and what is no zip is told."""

import hashlib
import stat
import zipfile
from pathlib import Path

import pytest

from lambdabuild.errors import UsageError
from lambdabuild.model.artifact import Entry
from lambdabuild.package import unpack
from lambdabuild.package.unpack import MOST_UNZIPPED
from lambdabuild.package.zip import write_zip


@pytest.fixture
def into(tmp_path: Path) -> Path:
    (tmp_path / "into").mkdir()
    return tmp_path / "into"


def refusal(archive: Path, into: Path) -> UsageError:
    with pytest.raises(UsageError) as caught:
        unpack(archive, into)
    assert caught.value.exit_code == 2
    return caught.value


def test_what_was_packed_comes_out(tmp_path: Path, into: Path) -> None:
    (tmp_path / "source").write_bytes(b"x" * 1000)
    made = write_zip(
        [
            Entry(name=name, mode=mode, source=tmp_path / "source")
            for name, mode in (("bootstrap", 0o755), ("a/b", 0o644))
        ],
        tmp_path / "a.zip",
    )

    packed, entries = unpack(tmp_path / "a.zip", into)

    assert (packed.sha256, packed.zipped, packed.unzipped) == (made.sha256, made.zipped, made.unzipped)
    assert [(one.name, one.mode, one.source.read_bytes()) for one in entries] == [
        ("a/b", 0o644, b"x" * 1000),
        ("bootstrap", 0o755, b"x" * 1000),
    ]


@pytest.mark.parametrize("name", ["../../evil", "/etc/evil", "a/../../evil", "into/../../evil", "C:\\evil", "."])
def test_names_are_never_paths(tmp_path: Path, into: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as bundle:
        bundle.writestr(name, "evil")

    _, (entry,) = unpack(tmp_path / "a.zip", into)

    assert entry.name == name
    assert entry.source == into / "0"
    assert {path.name for path in tmp_path.rglob("*")} == {"a.zip", "into", "0"}


def test_two_entries_of_one_name_are_both_there(tmp_path: Path, into: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(tmp_path / "a.zip", "w") as bundle:
        bundle.writestr("bootstrap", "one")
        bundle.writestr("bootstrap", "two")

    _, entries = unpack(tmp_path / "a.zip", into)

    assert [one.source.read_text() for one in entries] == ["one", "two"]


def test_folders_are_left_out(tmp_path: Path, into: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as bundle:
        bundle.mkdir("folder")
        bundle.writestr("folder/file", "x")

    assert [one.name for one in unpack(tmp_path / "a.zip", into)[1]] == ["folder/file"]


def test_bits_beyond_permissions_do_not_count(tmp_path: Path, into: Path) -> None:
    info = zipfile.ZipInfo("bootstrap")
    info.external_attr = (stat.S_IFREG | stat.S_ISUID | 0o755) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as bundle:
        bundle.writestr(info, "x")

    assert unpack(tmp_path / "a.zip", into)[1][0].mode == 0o755


def test_a_zip_that_unpacks_to_too_much_is_not_unpacked(tmp_path: Path, into: Path) -> None:
    archive = tmp_path / "bomb.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bundle:
        bundle.writestr("small", b"x")
    announce(archive, MOST_UNZIPPED + 1)

    error = refusal(archive, into)

    assert error.message == f"`{archive}` unpacks to {MOST_UNZIPPED + 1} bytes"
    assert error.hint == "AWS Lambda takes 250 MB: look at what is in it"
    assert list(into.iterdir()) == []


def test_a_zip_that_lies_about_its_size_is_told(tmp_path: Path, into: Path) -> None:
    archive = tmp_path / "liar.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("zeros", bytes(1 << 20))
    announce(archive, 1)

    assert refusal(archive, into).message.startswith(f"`{archive}` is not a zip that can be read: Bad CRC-32")


def announce(archive: Path, size: int) -> None:
    """Let the one entry's central header say another size (APPNOTE.TXT 4.3.12, offset 24)."""
    content = bytearray(archive.read_bytes())
    header = content.rindex(b"PK\x01\x02")
    content[header + 24 : header + 28] = size.to_bytes(4, "little")
    archive.write_bytes(content)


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x05\x06" + bytes(10), b"PK\x03\x04" + bytes(100)])
def test_what_is_no_zip_is_told(tmp_path: Path, into: Path, content: bytes) -> None:
    archive = tmp_path / "a.zip"
    archive.write_bytes(content)

    error = refusal(archive, into)

    assert error.message.startswith(f"`{archive}` is not a zip that can be read: ")
    assert error.hint == "build it again"


@pytest.mark.parametrize("position", [0.2, 0.5])
def test_a_zip_with_a_flipped_byte_is_told(tmp_path: Path, into: Path, position: float) -> None:
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("bootstrap", b"".join(hashlib.sha256(bytes([n])).digest() for n in range(50)))
    content = bytearray(archive.read_bytes())
    content[int(len(content) * position)] ^= 0xFF
    archive.write_bytes(content)

    assert refusal(archive, into).message.startswith(f"`{archive}` is not a zip that can be read: ")


def test_an_encrypted_zip_is_told(tmp_path: Path, into: Path) -> None:
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as bundle:
        bundle.writestr("bootstrap", b"x")
    content = bytearray(archive.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1
    archive.write_bytes(content)

    assert "is encrypted" in refusal(archive, into).message


def test_a_zip_that_is_not_there_is_told(tmp_path: Path, into: Path) -> None:
    error = refusal(tmp_path / "a.zip", into)

    assert error.message == f"`{tmp_path}/a.zip` cannot be read: No such file or directory"
    assert error.hint == "run `lambdabuild build`"

"""The header of an RPM package: what rpm says of the same one, and words for one that cannot be read."""

import struct

import pytest

from lambdabuild.image.packages.damage import DamagedDatabaseError
from lambdabuild.image.packages.rpm import LONGEST, packages_of
from tests.support import rpms

NAME, VERSION, RELEASE, EPOCH, ARCH = 1000, 1001, 1002, 1003, 1022
INT32, STRING = 4, 6
Entry = tuple[int, int, bytes]

WHOLE: tuple[Entry, ...] = (
    (NAME, STRING, b"zlib\0"),
    (VERSION, STRING, b"1.2.11\0"),
    (RELEASE, STRING, b"33.amzn2023\0"),
    (ARCH, STRING, b"x86_64\0"),
)


def header(*entries: Entry, count: int = 1) -> bytes:
    """An index and its values, one after the other: none of these needs to be aligned."""
    index = data = b""
    for tag, kind, value in entries:
        index += struct.pack(">IIII", tag, kind, len(data), count)
        data += value
    return struct.pack(">II", len(entries), len(data)) + index + data


def told(*entries: Entry) -> list[tuple[str, str]]:
    return list(packages_of([header(*entries)]))


def refusal(content: bytes) -> str:
    with pytest.raises(DamagedDatabaseError) as caught:
        list(packages_of([content]))
    return str(caught.value)


def test_each_package_is_what_rpm_says_it_is() -> None:
    found = packages_of(rpms.headers(rpms.database()))

    assert sorted(map(" ".join, found)) == rpms.installed(rpms.database())


def test_an_epoch_of_zero_is_one() -> None:
    assert told(*WHOLE, (EPOCH, INT32, bytes(4))) == [("zlib", "0:1.2.11-33.amzn2023.x86_64")]
    assert told(*WHOLE) == [("zlib", "1.2.11-33.amzn2023.x86_64")]


def test_a_package_may_have_no_architecture() -> None:
    assert told(*WHOLE[:3]) == [("zlib", "1.2.11-33.amzn2023")]


def test_keys_are_no_packages() -> None:
    assert told((NAME, STRING, b"gpg-pubkey\0"), *WHOLE[1:3]) == []


def test_a_value_that_was_added_later_counts() -> None:
    assert told(*WHOLE, (VERSION, STRING, b"2.0\0")) == [("zlib", "2.0-33.amzn2023.x86_64")]


def test_a_name_cannot_move_the_cursor() -> None:
    assert told((NAME, STRING, b"z\x1b[2J\xff\0"), *WHOLE[1:]) == [("z\\x1b[2J\\udcff", "1.2.11-33.amzn2023.x86_64")]


def test_a_header_that_is_none_is_told() -> None:
    assert refusal(b"") == refusal(b"1234567") == "has a package without a header"


@pytest.mark.parametrize(
    "content",
    [
        header(*WHOLE) + b"\0",
        header(*WHOLE)[:-1],
        struct.pack(">II", 0xFFFFFFFF, 0xFFFFFFFF) + bytes(64),
        struct.pack(">II", 1, 0),
    ],
    ids=["longer", "shorter", "huge", "no index"],
)
def test_a_header_of_another_length_is_told(content: bytes) -> None:
    assert refusal(content) == "has a package whose header is not as long as it says"


@pytest.mark.parametrize(
    "entry",
    [
        (RELEASE, STRING, b"no end"),
        (RELEASE, STRING, b"a" * LONGEST + b"\0"),
        (RELEASE, 7, b"binary\0"),
        (EPOCH, INT32, b"\0\0\0"),
    ],
    ids=["unended", "too long", "another type", "outside"],
)
def test_a_value_that_cannot_be_read_is_told(entry: Entry) -> None:
    assert refusal(header(*WHOLE[:2], entry)) == "has a package with a value that cannot be read"


def test_an_offset_beyond_the_header_is_told() -> None:
    content = header(*WHOLE).replace(
        struct.pack(">IIII", VERSION, STRING, 5, 1), struct.pack(">IIII", VERSION, STRING, 0xFFFFFFFF, 1)
    )

    assert refusal(content) == "has a package with a value that cannot be read"


@pytest.mark.parametrize("absent", [NAME, VERSION, RELEASE])
def test_a_package_without_what_makes_it_one_is_told(absent: int) -> None:
    content = header(*(entry for entry in WHOLE if entry[0] != absent))

    assert refusal(content) == "has a package without a name, a version or a release"


def test_a_name_of_several_strings_is_none() -> None:
    assert refusal(header(*WHOLE, count=2)) == "has a package without a name, a version or a release"

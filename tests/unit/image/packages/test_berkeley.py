"""Hash files of Berkeley DB: those that its own tool makes and rpm reads, and words for what is damaged."""

import struct
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

from lambdabuild.image.packages.berkeley import values
from lambdabuild.image.packages.damage import DamagedDatabaseError
from tests.support import rpms

PAGE, HEAD = 512, 26
NONE, OVERFLOW, HASH = 0, 7, 13
VALUES = [b"little", b"L" * 1500, b"more"]
"""One of them lies on pages of its own."""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return rpms.berkeley(tmp_path_factory.mktemp("small") / "Packages", VALUES, page=PAGE)


@cache
def headers() -> Sequence[bytes]:
    return rpms.headers(rpms.database())


def changed(content: bytes, at: int, form: str, *numbers: int) -> bytes:
    new = bytearray(content)
    struct.pack_into(f"<{form}", new, at, *numbers)
    return bytes(new)


def pages_of(content: bytes, kind: int) -> list[int]:
    """Where pages of a kind begin."""
    return [at for at in range(PAGE, len(content), PAGE) if content[at + 25] == kind]


def refusal(content: bytes) -> str:
    with pytest.raises(DamagedDatabaseError) as caught:
        list(values(content))
    return str(caught.value)


@pytest.mark.parametrize("page", [512, 4096, 65536])
@pytest.mark.parametrize("order", ["little", "big"])
def test_every_value_comes_out_as_it_went_in(order: str, page: int, tmp_path: Path) -> None:
    """So many that buckets were split, and such that fill many pages."""
    content = rpms.berkeley(tmp_path / "Packages", headers(), order=order, page=page)

    assert sorted(values(content)) == sorted(headers())


def test_rpm_finds_the_same_packages(tmp_path: Path) -> None:
    rpms.berkeley(tmp_path / "Packages", headers())

    assert rpms.installed(tmp_path, backend="bdb_ro") == rpms.installed(rpms.database())


def test_chains_of_a_bucket_are_followed(tmp_path: Path) -> None:
    """A hundred values to a bucket, which has room for fewer."""
    content = rpms.berkeley(tmp_path / "Packages", headers(), page=PAGE, more="h_ffactor=100")

    assert any(struct.unpack_from("<I", content, at + 16) != (0,) for at in pages_of(content, HASH))
    assert sorted(values(content)) == sorted(headers())


def test_buckets_that_were_never_used_are_empty(tmp_path: Path) -> None:
    """Where a size was asked for, they are there from the start, as zeros."""
    content = rpms.berkeley(tmp_path / "Packages", VALUES, page=PAGE, more="h_ffactor=8\nh_nelem=1000")

    assert len(content) > 20 * PAGE
    assert pages_of(content, NONE)
    assert sorted(values(content)) == sorted(VALUES)


def test_an_empty_one_has_none(tmp_path: Path) -> None:
    assert list(values(rpms.berkeley(tmp_path / "Packages", []))) == []


def test_pages_of_before_4_6_are_read(small: bytes) -> None:
    """They are of another kind and not sorted; what they hold is written alike."""
    old = changed(small, 16, "I", 8)
    for at in pages_of(small, HASH):
        old = changed(old, at + 25, "B", 2)

    assert sorted(values(old)) == sorted(VALUES)


def test_what_is_no_hash_file_is_told(tmp_path: Path) -> None:
    tree = rpms.berkeley(tmp_path / "tree", VALUES, kind="btree")

    for content in (b"", b"no database", bytes(4096), tree):
        assert refusal(content) == "is no hash file of Berkeley DB"


@pytest.mark.parametrize(
    ("at", "value"), [(16, 10), (24, 1), (25, 9), (26, 1)], ids=["version", "encrypted", "kind", "checksums"]
)
def test_a_file_of_other_features_is_told(small: bytes, at: int, value: int) -> None:
    assert refusal(changed(small, at, "B", value)) == "is a file of Berkeley DB that rpm does not make"


def test_a_file_that_is_cut_off_is_told(small: bytes) -> None:
    assert refusal(small[:-1]) == "is not made of whole pages"
    assert refusal(changed(small, 20, "I", 0)) == "is not made of whole pages"
    assert refusal(changed(small, 20, "I", 1000)) == "is not made of whole pages"
    assert refusal(small[:PAGE]) == "has more buckets than pages"
    assert refusal(small[:-PAGE]) == "has a page that is not there, or is there twice"


def test_buckets_without_pages_are_told(small: bytes) -> None:
    assert refusal(changed(small, 72, "I", 0xFFFFFFFF)) == "has more buckets than pages"


def test_a_bucket_outside_the_file_is_told(small: bytes) -> None:
    assert refusal(changed(small, 96, "I", 0x7FFFFFFF)) == "has a page that is not there, or is there twice"


@pytest.mark.parametrize("kind", [OVERFLOW, HASH])
def test_pages_in_a_circle_are_told(small: bytes, kind: int) -> None:
    at = pages_of(small, kind)[-1]

    for next_page in (at // PAGE, 0xFFFFFFFF):
        content = changed(small, at + 16, "I", next_page)
        assert refusal(content) == "has a page that is not there, or is there twice"


def test_a_page_of_another_kind_is_told(small: bytes) -> None:
    for kind in (OVERFLOW, HASH):
        content = changed(small, pages_of(small, kind)[0] + 25, "B", 5)
        assert refusal(content) == "has a page of another kind than it should be"


def test_a_page_with_too_many_items_is_told(small: bytes) -> None:
    at = first_filled(small)

    for count in (3, 0xFFFE):
        content = changed(small, at + 20, "H", count)
        assert refusal(content) == "has a page with more items than it has room for"


def test_an_item_outside_its_page_is_told(small: bytes) -> None:
    at = first_filled(small)

    for start in (0, HEAD, PAGE, 0xFFFF):
        assert refusal(changed(small, at + HEAD, "H", start)) == "has an item that is not inside its page"


def test_an_item_of_another_length_is_told(small: bytes) -> None:
    last = pages_of(small, OVERFLOW)[-1]

    for length in (0, 1, 0xFFFF):
        assert refusal(changed(small, last + 22, "H", length)) == "has an item that is not as long as it says"


def test_several_values_of_one_key_are_told(tmp_path: Path) -> None:
    """There is one of each in what rpm makes."""
    records = [(1, b"one"), (1, b"other")]
    content = rpms.load(tmp_path / "Packages", records, kind="hash", order="little", page=PAGE, more="duplicates=1")

    assert refusal(content) == "has an item of a kind that rpm does not make"


def first_filled(content: bytes) -> int:
    return next(at for at in pages_of(content, HASH) if struct.unpack_from("<H", content, at + 20) != (0,))

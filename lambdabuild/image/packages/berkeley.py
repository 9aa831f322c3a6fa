"""Values of a Berkeley DB hash file, as rpm wrote its `Packages` up to rpm 4.15: of Amazon Linux 2, of CentOS 7.

Source: src/dbinc/db_page.h of Berkeley DB 4.8 and 5.3 (DBMETA33, HMETA33, PAGE, HKEYDATA, HOFFPAGE), src/dbinc/hash.h
(BS_TO_PAGE: which page a bucket begins at). The file is in the byte order of the machine that made it. An honest file
has each page in one place only, and so no page is read twice, whatever is said to come next.
"""

import struct
from collections.abc import Iterator
from typing import Final

from lambdabuild.image.packages.damage import DamagedDatabaseError

_MAGIC: Final = 0x061561
_VERSIONS = (8, 9)
"""Of Berkeley DB before 4.6, whose pages are not sorted, and from 4.6 to 5.3."""

_SMALLEST, _LARGEST = 512, 64 * 1024
_HEAD = 26
_NONE, _UNSORTED, _OVERFLOW, _META, _SORTED = 0, 2, 7, 8, 13
_BUCKET_KINDS = (_NONE, _UNSORTED, _SORTED)
"""A bucket that nothing was ever put into may be a page of zeros."""

_HERE, _ELSEWHERE = 1, 3
_COUNTER = bytes(4)
"""The key of rpm's own record: the last number that it gave to a package."""


def values(content: bytes) -> Iterator[bytes]:
    """The value of every package, in the file's order; a DamagedDatabaseError where the file is not what it should be.

    It takes time and memory in proportion to the file.
    """
    yield from _File(content).values()


class _File:
    def __init__(self, content: bytes) -> None:
        self._content = content
        self._unread = set[int]()
        for self._order in "<>":
            if len(content) >= _SMALLEST and self._numbers("I", 12) == (_MAGIC,):
                break
        else:
            raise DamagedDatabaseError("is no hash file of Berkeley DB")
        version, self._size = self._numbers("II", 16)
        encryption, kind, flags = self._numbers("BBB", 24)
        if version not in _VERSIONS or kind != _META or encryption or flags:
            raise DamagedDatabaseError("is a file of Berkeley DB that rpm does not make")
        if not _SMALLEST <= self._size <= _LARGEST or self._size & (self._size - 1) or len(content) % self._size:
            raise DamagedDatabaseError("is not made of whole pages")
        self._unread.update(range(1, len(content) // self._size))

    def values(self) -> Iterator[bytes]:
        (most,) = self._numbers("I", 72)
        spares = self._numbers("32I", 96)
        if most > len(self._unread):
            raise DamagedDatabaseError("has more buckets than pages")
        for bucket in range(most + 1):
            number = bucket + spares[bucket.bit_length()]
            while number:
                page = self._page(number, _BUCKET_KINDS)
                yield from self._of_page(page)
                (number,) = self._numbers("I", page + 16)

    def _of_page(self, page: int) -> Iterator[bytes]:
        """Items grow down from the page's end: keys and values by turns, each up to where the one before begins."""
        (count,) = self._numbers("H", page + 20)
        if _HEAD + 2 * count > self._size or count % 2:
            raise DamagedDatabaseError("has a page with more items than it has room for")
        starts = self._numbers(f"{count}H", page + _HEAD)
        end = self._size
        items = []
        for start in starts:
            if not _HEAD + 2 * count <= start < end:
                raise DamagedDatabaseError("has an item that is not inside its page")
            items.append((page + start, page + end))
            end = start
        for key, value in zip(items[::2], items[1::2], strict=True):
            if self._item(*key) != _COUNTER:
                yield self._item(*value)

    def _item(self, start: int, end: int) -> bytes:
        kind = self._content[start]
        if kind == _HERE:
            return self._content[start + 1 : end]
        if kind != _ELSEWHERE or end - start < 12:
            raise DamagedDatabaseError("has an item of a kind that rpm does not make")
        return self._elsewhere(*self._numbers("II", start + 4))

    def _elsewhere(self, number: int, size: int) -> bytes:
        """An item that lies on pages of its own, each of which says how many bytes of it it has."""
        pieces = []
        while number:
            page = self._page(number, (_OVERFLOW,))
            number, _, length = self._numbers("IHH", page + 16)
            pieces.append(self._content[page + _HEAD : page + self._size][:length])
        item = b"".join(pieces)
        if len(item) != size:
            raise DamagedDatabaseError("has an item that is not as long as it says")
        return item

    def _page(self, number: int, kinds: tuple[int, ...]) -> int:
        """Where a page begins that was not read before, and is of one of these kinds."""
        if number not in self._unread:
            raise DamagedDatabaseError("has a page that is not there, or is there twice")
        self._unread.remove(number)
        start = number * self._size
        if self._content[start + 25] not in kinds:
            raise DamagedDatabaseError("has a page of another kind than it should be")
        return start

    def _numbers(self, form: str, at: int) -> tuple[int, ...]:
        return struct.unpack_from(f"{self._order}{form}", self._content, at)

"""The bytes of an ELF file, by offset and by address, and the names in it."""

import mmap
from collections.abc import Sequence

from lambdabuild.model.elf import Segment

Content = bytes | mmap.mmap
"""A whole file; mapped, only the pages that are looked at are read."""


class DamageError(Exception):
    """Ends the reading of one file. Its text goes on after "it is a damaged ELF file"."""


def bytes_at(content: Content, segments: Sequence[Segment], address: int, size: int) -> bytes | None:
    """What stands at an address; None where no segment has all of it."""
    for segment in reversed(segments):
        start = address - segment.address
        if start >= 0 and size >= 0 and start + size <= segment.size:
            return content[segment.offset + start : segment.offset + start + size]
    return None


def region_from(segments: Sequence[Segment], address: int) -> range | None:
    """Where in the file an address is, and where its segment ends there; None where no segment has it.

    Of segments that overlap the last counts: it is mapped over the others (elf/dl-map-segments.h).
    """
    for segment in reversed(segments):
        start = address - segment.address
        if 0 <= start < segment.size:
            return range(segment.offset + start, segment.offset + segment.size)
    return None


class Names:
    """A string table: from where it begins to where its segment ends, since the loader looks at no size.

    All names that are read of it together are no longer than `most`, so that a few bytes do not become gigabytes.
    """

    def __init__(self, content: Content, table: range, *, most: int) -> None:
        self._content = content
        self._start = table.start
        self._stop = table.stop
        self._left = most

    def at(self, offset: int) -> str:
        """A name; DamageError where it has no end."""
        name = self.find(offset)
        if name is None:
            raise DamageError("one of its names has no end")
        return name

    def find(self, offset: int) -> str | None:
        """A name; None where it has no end. DamageError where all together have more than can be."""
        start = self._start + offset
        if start >= self._stop:
            return None
        end = self._content.find(b"\0", start, self._stop)
        self._left -= (self._stop if end < 0 else end) - start
        if self._left < 0:
            raise DamageError("its names have no end")
        return None if end < 0 else text(self._content[start:end])


def text(name: bytes) -> str:
    """A name as text; what is not UTF-8 is shown."""
    try:
        return name.decode()
    except UnicodeDecodeError:
        return name.decode("utf-8", "backslashreplace")

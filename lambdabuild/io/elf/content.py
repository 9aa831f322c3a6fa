"""The bytes of an ELF file, by offset and by address."""

import mmap

from lambdabuild.model.elf import Segment

Content = bytes | mmap.mmap
"""A whole file; mapped, only the pages that are looked at are read."""


class DamageError(Exception):
    """Ends the reading of one file. Its text goes on after "it is a damaged ELF file"."""


def bytes_at(content: Content, segments: tuple[Segment, ...], address: int, size: int) -> bytes | None:
    """What stands at an address; None where no segment has all of it."""
    for segment in segments:
        start = address - segment.address
        if start >= 0 and size >= 0 and start + size <= segment.size:
            return content[segment.offset + start : segment.offset + start + size]
    return None


def region_from(segments: tuple[Segment, ...], address: int) -> range | None:
    """Where in the file an address is, and where its segment ends there; None where no segment has it."""
    for segment in segments:
        start = address - segment.address
        if 0 <= start < segment.size:
            return range(segment.offset + start, segment.offset + segment.size)
    return None


def text_at(strings: bytes, offset: int) -> str:
    """A name in a string table; DamageError where it has no end."""
    end = strings.find(b"\0", offset)
    if end < 0:
        raise DamageError("the name of a library has no end")
    return text(strings[offset:end])


def text(name: bytes) -> str:
    """A name as text; what is not UTF-8 is shown."""
    return name.decode("utf-8", "backslashreplace")

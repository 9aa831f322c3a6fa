"""A tar as entries of a forward-only stream: ustar, pax, GNU's long names and links, GNU's and pax's sparse files."""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from lambdabuild.image.content import Content, SparseContent
from lambdabuild.image.header import (
    BLOCK,
    Header,
    HeaderError,
    parse_decimal,
    parse_header,
    parse_records,
)
from lambdabuild.image.sparse import gnu_map, parse_regions, pax_map
from lambdabuild.image.stream import Stream

SPECIAL_LIMIT: Final = 1024 * 1024
"""Bytes of a pax header or a long name, as Go's archive/tar has it."""


class Kind(Enum):
    """What an entry makes. `OTHER`: a device or a pipe."""

    FILE = "file"
    FOLDER = "folder"
    SYMLINK = "symlink"
    HARDLINK = "hardlink"
    OTHER = "other"


_KINDS = {
    b"\0": Kind.FILE,
    b"0": Kind.FILE,
    b"7": Kind.FILE,
    b"S": Kind.FILE,
    b"1": Kind.HARDLINK,
    b"2": Kind.SYMLINK,
    b"3": Kind.OTHER,
    b"4": Kind.OTHER,
    b"5": Kind.FOLDER,
    b"6": Kind.OTHER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry. Bytes of a name that are not UTF-8 are surrogates in it, as Python's own file functions have them.

    `content` can be read until the next entry is asked for, and need not be.
    """

    name: str
    kind: Kind
    mode: int
    target: str
    content: Content


@dataclass(slots=True)
class _Extension:
    """What special headers said of the entry that follows them."""

    records: dict[bytes, bytes] = field(default_factory=dict)
    name: bytes | None = None
    target: bytes | None = None


def read_entries(stream: Stream, most: int) -> Iterator[Entry]:
    """Every entry, up to the end of the archive; what follows it stays in the stream.

    A tar that is damaged, or has over `most` headers, is an EnvironmentFailure. One that just ends is not: `umoci
    insert` writes neither the two blank blocks that should be there, nor the last file's padding.
    """
    try:
        yield from _entries(stream, most)
    except HeaderError as error:
        raise stream.damaged(str(error)) from error


def absolute(name: str) -> str:
    """A name in a tar as a path: from the root, where `..` goes up in the name itself, not through links."""
    return posixpath.normpath("/" + name.lstrip("/"))


def _entries(stream: Stream, most: int) -> Iterator[Entry]:
    extension = _Extension()
    for header in _headers(stream, most):
        if header.kind in b"xLKg":
            _extend(extension, header.kind, _special(stream, header.size))
            continue
        entry, end = _entry(stream, header, extension)
        yield entry
        entry.content.close()
        extension = _Extension()
        if stream.skip(end - stream.position):
            raise HeaderError("ends in the middle of a file")
        stream.skip(-end % BLOCK)
    if extension != _Extension():
        raise HeaderError("ends in the middle of a header")


def _headers(stream: Stream, most: int) -> Iterator[Header]:
    count = 0
    while block := _next_block(stream):
        count += 1
        if count > most:
            raise HeaderError(f"has more than {most} entries")
        yield parse_header(block)


def _next_block(stream: Stream) -> bytes:
    """The next header, or nothing at the end of the archive."""
    block = stream.read(BLOCK)
    if any(block):
        if len(block) < BLOCK:
            raise HeaderError("ends in the middle of a header")
        return block
    if any(stream.read(BLOCK)):
        raise HeaderError("goes on after a blank block")
    return b""


def _special(stream: Stream, size: int) -> bytes:
    """What follows a header that is not an entry's."""
    if size > SPECIAL_LIMIT:
        raise HeaderError(f"has a special header of {size} bytes")
    content = stream.read(size)
    if len(content) < size or stream.skip(-size % BLOCK):
        raise HeaderError("ends in the middle of a header")
    return content


def _extend(extension: _Extension, kind: bytes, content: bytes) -> None:
    """Global pax headers are left out, as engines do; of two others of one kind the last counts."""
    match kind:
        case b"x":
            extension.records = parse_records(content)
        case b"L":
            extension.name = content.partition(b"\0")[0]
        case b"K":
            extension.target = content.partition(b"\0")[0]


def _entry(stream: Stream, header: Header, extension: _Extension) -> tuple[Entry, int]:
    """The entry, and where in the stream it ends."""
    records = extension.records
    name = extension.name or records.get(b"path") or header.name
    target = extension.target or records.get(b"linkpath") or header.target
    kind = Kind.FOLDER if header.kind == b"\0" and name.endswith(b"/") else _KINDS.get(header.kind)
    if kind is None:
        raise HeaderError(f"has an entry of the unknown type {header.kind!a}")
    content, end = Content(stream, 0), stream.position
    if kind is Kind.FILE:
        size = records.get(b"size")
        content, end = _content(stream, header, records, parse_decimal(size) if size else header.size)
        name = records.get(b"GNU.sparse.name") or name
    if b"\0" in name or b"\0" in target:
        raise HeaderError("has a name with a zero byte")
    entry = Entry(name=_text(name), kind=kind, mode=header.mode, target=_text(target), content=content)
    return entry, end


def _content(stream: Stream, header: Header, records: Mapping[bytes, bytes], stored: int) -> tuple[Content, int]:
    """What can be read of a file, and where in the stream it ends."""
    sparse = gnu_map(header.block, stream) if header.kind == b"S" else None
    start = stream.position
    if records and sparse is None:
        sparse = pax_map(records, stream)
    end = start + stored
    if sparse is None:
        return Content(stream, stored), end
    size, numbers = sparse
    regions = parse_regions(numbers, size=size, stored=stored - (stream.position - start))
    return SparseContent(stream, size, regions), end


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")

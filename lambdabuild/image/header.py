"""One block of a tar that heads an entry, or extends the next one's head.

POSIX.1-2017, pax, "ustar Interchange Format" and "pax Extended Header"; the GNU tar manual, "Basic Tar Format". Where
readers differ, this one does as Go's archive/tar does, since container engines unpack with it: `prefix` belongs to
ustar alone, links and folders have no content whatever size they state.
"""

import re
from dataclasses import dataclass
from typing import Final

BLOCK: Final = 512

_CHECKSUM = slice(148, 156)
_BLANK = sum(b" " * 8)
_OCTAL = re.compile(rb"[ \0]*([0-7]*)[ \0]*(?:\0.*)?", re.DOTALL)
_RECORD = re.compile(rb"(\d{1,7}) ")
_LONGEST_NUMBER = 20


class HeaderError(ValueError):
    """Words that go on after the layer's name: `has ...`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What one block says. `kind` is its type flag; `size` counts the bytes stored after it, but of files alone."""

    name: bytes
    kind: bytes
    mode: int
    size: int
    target: bytes
    block: bytes


def is_header(block: bytes) -> bool:
    """Whether a tar may begin with this block: it is one's header, or the end of an empty one."""
    return len(block) == BLOCK and (not any(block) or _is_sum(block))


def parse_header(block: bytes) -> Header:
    """Read a whole block; a HeaderError where it is not a header."""
    if not _is_sum(block):
        raise HeaderError("has an entry whose checksum is wrong")
    name = _text(block[:100])
    if block[257:263] == b"ustar\0" and block[345]:
        name = _text(block[345:500]) + b"/" + name
    return Header(
        name=name,
        kind=block[156:157],
        mode=parse_number(block[100:108]) & 0o7777,
        size=parse_number(block[124:136]),
        target=_text(block[157:257]),
        block=block,
    )


def parse_number(field: bytes) -> int:
    """A number of a header: octal text, or base 256 where the first bit is set (GNU tar manual)."""
    if field[0] & 0x80:
        if field[0] & 0x40:
            raise HeaderError("has an entry with a negative number")
        return int.from_bytes(field, "big") & ((1 << (8 * len(field) - 1)) - 1)
    match = _OCTAL.fullmatch(field)
    if match is None:
        raise HeaderError("has an entry with a number that is none")
    return int(match[1] or b"0", 8)


def parse_records(content: bytes) -> dict[bytes, bytes]:
    """Records of a pax extended header. Those of GNU's sparse format 0.0, which repeat, are put into 0.1's one."""
    records: dict[bytes, bytes] = {}
    spots: list[bytes] = []
    at = 0
    while at < len(content):
        match = _RECORD.match(content, at)
        end = at + int(match[1]) if match else 0
        key, equals, value = content[match.end() : end - 1].partition(b"=") if match else (b"", b"", b"")
        if not equals or end > len(content) or content[end - 1 : end] != b"\n":
            raise HeaderError("has a pax header that is damaged")
        if key in (b"GNU.sparse.offset", b"GNU.sparse.numbytes"):
            spots.append(value)
        records[key] = value
        at = end
    if spots:
        records[b"GNU.sparse.map"] = b",".join(spots)
    return records


def parse_decimal(text: bytes) -> int:
    """A number of a pax record."""
    if not text.isdigit() or len(text) > _LONGEST_NUMBER:
        raise HeaderError("has a pax header with a number that is none")
    return int(text)


def _is_sum(block: bytes) -> bool:
    """Whether the checksum is right, over bytes with or without a sign, as tars of old have it."""
    try:
        stated = parse_number(block[_CHECKSUM])
    except HeaderError:
        return False
    counted = block[: _CHECKSUM.start] + block[_CHECKSUM.stop :]
    found = sum(counted) + _BLANK
    return stated == found or stated == found - 256 * sum(byte > 127 for byte in counted)


def _text(field: bytes) -> bytes:
    return field.partition(b"\0")[0]

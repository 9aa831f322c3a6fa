"""Where the entries of a zip lie, and what their local headers say (APPNOTE.TXT 4.3.7)."""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

from lambdabuild.io.archive.directory import WIDE, Directory, Member, widened
from lambdabuild.io.archive.faults import FaultError
from lambdabuild.io.archive.names import shown
from lambdabuild.io.archive.stream import damaged, read_at
from lambdabuild.model.artifact import FaultKind

_LOCAL = struct.Struct("<4s5H3I2H")
_ENCRYPTED: Final = 1 << 0
_STREAMED: Final = 1 << 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A local header as it is written, the length of its name and of its extra field, and where the data begin."""

    flags: int
    method: int
    crc: int
    compressed: int
    size: int
    name: int
    extra: int
    data: int

    @property
    def zip64(self) -> bool:
        """Whether its sizes are in an extra field."""
        return WIDE in (self.size, self.compressed)


def locate(stream: BinaryIO, directory: Directory) -> Sequence[Place | FaultError]:
    """The place of each member, or why it has none. Only fixed fields are read, so that this has a bound.

    Entries that share bytes are how a zip of a few kilobytes unpacks to terabytes (D. Fifield, "A better zip bomb",
    2019): none of them has a place.
    """
    found: list[Place | FaultError] = [_place(stream, member, directory.start) for member in directory.members]
    ranges = [
        (member.offset, place.data + member.compressed, number)
        for number, (member, place) in enumerate(zip(directory.members, found, strict=True))
        if isinstance(place, Place)
    ]
    for number, other in _overlaps(sorted(ranges)):
        found[number] = FaultError(FaultKind.OVERLAP, other=shown(directory.members[other].name))
    return found


def disagreement(stream: BinaryIO, member: Member, place: Place) -> Mapping[str, str]:
    """What the local header says otherwise than the central one, as details of a fault; empty where nothing.

    4.4.4, bit 3: zeros of a streamed entry say nothing, for what they stand for came later.
    """
    variable = read_at(stream, member.offset + _LOCAL.size, place.name + place.extra)
    name, extra = variable[: place.name], variable[place.name :]
    if name != member.name:
        return {"field": "name", "local": shown(name), "central": shown(member.name)}
    sizes = widened(extra, (place.size, place.compressed)) or (0, 0)
    streamed = place.flags & _STREAMED
    for field, local, central in (
        ("encryption", place.flags & _ENCRYPTED, member.flags & _ENCRYPTED),
        ("method", place.method, member.method),
        ("crc", place.crc, member.crc),
        ("size", sizes[0], member.size),
        ("compressed size", sizes[1], member.compressed),
    ):
        late = field not in ("encryption", "method") and streamed and not local
        if local != central and not late:
            return {"field": field, "local": str(local), "central": str(central)}
    return {}


def _place(stream: BinaryIO, member: Member, end: int) -> Place | FaultError:
    if member.damage:
        return damaged(member.damage)
    if member.offset + _LOCAL.size > end:
        return damaged("lies outside of the zip")
    fields = _LOCAL.unpack(read_at(stream, member.offset, _LOCAL.size))
    signature, _, flags, method, _, _, crc, compressed, size, name, extra = fields
    if signature != b"PK\x03\x04":
        return damaged("has no local header")
    data = member.offset + _LOCAL.size + name + extra
    if data + member.compressed > end:
        return damaged("runs into the central directory")
    return Place(
        flags=flags, method=method, crc=crc, compressed=compressed, size=size, name=name, extra=extra, data=data
    )


def _overlaps(ranges: Sequence[tuple[int, int, int]]) -> Iterator[tuple[int, int]]:
    """Numbers of entries that share bytes with another, each with one other; `ranges` are sorted by their start."""
    furthest, owner = 0, -1
    for start, end, number in ranges:
        if start < furthest:
            yield number, owner
            yield owner, number
        if end > furthest:
            furthest, owner = end, number

"""What a zip says is in it: its end records and its central directory, read as bytes of no good will.

The format is PKWARE's APPNOTE.TXT 6.3.10: sections 4.3.16 (end of central directory), 4.3.14 and 4.3.15 (its zip64
record and locator), 4.3.12 (central header), 4.5.3 (zip64 extra field). A zip may lie behind other bytes, as in a
self-extracting program, and other bytes may follow it.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

from lambdabuild.io.archive.faults import FaultError
from lambdabuild.io.archive.limits import MOST_DIRECTORY, MOST_ENTRIES
from lambdabuild.io.archive.stream import damaged, read_at
from lambdabuild.model.artifact import FaultKind

WIDE: Final = 0xFFFFFFFF
"""4.5.3: a number of 32 bits that stands in the zip64 field instead."""

_END = struct.Struct("<4s4H2IH")
_LOCATOR = struct.Struct("<4sIQI")
_END64 = struct.Struct("<4sQ2H2I4Q")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_LONGEST_COMMENT: Final = 0xFFFF
_UNIX_HOSTS = frozenset([3, 19])  # 4.4.2.2: UNIX, OS X (Darwin)
_ELSEWHERE: Final = 0xFFFF
_ZIP64: Final = 0x0001
_MOST_FIELDS: Final = 64
_SEVERAL: Final = "is one part of several"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One central header. `mode` is st_mode where a Unix wrote it, `offset` counts from the start of the file."""

    name: bytes
    host: int
    flags: int
    method: int
    crc: int
    compressed: int
    size: int
    mode: int | None
    offset: int
    zip64: bool
    damage: str

    @property
    def utf8(self) -> bool:
        """4.4.4, bit 11: the name is in UTF-8."""
        return bool(self.flags & 1 << 11)

    @property
    def streamed(self) -> bool:
        """4.4.4, bit 3: sizes and checksum are in a data descriptor behind the data."""
        return bool(self.flags & 1 << 3)

    @property
    def encrypted(self) -> bool:
        """4.4.4, bits 0, 6 and 13."""
        return bool(self.flags & (1 << 0 | 1 << 6 | 1 << 13))


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """The central directory, which begins at `start`. Where it is `damage`d, `members` are those before."""

    members: Sequence[Member]
    start: int
    zip64: bool
    damage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _End:
    """`start` and `size` are those of the directory, `prefix` what lies before the zip."""

    count: int
    start: int
    size: int
    prefix: int
    zip64: bool


def read_directory(stream: BinaryIO, size: int) -> Directory:
    """Read the directory of a zip of `size` bytes. FaultError where there is none, or where it is too large."""
    end = _end(stream, size)
    if end.size > MOST_DIRECTORY:
        raise FaultError(FaultKind.TOO_MUCH, what="bytes of central directory", limit=str(MOST_DIRECTORY))
    raw = read_at(stream, end.start, end.size)
    members: list[Member] = []
    place, damage = 0, ""
    while place < len(raw) and not raw.startswith(b"PK\x05\x05", place):  # 4.3.13: a digital signature
        if len(members) == MOST_ENTRIES:
            raise FaultError(FaultKind.TOO_MUCH, what="entries", limit=str(MOST_ENTRIES))
        found = _member(raw, place, end.prefix)
        if found is None:
            damage = f"has a central directory that is damaged after {len(members)} entries"
            break
        member, place = found
        members.append(member)
    else:
        modulus = 1 << 64 if end.zip64 else 1 << 16  # old writers of more entries let the number wrap around
        if (len(members) - end.count) % modulus:
            damage = f"claims {end.count} entries and has {len(members)}"
    return Directory(members=members, start=end.start, zip64=end.zip64, damage=damage)


def _end(stream: BinaryIO, size: int) -> _End:
    """Find the end record, which is the last thing in a zip but for its comment."""
    start = max(size - _END.size - _LONGEST_COMMENT, 0)
    tail = read_at(stream, start, size - start)
    place = len(tail)
    while (place := tail.rfind(b"PK\x05\x06", 0, place)) >= 0:
        if place + _END.size <= len(tail):
            _, *fields, comment = _END.unpack_from(tail, place)
            if place + _END.size + comment <= len(tail):
                return _completed(stream, start + place, fields)
    raise damaged("has no central directory at its end")


def _completed(stream: BinaryIO, place: int, fields: Sequence[int]) -> _End:
    """Bring together the end record at `place`, whose fields these are, and the zip64 record, if any, before it."""
    record = place
    locator_place = place - _LOCATOR.size
    locator = read_at(stream, locator_place, _LOCATOR.size) if locator_place >= 0 else b""
    zip64 = locator.startswith(b"PK\x06\x07")
    if zip64:
        _, locator_disk, offset64, disks = _LOCATOR.unpack(locator)
        if locator_disk or disks > 1:
            raise damaged(_SEVERAL)
        record, wide = _zip64_record(stream, locator_place, offset64)
        fields = _reconciled(fields, wide)
    disk, start_disk, here, count, size, offset = fields
    if disk or start_disk or here != count:
        raise damaged(_SEVERAL)
    start = record - size
    prefix = start - offset
    if start < 0 or prefix < 0 or (zip64 and offset64 + prefix != record):
        raise damaged("has an end record that does not fit the central directory")
    return _End(count=count, start=start, size=size, prefix=prefix, zip64=zip64)


def _zip64_record(stream: BinaryIO, locator: int, offset: int) -> tuple[int, Sequence[int]]:
    """Where the record is, which ends where the locator begins, and its fields from the number of the disk on."""
    for place in (locator - _END64.size, offset):
        if 0 <= place <= locator - _END64.size:
            signature, size, _, _, *fields = _END64.unpack(read_at(stream, place, _END64.size))
            if signature == b"PK\x06\x06" and place + 12 + size == locator:
                return place, fields
    raise damaged("has a zip64 locator without its record")


def _reconciled(narrow: Sequence[int], wide: Sequence[int]) -> Sequence[int]:
    """4.4.1.4: the zip64 record counts where a field of the end record is full. Where it is not, they must agree."""
    full = (_ELSEWHERE,) * 4 + (WIDE,) * 2
    if any(short not in (long, most) for short, long, most in zip(narrow, wide, full, strict=True)):
        raise damaged("has two end records that disagree")
    return wide


def _member(raw: bytes, place: int, prefix: int) -> tuple[Member, int] | None:
    """The header at `place` and where the next begins; None where it is not whole."""
    if not raw.startswith(b"PK\x01\x02", place) or place + _CENTRAL.size > len(raw):
        return None
    fields = _CENTRAL.unpack_from(raw, place)
    _, made_by, _, flags, method, _, _, crc, compressed, size, *lengths, disk, _, external, offset = fields
    name_start = place + _CENTRAL.size
    extra_start = name_start + lengths[0]
    comment_start = extra_start + lengths[1]
    next_place = comment_start + lengths[2]
    if next_place > len(raw):
        return None
    wide = widened(raw[extra_start:comment_start], (size, compressed, offset))
    damage = "" if wide else "has no zip64 sizes, where its header points to them"
    host = made_by >> 8
    wide_size, wide_compressed, wide_offset = wide or (size, compressed, offset)
    member = Member(
        name=raw[name_start:extra_start],
        host=host,
        flags=flags,
        method=method,
        crc=crc,
        compressed=wide_compressed,
        size=wide_size,
        mode=external >> 16 if host in _UNIX_HOSTS else None,
        offset=wide_offset + prefix,
        zip64=WIDE in (size, compressed, offset),
        damage=damage if disk in (0, _ELSEWHERE) else _SEVERAL,
    )
    return member, next_place


def widened(extra: bytes, values: Sequence[int]) -> Sequence[int] | None:
    """4.5.3: put the numbers of the zip64 field where 0xFFFFFFFF stands for them; None where one is missing."""
    if WIDE not in values:
        return values
    field = _field(extra, _ZIP64)
    numbers = iter(struct.unpack_from(f"<{len(field) // 8}Q", field))
    wide = [next(numbers, None) if value == WIDE else value for value in values]
    found = [value for value in wide if value is not None]
    return found if len(found) == len(values) else None


def _field(extra: bytes, wanted: int) -> bytes:
    """4.5.1: the content of an extra field; empty where there is none among the first."""
    place = 0
    for _ in range(_MOST_FIELDS):
        if place + 4 > len(extra):
            break
        kind, size = struct.unpack_from("<2H", extra, place)
        place += 4
        if kind == wanted:
            return extra[place : place + size]
        place += size
    return b""

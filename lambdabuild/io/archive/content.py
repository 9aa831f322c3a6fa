"""The content of one entry, piece by piece, and whether it is what its header claims."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from lambdabuild.io.archive.directory import Member
from lambdabuild.io.archive.faults import FaultError
from lambdabuild.io.archive.limits import MOST_UNZIPPED, PIECE
from lambdabuild.io.archive.stream import damaged, read_at
from lambdabuild.model.artifact import FaultKind

STORED: Final = 0  # APPNOTE.TXT 4.4.5
DEFLATED: Final = 8
_READ: Final = PIECE // 4


@dataclass(slots=True)
class Budget:
    """Bytes that may still come out, of all entries together."""

    left: int = MOST_UNZIPPED

    def spend(self, size: int) -> None:
        """Raise FaultError once it is used up; after that, always."""
        self.left = max(self.left - size, -1)
        if self.left < 0:
            raise FaultError(FaultKind.TOO_MUCH, what="bytes when it is unpacked", limit=str(MOST_UNZIPPED))


def pieces(stream: BinaryIO, member: Member, place: int, budget: Budget) -> Iterator[bytes]:
    """The content of an entry whose data begin at `place`; FaultError, at the latest at the end, where it is not that.

    No claim is believed: what comes out is counted, and no more comes out than a piece above the claim.
    """
    budget.spend(0)
    raw = _raw(stream, place, member.compressed)
    size = crc = 0
    for piece in raw if member.method == STORED else _inflated(raw):
        size += len(piece)
        budget.spend(len(piece))
        if size > member.size:
            raise FaultError(FaultKind.WRONG_SIZE, claimed=str(member.size), found="more")
        crc = zlib.crc32(piece, crc)
        yield piece
    if size < member.size:
        raise FaultError(FaultKind.WRONG_SIZE, claimed=str(member.size), found=str(size))
    if crc != member.crc:
        raise FaultError(FaultKind.BAD_CRC, claimed=f"{member.crc:08x}", found=f"{crc:08x}")


def _raw(stream: BinaryIO, place: int, size: int) -> Iterator[bytes]:
    for start in range(place, place + size, _READ):
        yield read_at(stream, start, min(_READ, place + size - start))


def _inflated(raw: Iterator[bytes]) -> Iterator[bytes]:
    """Raw deflate (RFC 1951), which ends where its bytes do."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for piece in raw:
            if inflater.eof:
                raise damaged("has more data than were compressed")
            left = piece
            while left:
                yield inflater.decompress(left, PIECE)
                left = inflater.unconsumed_tail
        while not inflater.eof and (rest := inflater.decompress(b"", PIECE)):
            yield rest
    except zlib.error:
        raise damaged("has damaged data") from None
    if not inflater.eof:
        raise damaged("has data that end too early")
    if inflater.unused_data:
        raise damaged("has more data than were compressed")

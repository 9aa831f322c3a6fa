"""Where a sparse file has bytes: GNU's old format, and pax's 0.0, 0.1 and 1.0 (GNU tar manual, "Sparse Formats")."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from lambdabuild.image.content import Regions
from lambdabuild.image.header import BLOCK, HeaderError, parse_decimal, parse_number
from lambdabuild.image.stream import Stream

MAP_LIMIT: Final = 1024 * 1024
"""Bytes of one map, as Go's archive/tar has it."""

_FIELD = 12


def gnu_map(block: bytes, stream: Stream) -> tuple[int, Sequence[int]]:
    """The size of the file that a header of type `S` begins, and its map; blocks of the map that follow are read."""
    if block[257:265] != b"ustar  \0":
        raise HeaderError("has a sparse file of an unknown format")
    size = parse_number(block[483:495])
    numbers = list(_fields(block[386:482]))
    more, taken = block[482], 0
    while more:
        block = stream.read(BLOCK)
        taken += BLOCK
        if len(block) < BLOCK or taken > MAP_LIMIT:
            raise HeaderError("has a sparse file whose map does not end")
        numbers += _fields(block[:504])
        more = block[504]
    return size, numbers


def pax_map(records: Mapping[bytes, bytes], stream: Stream) -> tuple[int, Sequence[int]] | None:
    """The same by the records of a pax header, None where they tell of none; a map before the content is read."""
    version = records.get(b"GNU.sparse.major"), records.get(b"GNU.sparse.minor")
    written = records.get(b"GNU.sparse.map")
    if version == (b"1", b"0"):
        numbers = _leading_map(stream)
    elif written is not None and version in ((None, None), (b"0", b"0"), (b"0", b"1")):
        numbers = [parse_decimal(text) for text in written.split(b",")] if written else []
    elif version == (None, None):
        return None
    else:
        raise HeaderError("has a sparse file of an unknown format")
    size = records.get(b"GNU.sparse.realsize", records.get(b"GNU.sparse.size"))
    if size is None:
        raise HeaderError("has a sparse file without a size")
    return parse_decimal(size), numbers


def parse_regions(numbers: Sequence[int], *, size: int, stored: int) -> Regions:
    """Pairs of offset and length as regions; a HeaderError where they do not fit the file or what is stored of it."""
    regions: list[tuple[int, int]] = []
    end = 0
    for start, length in zip(numbers[::2], numbers[1::2], strict=False):
        if start < end or start + length > size:
            raise HeaderError("has a sparse file whose map is wrong")
        end = start + length
        if length:
            regions.append((start, end))
    if len(numbers) % 2 or sum(stop - start for start, stop in regions) != stored:
        raise HeaderError("has a sparse file whose map does not fit what is stored")
    return regions


def _fields(table: bytes) -> Iterator[int]:
    """Numbers of pairs, up to the first pair that is blank."""
    for at in range(0, len(table), 2 * _FIELD):
        if not table[at]:
            return
        yield parse_number(table[at : at + _FIELD])
        yield parse_number(table[at + _FIELD : at + 2 * _FIELD])


def _leading_map(stream: Stream) -> Sequence[int]:
    """Format 1.0: the count of pairs, then the pairs, a number a line, padded to whole blocks."""
    text = bytearray()
    lines = wanted = 0
    while not lines or lines < wanted:
        block = stream.read(BLOCK)
        if len(block) < BLOCK or len(text) > MAP_LIMIT:
            raise HeaderError("has a sparse file whose map does not end")
        text += block
        lines += block.count(b"\n")
        if lines and not wanted:
            wanted = 1 + 2 * parse_decimal(bytes(text.partition(b"\n")[0]))
    return [parse_decimal(bytes(line)) for line in text.split(b"\n", wanted)[1:wanted]]

"""A blob as stored to the tar inside: gzip, zstd or neither, told by its first bytes and never by a media type.

OCI image specification 1.1, layer.md (`+gzip`, `+zstd`); RFC 1952 (a gzip file is a series of members); RFC 8878 (a
zstd file is a series of frames, skippable ones among them, as zstd:chunked has).
"""

import re
import zlib
from collections.abc import Callable, Iterator
from itertools import chain
from typing import IO, Final, cast

from lambdabuild.image.header import BLOCK, is_header
from lambdabuild.image.stream import DamagedImageError, Stream

PIECE: Final = 256 * 1024
"""The most bytes that come out at once, however few went in."""

ZSTD_WINDOW: Final = 1 << 27
"""The longest look back that a zstd frame may ask memory for (ZSTD_WINDOWLOG_LIMIT_DEFAULT of zstd)."""

_WITH_HEADER = 16 + zlib.MAX_WBITS
_GZIP = b"\x1f\x8b"
_ZSTD = re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18")


def unpacked(chunks: Iterator[bytes], about: str) -> Iterator[bytes]:
    """The bytes of the tar; what is none, and is not compressed either, is an EnvironmentFailure named by `about`."""
    head = bytearray()
    for chunk in chunks:
        head += chunk
        if len(head) >= BLOCK:
            break
    yield from _format(bytes(head), about)(chain([bytes(head)], chunks), about)


def is_zstd(head: bytes) -> bool:
    """Whether a blob that begins so is zstd's."""
    return _ZSTD.match(head) is not None


def _format(head: bytes, about: str) -> Callable[[Iterator[bytes], str], Iterator[bytes]]:
    if head.startswith(_GZIP):
        return _gunzipped
    if is_zstd(head):
        return _unzstd
    if not head or is_header(head[:BLOCK]):
        return lambda chunks, _: chunks
    raise DamagedImageError(about, f"is no tar, and not compressed by gzip or zstd: it begins with `{head[:4].hex()}`")


def _gunzipped(chunks: Iterator[bytes], about: str) -> Iterator[bytes]:
    """Of an engine that gave a whole piece more may come, though it has eaten all that it was given.

    ISA-L has zlib's interface, and takes half of its time: most of what the reading of an image costs.
    """
    from isal import igzip_lib, isal_zlib

    damage = cast("type[Exception]", igzip_lib.IsalError)

    engine = isal_zlib.decompressobj(_WITH_HEADER)
    for chunk in chunks:
        left, piece = chunk, b""
        while left or len(piece) == PIECE:
            if engine.eof:
                engine = isal_zlib.decompressobj(_WITH_HEADER)
            try:
                piece = engine.decompress(left, PIECE)
            except damage as error:
                raise DamagedImageError(about, "is damaged: gzip cannot be read on") from error
            left = engine.unused_data if engine.eof else engine.unconsumed_tail
            yield piece
    if not engine.eof:
        raise DamagedImageError(about, "ends in the middle of a gzip member")


def _unzstd(chunks: Iterator[bytes], about: str) -> Iterator[bytes]:
    import zstandard

    engine = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW)
    source = cast("IO[bytes]", Stream(chunks, about))
    try:
        with engine.stream_reader(source, read_size=PIECE, read_across_frames=True, closefd=False) as reader:
            while piece := reader.read(PIECE):
                yield piece
    except zstandard.ZstdError as error:
        raise DamagedImageError(about, "is damaged: zstd cannot be read on") from error

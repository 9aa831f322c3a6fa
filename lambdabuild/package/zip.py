"""The same entries give the same zip, byte for byte, whatever machine writes it.

The format is PKWARE's APPNOTE.TXT 6.3.10, of which we use the least: sections 4.3.7 (local header), 4.3.12
(central header), 4.3.16 (end of central directory). No extra fields, no comments, no data descriptors, no zip64.
"""

import hashlib
import os
import stat
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO

import deflate

from lambdabuild.io.files import replacing
from lambdabuild.model.artifact import Entry, Packed
from lambdabuild.package.entries import in_order
from lambdabuild.package.names import refuse_bad_names
from lambdabuild.package.refusals import NeedsZip64Error, OtherCompressorError, UnreadableEntryError

LEVEL = 9
"""Of libdeflate, whose levels end at 12; above 9 the time doubles for one more percent."""

GOLDEN = "a7c41cbc34f90f47135abd01690cb44de44c1fbaf233aa44fcdfa170f3ea3a94"
"""SHA-256 of `golden_sample()` compressed by libdeflate 1.x at LEVEL. Other bytes here are other zips for everyone."""

MOST_ENTRIES = 0xFFFE
"""4.4.21: 0xFFFF means that the number stands in a zip64 record."""

LARGEST = 0xFFFFFFFE
"""4.4.8, 4.4.9, 4.4.16: 0xFFFFFFFF means the same for sizes and offsets."""

CONTENT_HEADER = b"lambdabuild content 1\n"

_STORED, _DEFLATED = 0, 8  # 4.4.5
_VERSION_STORED, _VERSION_DEFLATED = 10, 20  # 4.4.3.2
_MADE_BY_UNIX = 3 << 8 | 20  # 4.4.2
_UTF8 = 1 << 11  # 4.4.4
_TIME, _DATE = 0, 1 << 5 | 1  # 4.4.6: 1980-01-01 00:00:00, the first that MS-DOS can say

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")


def write_zip(entries: Sequence[Entry], path: Path) -> Packed:
    """Write a zip, whole or not at all. Each file is read once; memory is bounded by the largest.

    The content digest is the SHA-256 of the bytes that these commands print, in the order of the zip:
    `lambdabuild content 1`, then a line `MODE SHA256 NAME` for each entry, as in `0755 e3b0c442… bootstrap`:
    four octal digits, 64 hexadecimal digits of the content, the name in UTF-8, LF. It does not depend on how the
    zip was compressed.

    Raises ProjectError for names that cannot be together and for what needs zip64, EnvironmentFailure where a file
    cannot be read, `path` cannot be written, or the compressor is not the pinned one.
    """
    _pinned_compressor()
    refuse_bad_names([entry.name for entry in entries])
    if len(entries) > MOST_ENTRIES:
        raise NeedsZip64Error(f"{len(entries)} entries")
    with replacing(path) as stream:
        archive = _Archive(stream)
        for entry in in_order(entries):
            archive.add(entry)
        zipped = archive.finish()
    return Packed(
        path=path,
        sha256=archive.digest.hexdigest(),
        content=archive.content.hexdigest(),
        zipped=zipped,
        unzipped=sum(record.size for record in archive.records),
    )


def compress(content: bytes) -> bytes:
    """Raw deflate (RFC 1951), by libdeflate."""
    return bytes(deflate.deflate_compress(content, LEVEL))


def golden_sample() -> bytes:
    """64 KiB with literals, short and long matches, and runs: what makes versions of a compressor differ."""
    words = [hashlib.sha256(bytes([number])).digest()[: 1 + number % 17] for number in range(256)]
    sample, state = bytearray(), b""
    while len(sample) < 1 << 16:
        state = hashlib.sha256(state).digest()
        sample += b"".join(words[number & state[0]] for number in state) + bytes(state[1] % 64)
    return bytes(sample)


def refuse_other_compressor(compressor: Callable[[bytes], bytes]) -> None:
    """Raise OtherCompressorError where the golden sample comes out in other bytes."""
    if hashlib.sha256(compressor(golden_sample())).hexdigest() != GOLDEN:
        raise OtherCompressorError(deflate.__version__)


@cache
def _pinned_compressor() -> None:
    refuse_other_compressor(compress)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    """What both headers of an entry say."""

    name: bytes
    mode: int
    method: int
    crc: int
    compressed: int
    size: int
    offset: int

    @property
    def fields(self) -> tuple[int, ...]:
        """From "version needed" to "extra field length", the same in both headers."""
        version = _VERSION_DEFLATED if self.method == _DEFLATED else _VERSION_STORED
        flags = 0 if self.name.isascii() else _UTF8
        sizes = (self.crc, self.compressed, self.size)
        return (version, flags, self.method, _TIME, _DATE, *sizes, len(self.name), 0)

    @property
    def local(self) -> bytes:
        """4.3.7."""
        return _LOCAL.pack(b"PK\x03\x04", *self.fields) + self.name

    @property
    def central(self) -> bytes:
        """4.3.12. The upper half of the external attributes is Unix's st_mode."""
        comment = disk = internal = 0
        external = (stat.S_IFREG | self.mode) << 16
        tail = (comment, disk, internal, external, self.offset)
        return _CENTRAL.pack(b"PK\x01\x02", _MADE_BY_UNIX, *self.fields, *tail) + self.name


class _Archive:
    """A zip on its way out: digests are made of what is written, as it is written."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._written = 0
        self.digest = hashlib.sha256()
        self.content = hashlib.sha256(CONTENT_HEADER)
        self.records: list[_Record] = []

    def add(self, entry: Entry) -> None:
        assert 0 <= entry.mode <= 0o777, f"{entry.name}: {entry.mode:o} is more than permissions"
        content = _read(entry)
        digest = hashlib.sha256(content).hexdigest()
        self.content.update(f"{entry.mode:04o} {digest} {entry.name}\n".encode())
        compressed = compress(content)
        method, data = (_DEFLATED, compressed) if len(compressed) < len(content) else (_STORED, content)
        record = _Record(
            name=entry.name.encode(),
            mode=entry.mode,
            method=method,
            crc=deflate.crc32(content),
            compressed=len(data),
            size=len(content),
            offset=self._written,
        )
        refuse_long_archive(self._written + len(record.local) + len(data))
        self.records.append(record)
        self._write(record.local)
        self._write(data)

    def finish(self) -> int:
        """Write the central directory; the size of the whole."""
        start, count = self._written, len(self.records)
        for record in self.records:
            self._write(record.central)
        size = self._written - start
        refuse_long_archive(self._written)
        self._write(_END.pack(b"PK\x05\x06", 0, 0, count, count, size, start, 0))
        return self._written

    def _write(self, data: bytes) -> None:
        self._stream.write(data)
        self.digest.update(data)
        self._written += len(data)


def refuse_long_archive(size: int) -> None:
    """Raise NeedsZip64Error where an offset would not fit in its field."""
    if size > LARGEST:
        raise NeedsZip64Error(f"a zip of {size} bytes")


def _read(entry: Entry) -> bytes:
    try:
        with entry.source.open("rb") as stream:
            if (size := os.fstat(stream.fileno()).st_size) > LARGEST:
                raise NeedsZip64Error(f"`{entry.name}` has {size} bytes")
            return stream.read()
    except OSError as error:
        raise UnreadableEntryError(entry.name, entry.source, error.strerror or str(error)) from error

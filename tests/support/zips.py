"""Zips by hand, as no tool would write them, and by the tools that people use."""

import os
import stat
import struct
import subprocess
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.gates import require
from tests.support.golang import BY_HAND

STORED, DEFLATED = 0, 8
UNIX, FAT, DARWIN = 3, 0, 19
ENCRYPTED, STREAMED, UTF8 = 1, 1 << 3, 1 << 11
WIDE = 0xFFFFFFFF
FULL = 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF, WIDE, WIDE
"""What an end record says that leaves all to the zip64 record."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One entry. `data` is what lies in the zip for `content`, `local` and `central` are lies of one header."""

    name: bytes = b"bootstrap"
    content: bytes = b"content " * 100
    mode: int = stat.S_IFREG | 0o755
    host: int = UNIX
    flags: int = 0
    method: int = DEFLATED
    data: bytes | None = None
    descriptor: bytes = b""
    extra: bytes = b""
    local_name: bytes | None = None
    local_extra: bytes = b""
    local: dict[str, int] = field(default_factory=dict)
    central: dict[str, int] = field(default_factory=dict)

    @property
    def packed(self) -> bytes:
        """What lies in the zip."""
        if self.data is not None:
            return self.data
        return deflated(self.content) if self.method == DEFLATED else self.content

    @property
    def facts(self) -> dict[str, int]:
        """What both headers would say."""
        return {
            "needed": 20,
            "flags": self.flags,
            "method": self.method,
            "time": 0,
            "date": 33,
            "crc": zlib.crc32(self.content),
            "compressed": len(self.packed),
            "size": len(self.content),
        }

    def local_header(self) -> bytes:
        """APPNOTE.TXT 4.3.7."""
        facts = self.facts | self.local
        name = self.name if self.local_name is None else self.local_name
        fixed = struct.pack("<4s5H3I2H", b"PK\x03\x04", *facts.values(), len(name), len(self.local_extra))
        return fixed + name + self.local_extra

    def central_header(self, offset: int) -> bytes:
        """APPNOTE.TXT 4.3.12."""
        facts = self.facts | {"disk": 0, "offset": offset} | self.central
        disk, place = facts.pop("disk"), facts.pop("offset")
        lengths = len(self.name), len(self.extra), 0
        external = self.mode << 16
        tail = *facts.values(), *lengths, disk, 0, external, place
        return struct.pack("<4s6H3I5H2I", b"PK\x01\x02", self.host << 8 | 20, *tail) + self.name + self.extra


def zip_of(*parts: Part, prefix: bytes = b"", comment: bytes = b"", **end: int) -> bytes:
    """A zip; `end` are lies of the end record."""
    body, directory = bytearray(prefix), bytearray()
    for part in parts:
        directory += part.central_header(len(body))
        body += part.local_header() + part.packed + part.descriptor
    return closed(bytes(body), bytes(directory), len(parts), comment=comment, **end)


def closed(body: bytes, directory: bytes, entries: int, *, comment: bytes = b"", **end: int) -> bytes:
    """Put a directory and an end record (APPNOTE.TXT 4.3.16) behind the entries."""
    facts = {"disk": 0, "start_disk": 0, "here": entries, "count": entries, "size": len(directory), "offset": len(body)}
    facts |= end
    record = struct.pack("<4s4H2IH", b"PK\x05\x06", *facts.values(), len(comment))
    return body + directory + record + comment


def zip64_of(*parts: Part, locator: dict[str, int] | None = None, more: bytes = b"", **lies: int) -> bytes:
    """The same with a zip64 record and locator (4.3.14, 4.3.15), and an end record that leaves all to them."""
    plain = zip_of(*parts)
    *_, size, offset, _ = struct.unpack("<4s4H2IH", plain[-22:])
    facts = {"made_by": 45, "needed": 45, "disk": 0, "start_disk": 0, "here": len(parts), "count": len(parts)}
    facts |= {"size": size, "offset": offset} | lies
    record = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44 + len(more), *facts.values()) + more
    points = {"disk": 0, "offset": offset + size, "disks": 1} | (locator or {})
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", *FULL, 0)
    return plain[:-22] + record + struct.pack("<4sIQI", b"PK\x06\x07", *points.values()) + end


def zip64_extra(*numbers: int) -> bytes:
    """APPNOTE.TXT 4.5.3."""
    return struct.pack(f"<2H{len(numbers)}Q", 1, 8 * len(numbers), *numbers)


def deflated(content: bytes) -> bytes:
    """Raw deflate."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return compressor.compress(content) + compressor.flush()


def quoting_bomb(count: int, kernel: bytes) -> bytes:
    """Entries that share one kernel: each has the local header of the next as a stored block, then all that follows.

    The construction of "A better zip bomb" (D. Fifield, 2019); each entry by itself is sound.
    """
    content, data = kernel, deflated(kernel)
    parts = [Part(name=b"%d" % count, content=content, data=data)]
    for number in range(count - 1, 0, -1):
        quoted = parts[0].local_header()
        content = quoted + content
        data = struct.pack("<BHH", 0, len(quoted), len(quoted) ^ 0xFFFF) + quoted + data
        parts.insert(0, Part(name=b"%d" % number, content=content, data=data))
    body = parts[0].local_header() + parts[0].packed
    offsets = [len(body) - len(part.packed) - len(part.local_header()) for part in parts]
    return closed(body, b"".join(map(Part.central_header, parts, offsets)), count)


def zeros_bomb(mebibytes: int) -> bytes:
    """Deflated zeros, a thousand times smaller, put together of equal blocks so that making it takes no time."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    compressor.compress(b"") + compressor.flush(zlib.Z_FULL_FLUSH)
    block = compressor.compress(bytes(1 << 20)) + compressor.flush(zlib.Z_FULL_FLUSH)
    return block * mebibytes + b"\x03\x00"


def info_zip(folder: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """What Info-ZIP's zip makes of a folder."""
    archive = folder.parent / "made.zip"
    archive.unlink(missing_ok=True)
    run([require("zip"), "-q", *arguments, str(archive), "."], folder, stdin)
    return archive.read_bytes()


def info_zip_streamed(folder: Path, *arguments: str) -> bytes:
    """What it writes to a pipe."""
    return run([require("zip"), "-q", *arguments, "-", "."], folder)


def go_zip(folder: Path, program: str) -> bytes:
    """What a Go program writes to its standard output."""
    folder.mkdir(parents=True)
    (folder / "main.go").write_text(program)
    return run([require("go"), "run", "main.go"], folder)


def run(argv: Sequence[str], folder: Path, stdin: bytes = b"") -> bytes:
    """The standard output of a program that is expected to succeed."""
    env = {**os.environ, **BY_HAND, "LC_ALL": "C.UTF-8"}
    done = subprocess.run(argv, cwd=folder, input=stdin, env=env, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout

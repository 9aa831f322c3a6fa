"""Tars with what images have in them, and what becomes of one whose headers say something else.

The format: POSIX.1-2017, pax, "ustar Interchange Format"; the GNU tar manual, "Basic Tar Format".
"""

import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Final

from tests.support.gates import require
from tests.unit.image.support import Item, file, folder, hard_link, pipe, symlink, tar

BLOCK: Final = 512
_NAME, _MODE, _SIZE, _TYPE, _LINK = (0, 100), (100, 8), (124, 12), (156, 1), (157, 100)
_MAGIC, _PREFIX, _CHECKSUM = (257, 8), (345, 155), (148, 8)
_SPARSE = tuple((386 + 12 * number, 12) for number in range(9))
_NAMES = (
    *(b"", b"/", b".", b"..", b"../../etc/passwd", b"/etc/ld.so.cache", b"usr/lib64", b"usr/lib64/libc.so.6"),
    *(b"lib64", b"lib64/ld-linux-x86-64.so.2", b".wh.", b".wh..", b".wh..wh..opq", b".wh.usr", b"usr/.wh..wh..opq"),
    *(b"usr/.wh.lib64", b".wh..wh.plnk/x", b"a/b/c/d/e", b"\xff\xfe", b"a" * 100, b"loop/loop/x", b"usr/lib64/up/x"),
)
_NUMBERS = (b"", b" ", b"0", b"1", b"777", b"00000000017", b"77777777777", b"8", b"-1", b"\x80", b"\xff" * 12)
_WIDE = (b"\x80" + bytes(10) + b"\x05", b"\x80" + bytes(3) + b"\x7f" * 8, b"\x80" + bytes(6) + b"\x04" + bytes(4))
_TYPES = tuple(bytes([each]) for each in b"01234567SLKxgDMNVX \0")
_MAGICS = (b"ustar\x0000", b"ustar  \0", b"ustar\0\0\0", bytes(8), b"\0ustar\x00")
_RECORDS = (
    *(b"path=usr/lib64/x", b"path=", b"path=..", b"linkpath=/", b"size=0", b"size=99999999999999999999", b"size=-1"),
    *(b"size=10", b"GNU.sparse.major=1", b"GNU.sparse.minor=0", b"GNU.sparse.realsize=99999999", b"GNU.sparse.map=0,9"),
    *(b"GNU.sparse.name=x", b"GNU.sparse.numblocks=2", b"GNU.sparse.size=1000000000000", b"SCHILY.xattr.a=\0\xff"),
)
_SIZES = tuple(b"%011o" % size for size in (0, 1, 511, 512, 513, 10_000, 1 << 20, 1 << 32))
_CHANGES = (
    ((_NAME, _LINK, _PREFIX), _NAMES),
    ((_MODE, _SIZE, _SIZE, _CHECKSUM, *_SPARSE), _NUMBERS + _WIDE),
    ((_SIZE, *_SPARSE), _SIZES),
    ((_TYPE,), _TYPES),
    ((_MAGIC,), _MAGICS),
)


def real_tars(library: bytes, scratch: Path) -> Sequence[bytes]:
    """The same in every format that image tools write, sparse files among them."""
    long = "a" * 90
    items = [
        folder("usr/lib64"),
        symlink("lib64", "usr/lib64"),
        symlink("loop", "loop"),
        symlink("usr/lib64/up", "../.."),
        file("usr/lib64/libanswer.so.1", library, 0o755),
        hard_link("usr/lib64/libanswer.so", "usr/lib64/libanswer.so.1"),
        file(f"usr/{long}/{long}", b"long"),
        symlink(f"usr/{long}/link", f"{long}/{long}"),
        pipe("dev/pipe"),
        file("usr/.wh.gone"),
        file("opt/.wh..wh..opq"),
        Item(name="etc/ld.so.cache", content=b"glibc-ld.so.cache1.1" + bytes(100)),
    ]
    with (scratch / "sparse").open("wb") as stream:
        stream.write(library)
        stream.truncate(1 << 20)
        stream.seek(1 << 19)
        stream.write(b"middle")
    sparse = []
    for form in ("gnu", "posix --sparse-version=0.0", "posix --sparse-version=0.1", "posix --sparse-version=1.0"):
        argv = [require("tar"), "--create", "--sparse", *f"--format={form}".split(), "sparse"]
        sparse.append(subprocess.run(argv, cwd=scratch, capture_output=True, check=True).stdout)
    return [*(tar(*items, form=form) for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT)), *sparse]


def mutated_tar(content: bytes, chance: Random) -> bytes:
    """Another one, whose checksums are mostly right."""
    headers = headers_of(content)
    new = bytearray(content)
    for _ in range(chance.choice([1, 1, 2, 3, 6])):
        at = chance.choice(headers)
        match chance.randrange(14):
            case 0:
                new[chance.randrange(len(new))] = chance.randrange(256)
            case 1:
                _put(new, at + BLOCK, (0, BLOCK), _records(chance))
            case 2 if chance.random() < 0.2:
                del new[chance.randrange(len(new)) :]
                new += bytes(-len(new) % BLOCK) if chance.random() < 0.5 else b""
            case 3:
                other = chance.choice(headers)
                new[at : at + BLOCK] = new[other : other + BLOCK]
            case _:
                fields, values = chance.choice(_CHANGES)
                _put(new, at, chance.choice(fields), chance.choice(values))
    if chance.random() < 0.95:
        for at in headers:
            _put(new, at, _CHECKSUM, b" " * 8)
            _put(new, at, _CHECKSUM, b"%06o\0 " % sum(new[at : at + BLOCK]))
    return bytes(new)


def headers_of(content: bytes) -> Sequence[int]:
    """Where the headers of a sound tar are, those that extend the next one too."""
    return [
        at
        for at in range(0, len(content) - BLOCK + 1, BLOCK)
        if content[at + 257 : at + 262] == b"ustar" and content[at + 148 : at + 154].isdigit()
    ]


def _records(chance: Random) -> bytes:
    made = bytearray()
    for record in chance.choices(_RECORDS, k=chance.randint(1, 4)):
        body = b" %s\n" % record
        length = len(body) + 2 if len(body) < 98 else len(body) + 3
        made += b"%d%s" % (length + chance.choice([0, 0, 0, 0, -1, 1]), body)
    return bytes(made)


def _put(content: bytearray, at: int, field: tuple[int, int], value: bytes) -> None:
    start, size = field
    if at + start + size <= len(content):
        content[at + start : at + start + size] = value[:size].ljust(size, b"\0")

"""A tar written piece by piece, so that it never has to be anywhere as a whole (GNU format of tar(5))."""

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

END: Final = bytes(2 * tarfile.BLOCKSIZE)

_PIECE: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """Permission bits and the numeric owner of an entry."""

    mode: int = 0o644
    user: int = 0


DEFAULT: Final = Owned()


def header(name: str, size: int, owned: Owned = DEFAULT) -> bytes:
    """What goes before the bytes of a file."""
    return _header(tarfile.TarInfo(name), size, owned)


def padding(size: int) -> bytes:
    """What goes after them."""
    return bytes(-size % tarfile.BLOCKSIZE)


def folder(name: str, owned: Owned) -> bytes:
    """A folder."""
    entry = tarfile.TarInfo(name)
    entry.type = tarfile.DIRTYPE
    return _header(entry, 0, owned)


def content(name: str, data: bytes, owned: Owned = DEFAULT) -> bytes:
    """A small file at hand."""
    return header(name, len(data), owned) + data + padding(len(data))


def file(name: str, source: Path, owned: Owned = DEFAULT) -> Iterator[bytes]:
    """A file on disk."""
    with source.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(0)
        yield header(name, size, owned)
        yield from pieces(stream)
    yield padding(size)


def pieces(stream: IO[bytes]) -> Iterator[bytes]:
    """The rest of an open file."""
    while piece := stream.read(_PIECE):
        yield piece


def _header(entry: tarfile.TarInfo, size: int, owned: Owned) -> bytes:
    entry.size = size
    entry.mode = owned.mode
    entry.uid = entry.gid = owned.user
    return entry.tobuf(tarfile.GNU_FORMAT)

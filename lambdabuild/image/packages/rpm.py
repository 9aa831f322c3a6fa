"""The header of one installed RPM package: an index, and the values that it points to, all of it big-endian.

Source: rpm's docs/manual/format_header.md and hregions.md, and lib/header.c, which refuses a header whose size is not
what its first two numbers say. Tags: docs/manual/tags.md; types: rpmTagType of include/rpm/rpmtag.h.
"""

import struct
from collections.abc import Iterable, Iterator
from typing import Final

from lambdabuild.image.packages.damage import DamagedDatabaseError
from lambdabuild.io.text import printable

LONGEST: Final = 256
"""Bytes of a name, a version, a release or an architecture."""

_NAME, _VERSION, _RELEASE, _EPOCH, _ARCH = 1000, 1001, 1002, 1003, 1022
_WANTED = frozenset([_NAME, _VERSION, _RELEASE, _EPOCH, _ARCH])
_INT32, _STRING = 4, 6
_INTRO = struct.Struct(">II")
_ENTRY = struct.Struct(">IIII")
_NUMBER = struct.Struct(">I")
_OF_KEYS = "gpg-pubkey"
"""Keys that packages are signed with are kept as packages of this name (rpmkeys(8))."""


def packages_of(headers: Iterable[bytes]) -> Iterator[tuple[str, str]]:
    """The name of each package and its `[epoch:]version-release.arch`; a DamagedDatabaseError where one has none."""
    for header in headers:
        values = _values(header)
        name, version, release = (values.get(tag) for tag in (_NAME, _VERSION, _RELEASE))
        if name is None or version is None or release is None:
            raise DamagedDatabaseError("has a package without a name, a version or a release")
        if name != _OF_KEYS:
            epoch = f"{values[_EPOCH]}:" if _EPOCH in values else ""
            arch = f".{values[_ARCH]}" if _ARCH in values else ""
            yield name, f"{epoch}{version}-{release}{arch}"


def _values(header: bytes) -> dict[int, str]:
    """What is wanted of it, by tag. An entry behind the immutable region stands for one of the same tag inside it."""
    if len(header) < _INTRO.size:
        raise DamagedDatabaseError("has a package without a header")
    count, size = _INTRO.unpack_from(header)
    start = _INTRO.size + count * _ENTRY.size
    if start + size != len(header):
        raise DamagedDatabaseError("has a package whose header is not as long as it says")
    places: dict[int, tuple[int, int]] = {}
    for tag, kind, offset, number in _ENTRY.iter_unpack(memoryview(header)[_INTRO.size : start]):
        if tag in _WANTED and number == 1:
            places[tag] = kind, start + offset
    return {tag: _value(header, kind, at) for tag, (kind, at) in places.items()}


def _value(header: bytes, kind: int, at: int) -> str:
    if kind == _INT32 and at + _NUMBER.size <= len(header):
        return str(_NUMBER.unpack_from(header, at)[0])
    end = header.find(b"\0", at, at + LONGEST)
    if kind != _STRING or end < 0:
        raise DamagedDatabaseError("has a package with a value that cannot be read")
    return printable(header[at:end].decode("utf-8", "surrogateescape"))

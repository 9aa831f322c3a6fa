"""ld.so.cache: where the loader of an image has been told that libraries are. glibc: elf/dl-cache.h."""

import struct
from typing import Final

from lambdabuild.model.platform import Architecture

PATH: Final = "/etc/ld.so.cache"

_MAGIC = b"glibc-ld.so.cache1.1"
_HEADER = struct.Struct("<20sII20x")
_ENTRY = struct.Struct("<iIIIQ")
_FLAGS = {Architecture.AMD64: 0x0303, Architecture.ARM64: 0x0A03}
"""FLAG_ELF_LIBC6 with FLAG_X8664_LIB64 or FLAG_AARCH64_LIB64."""

_LONGEST = 4096
_MOST_TEXT = 16 << 20
"""Letters of all names: entries may share their bytes."""


def read_cache(content: bytes, architecture: Architecture) -> dict[str, str]:
    """The path of each soname, for CPUs that have nothing special. Empty where it is damaged, as ld.so takes it.

    Until glibc 2.32 an older format stands before this one (`ldconfig -c compat`), whose offsets count from its own
    header all the same.
    """
    start = content.find(_MAGIC)
    if start < 0 or len(content) < start + _HEADER.size:
        return {}
    _, count, _ = _HEADER.unpack_from(content, start)
    if start + _HEADER.size + count * _ENTRY.size > len(content):
        return {}
    entries = content[start + _HEADER.size : start + _HEADER.size + count * _ENTRY.size]
    known: dict[str, str] = {}
    left = _MOST_TEXT
    for flags, key, value, _, capability in _ENTRY.iter_unpack(entries):
        if flags == _FLAGS[architecture] and not capability:
            name, path = _text(content, start + key), _text(content, start + value)
            known.setdefault(name, path)
            left -= len(name) + len(path)
            if left < 0:
                return {}
    return known


def _text(content: bytes, at: int) -> str:
    return content[at : at + _LONGEST].partition(b"\0")[0].decode("utf-8", "backslashreplace")

"""What Go's linker wrote about a program: versions, settings, the main module.

The format is that of Go's package debug/buildinfo: 32 bytes at a multiple of 16, somewhere in the writable data: the
magic, the size of a pointer, flags. Since Go 1.18 (flag 2) two strings follow, each after its length as a varint.
Before, two pointers to Go strings (a pointer and a length) stand in the header. The first string is Go's version, the
second `go version -m`'s lines between two marks of 16 bytes. No section is needed, and `strip` leaves it all.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, Literal

from lambdabuild.io.elf import Content, bytes_at
from lambdabuild.model.elf import ElfFacts, Segment

_MAGIC = b"\xff Go buildinf:"
_ALIGNMENT = 16
_HEADER = 32
_POINTER_SIZE, _FLAGS, _POINTERS = 14, 15, 16
_BIG_ENDIAN, _INLINE = 1, 2
_LONGEST_VARINT = 10
_MARK = 16
_MOST_SEGMENTS: Final = 4
"""Of those that may be written; linkers write one or two."""

_MOST_PLACES: Final = 1024
"""Of the magic in one segment; a program has one, and a few that stand for it in code that looks for it."""

_MOST_HEADERS: Final = 16
_LONGEST_STRING: Final = 1 << 20
"""Bytes: ten thousand modules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildInfo:
    """`go` as in `go1.26.8`; `package` the path of the main package, `module` of the main module, `None` without one.

    `settings` are the flags and variables that changed the output (`GOARCH`, `CGO_ENABLED`, `-buildmode`), with quotes
    where Go wrote them. `modules` are the versions of the modules in it, after every `replace`.
    """

    go: str
    package: str | None = None
    module: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    modules: Mapping[str, str] = field(default_factory=dict)


def read_buildinfo(content: Content, facts: ElfFacts) -> BuildInfo | None:
    """Read it from an ELF file; None where Go's linker wrote none, or where it is damaged."""
    writable = [segment for segment in facts.segments if segment.writable][:_MOST_SEGMENTS]
    headers = (header for segment in writable for header in _headers(content, segment))
    for header in islice(headers, _MOST_HEADERS):
        strings = _inline(content, header) if header.inline else _pointed(content, facts, header)
        if strings and strings[0]:
            return _parsed(*strings)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    """One place with the magic: its bytes, and where what follows them begins and must end, in the file."""

    raw: bytes
    start: int
    end: int

    @property
    def inline(self) -> bool:
        return bool(self.raw[_FLAGS] & _INLINE)

    @property
    def byteorder(self) -> Literal["little", "big"]:
        return "big" if self.raw[_FLAGS] & _BIG_ENDIAN else "little"


def _headers(content: Content, segment: Segment) -> Iterator[_Header]:
    at, end = segment.offset, segment.offset + segment.size
    for _ in range(_MOST_PLACES):
        at = content.find(_MAGIC, at, end)
        if at < 0:
            return
        if (segment.address + at - segment.offset) % _ALIGNMENT == 0 and at + _HEADER <= end:
            yield _Header(raw=content[at : at + _HEADER], start=at + _HEADER, end=end)
        at += 1


def _inline(content: Content, header: _Header) -> tuple[bytes, bytes] | None:
    version = _counted(content, header.start, header.end)
    if version is None:
        return None
    lines = _counted(content, version[1], header.end)
    return None if lines is None else (version[0], lines[0])


def _counted(content: Content, at: int, end: int) -> tuple[bytes, int] | None:
    """A string after its length, and where it ends."""
    length = 0
    for number, byte in enumerate(content[at : min(at + _LONGEST_VARINT, end)]):
        length |= (byte & 0x7F) << 7 * number
        if byte < 0x80:
            start = at + number + 1
            whole = length <= _LONGEST_STRING and start + length <= end
            return (content[start : start + length], start + length) if whole else None
    return None


def _pointed(content: Content, facts: ElfFacts, header: _Header) -> tuple[bytes, bytes] | None:
    size = header.raw[_POINTER_SIZE]
    if size not in (4, 8):
        return None

    def string(number: int) -> bytes:
        pointer = integer(header.raw[_POINTERS + number * size : _POINTERS + (number + 1) * size])
        pair = bytes_at(content, facts.segments, pointer, 2 * size) or bytes(2 * size)
        start, length = integer(pair[:size]), integer(pair[size:])
        return (length <= _LONGEST_STRING and bytes_at(content, facts.segments, start, length)) or b""

    def integer(raw: bytes) -> int:
        return int.from_bytes(raw, header.byteorder)

    return string(0), string(1)


def _parsed(version: bytes, lines: bytes) -> BuildInfo:
    marked = len(lines) > 2 * _MARK and lines[-_MARK - 1 : -_MARK] == b"\n"
    package = module = None
    settings = {}
    modules: dict[str, str] = {}
    last = ""
    for line in _text(lines[_MARK:-_MARK] if marked else b"").splitlines():
        match line.split("\t"):
            case ["path", path]:
                package = path
            case ["mod", path, *_]:
                module = path
            case ["dep", path, found, *_]:
                last = path
                modules[path] = found
            case ["=>", _, found, *_] if last:
                modules[last] = found
            case ["build", setting]:
                name, _, value = setting.partition("=")
                settings[name] = value
    return BuildInfo(go=_text(version), package=package, module=module, settings=settings, modules=modules)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")

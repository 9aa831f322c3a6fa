"""What dpkg has installed: `/var/lib/dpkg/status`, paragraphs of fields, of Debian and Ubuntu.

Source: deb822(5), and dpkg-query(1) for `db:Status-Status`, the last word of the field `Status`.
"""

from collections.abc import Iterator
from typing import Final

from lambdabuild.io.text import printable

_FIELDS: Final = frozenset([b"Package", b"Status", b"Version", b"Architecture"])
_LONGEST: Final = 256
"""Bytes of a value; a longer one is none of these."""


def packages_of(content: bytes) -> Iterator[tuple[str, str]]:
    """The name of each installed package and its `version.arch`; what is no paragraph of one is left out."""
    for paragraph in content.split(b"\n\n"):
        match dict(_fields(paragraph)):
            case {b"Package": name, b"Status": status, b"Version": version, b"Architecture": arch}:
                if status.endswith(b" installed"):
                    yield _text(name), _text(version + b"." + arch)


def _fields(paragraph: bytes) -> Iterator[tuple[bytes, bytes]]:
    for line in paragraph.split(b"\n"):
        name, _, value = line.partition(b":")
        value = value.strip(b" \t")
        if name in _FIELDS and 0 < len(value) <= _LONGEST:
            yield name, value


def _text(value: bytes) -> str:
    return printable(value.decode("utf-8", "surrogateescape"))

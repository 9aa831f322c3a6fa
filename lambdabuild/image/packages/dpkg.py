"""What dpkg has installed: `/var/lib/dpkg/status`, paragraphs of fields, of Debian and Ubuntu.

Source: deb822(5), and dpkg-query(1) for `db:Status-Status`, the last word of the field `Status`.
"""

import re
from collections.abc import Iterator

from lambdabuild.io.text import printable

_FIELD = re.compile(rb"^(Package|Status|Version|Architecture):[ \t]*(.{1,256}?)[ \t]*$", re.MULTILINE)


def packages_of(content: bytes) -> Iterator[tuple[str, str]]:
    """The name of each installed package and its `version.arch`; what is no paragraph of one is left out."""
    for paragraph in content.split(b"\n\n"):
        match dict(_FIELD.findall(paragraph)):
            case {b"Package": name, b"Status": status, b"Version": version, b"Architecture": arch}:
                if status.endswith(b" installed"):
                    yield _text(name), _text(version + b"." + arch)


def _text(value: bytes) -> str:
    return printable(value.decode("utf-8", "surrogateescape"))

"""Names of entries: what is a name, and when two of them are one."""

import unicodedata
from collections.abc import Iterable

from lambdabuild.package.refusals import BadNameError, SameNameError

LONGEST = 4095
"""Bytes of a path that Linux can open (PATH_MAX without its NUL)."""


def refuse_bad_names(names: Iterable[str]) -> None:
    """Raise BadNameError where a name is not a plain relative path, SameNameError where two cannot be together.

    Two names are one also where only case or Unicode normalization tells them apart: unpacked on macOS or
    Windows, one file would overwrite the other.
    """
    seen: dict[str, str] = {}
    for name in names:
        refuse_bad_name(name)
        key = _folded(name)
        if key in seen:
            raise SameNameError(seen[key], name, _why_same(seen[key], name))
        seen[key] = name
    for key, name in seen.items():
        parent = key
        while parent := parent.rpartition("/")[0]:
            if parent in seen:
                raise SameNameError(seen[parent], name, f"`{seen[parent]}` is a file, and so cannot be a folder")


def refuse_bad_name(name: str) -> None:
    """Raise BadNameError for what APPNOTE.TXT 4.4.17.1 forbids, and for what no one means."""
    if not name:
        raise BadNameError(name, "is an empty name")
    try:
        encoded = name.encode()
    except UnicodeEncodeError as error:
        raise BadNameError(name, "is not a name in UTF-8") from error
    if len(encoded) > LONGEST:
        raise BadNameError(f"{name[:60]}…", f"is longer than {LONGEST} bytes")
    if name.startswith("/"):
        raise BadNameError(name, "is an absolute path")
    if "\\" in name:
        raise BadNameError(name, "has a backslash, which is a folder's end on Windows")
    if any(unicodedata.category(character) == "Cc" for character in name):
        raise BadNameError(name, "has a control character")
    if not {"", ".", ".."}.isdisjoint(name.split("/")):
        raise BadNameError(name, "has an empty, `.` or `..` part")


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _why_same(first: str, second: str) -> str:
    if first == second:
        return "they have one name"
    if first.casefold() == second.casefold():
        return "they are one name where case does not count"
    return "they are one name where Unicode is normalized"

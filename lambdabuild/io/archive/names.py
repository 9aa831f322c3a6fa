"""Names of entries and targets of links: bytes to text, and what no file can be called."""

import re
from typing import Final

from lambdabuild.io.archive.faults import FaultError
from lambdabuild.io.archive.limits import LONGEST_PART, LONGEST_PATH
from lambdabuild.io.text import printable
from lambdabuild.model.artifact import FaultKind

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SEPARATOR = re.compile(r"[/\\]")
_SHOWN: Final = 80


def decoded(raw: bytes, *, utf8: bool, unix: bool) -> str:
    """The text of a name in a zip (APPNOTE.TXT appendix D): UTF-8 where its flag says so, cp437 without the flag.

    Tools on Unix write the bytes of the disk without the flag (Info-ZIP's zip, ditto of macOS), and unzip writes them
    back as they are: there it is UTF-8 as well. The extra field 0x7075 of Info-ZIP is not looked at.
    """
    if not (utf8 or unix):
        return raw.decode("cp437")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise FaultError(FaultKind.BAD_NAME, reason="is not UTF-8") from None


def plain(name: str) -> str:
    """The name without `.` and empty parts. FaultError where it is no relative path that Linux can have."""
    if _CONTROL.search(name):
        raise FaultError(FaultKind.BAD_NAME, reason="has a control character")
    if name.startswith(("/", "\\")):
        raise FaultError(FaultKind.ABSOLUTE)
    if ".." in _SEPARATOR.split(name):
        raise FaultError(FaultKind.CLIMBS)
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if not parts:
        raise FaultError(FaultKind.BAD_NAME, reason="is empty")
    _refuse_long(parts)
    return "/".join(parts)


def _refuse_long(parts: list[str]) -> None:
    try:
        sizes = [len(part.encode()) for part in parts]
    except UnicodeEncodeError:
        raise FaultError(FaultKind.BAD_NAME, reason="is not UTF-8") from None
    if max(sizes) > LONGEST_PART:
        raise FaultError(FaultKind.BAD_NAME, reason=f"has a part of more than {LONGEST_PART} bytes")
    if sum(sizes) + len(sizes) - 1 > LONGEST_PATH:
        raise FaultError(FaultKind.BAD_NAME, reason=f"has more than {LONGEST_PATH} bytes")


def target_of(raw: bytes) -> str:
    """The target of a symbolic link. FaultError where no link can have it."""
    try:
        target = raw.decode()
    except UnicodeDecodeError:
        raise FaultError(FaultKind.DAMAGED, reason="is a link whose target is not UTF-8") from None
    if not target:
        raise FaultError(FaultKind.DAMAGED, reason="is a link whose target is empty")
    if _CONTROL.search(target):
        raise FaultError(FaultKind.DAMAGED, reason="is a link whose target has a control character")
    if len(raw) > LONGEST_PATH:
        raise FaultError(FaultKind.DAMAGED, reason=f"is a link whose target has more than {LONGEST_PATH} bytes")
    return target


def shown(name: str | bytes) -> str:
    """What a terminal can be given of any name: escapes for what cannot be seen, the beginning of what is long."""
    text = name if isinstance(name, str) else name.decode(errors="backslashreplace")
    start = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
    return printable(start)

"""Bytes of a file by their place, when what names the place is not to be trusted."""

from typing import BinaryIO

from lambdabuild.io.archive.faults import FaultError
from lambdabuild.model.artifact import FaultKind


def read_at(stream: BinaryIO, place: int, size: int) -> bytes:
    """Exactly `size` bytes; FaultError where the file ends before, or where the disk fails. `place` is not negative."""
    try:
        stream.seek(place)
        found = stream.read(size)
    except OSError as error:
        raise damaged(f"cannot be read: {error.strerror or error}") from error
    if len(found) < size:
        raise damaged("is cut off")
    return found


def damaged(reason: str) -> FaultError:
    """What cannot be read, in words that fit after "it"."""
    return FaultError(FaultKind.DAMAGED, reason=reason)

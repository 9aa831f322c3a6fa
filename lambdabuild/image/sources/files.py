"""Files of this machine that an image is read from, in pieces and by their digest."""

import hashlib
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from lambdabuild.errors import DigestMismatchError, EnvironmentFailure
from lambdabuild.image.stream import DamagedImageError
from lambdabuild.io.registry.client import DOCUMENT_LIMIT
from lambdabuild.model.reference import DIGEST_PATTERN

PIECE: Final = 256 * 1024

_HINT = "the files were changed, or not copied whole; copy the image again"


def is_file(path: Path) -> bool:
    """Whether a file is there, and no pipe that would let a reader wait."""
    return stat.S_ISREG(_mode(path))


def is_folder(path: Path) -> bool:
    """Whether a folder is there."""
    return stat.S_ISDIR(_mode(path))


def _mode(path: Path) -> int:
    """Zero where nothing is."""
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return 0
    except OSError as error:
        raise unreadable(path, error) from error


def pieces(path: Path, start: int = 0) -> Iterator[bytes]:
    """The bytes of a file from `start` on; what the system has against reading it is an EnvironmentFailure."""
    if not is_file(path):
        raise EnvironmentFailure(f"`{path}` is no file", hint=_HINT)
    try:
        with path.open("rb") as file:
            file.seek(start)
            while piece := file.read(PIECE):
                yield piece
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> EnvironmentFailure:
    """What to raise for a file that is there, or should be."""
    return EnvironmentFailure(f"`{path}` cannot be read: {error.strerror or error}", hint=_HINT)


def document(chunks: Iterator[bytes], what: str) -> bytes:
    """All of it, where it is no longer than a document may be."""
    content = bytearray()
    for chunk in chunks:
        content += chunk
        if len(content) > DOCUMENT_LIMIT:
            raise DamagedImageError(what, f"has more than {DOCUMENT_LIMIT} bytes")
    return bytes(content)


def blob_path(layout: Path, digest: str) -> Path:
    """Where a layout has a blob (image-layout.md): by its digest and by nothing else, so no path leads out."""
    assert DIGEST_PATTERN.fullmatch(digest)
    return layout.joinpath("blobs", *digest.split(":"))


def verified(chunks: Iterator[bytes], digest: str, what: str, *, size: int | None = None) -> Iterator[bytes]:
    """The same bytes; a DigestMismatchError at their end, or where they get too long, if they are others."""
    hasher, count = hashlib.sha256(), 0
    for chunk in chunks:
        hasher.update(chunk)
        count += len(chunk)
        if size is not None and count > size:
            expect(f"size of {what}", f"{size} bytes", "more")
        yield chunk
    if size is not None:
        expect(f"size of {what}", f"{size} bytes", f"{count} bytes")
    expect(what, digest, f"sha256:{hasher.hexdigest()}")


def expect(what: str, expected: str, actual: str) -> None:
    """Raise unless the two are the same."""
    if expected != actual:
        raise DigestMismatchError(what, expected=expected, actual=actual, hint=_HINT)

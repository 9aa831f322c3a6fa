"""One layer as entries of its tar, held against the digest that the image's config has for it."""

import hashlib
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from lambdabuild.errors import DigestMismatchError, EnvironmentFailure
from lambdabuild.image.compression import unpacked
from lambdabuild.image.stream import DamagedImageError, Stream, close
from lambdabuild.image.tar import Entry, read_entries


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What keeps an image that was made to exhaust a machine from doing so.

    The unpacked bytes of a layer and its entries; the bytes that the names of all layers take.
    """

    size: int = 20 * 1024**3
    entries: int = 2_000_000
    names: int = 512 * 1024**2


USUAL: Final = Limits()
"""Images of Lambda end at 10 GB; one of 500,000 files takes a quarter of these entries, and half of these names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A layer to be read. `about`: what errors begin with; `blob`: its bytes as stored, from the start, verified."""

    about: str
    diff_id: str
    blob: Callable[[], Iterator[bytes]]


class OversizedLayerError(EnvironmentFailure):
    """A layer that unpacks to more than any image may hold."""

    def __init__(self, about: str, most: int) -> None:
        super().__init__(
            f"{about} holds more than {most} bytes", hint="images of Lambda have 10 GB at most; name another image"
        )


@contextmanager
def opened(layer: Layer, limits: Limits = USUAL) -> Iterator[Iterator[Entry]]:
    """Every entry. Believe them when the iterator has ended: at its end, a wrong digest is an error.

    Where a layer cannot be read, its blob is gone through to the end, so that bytes that are not what their digest says
    are told as that.
    """
    blob = layer.blob()
    try:
        yield _entries(layer, blob, limits)
    except DamagedImageError:
        deque(blob, maxlen=0)
        raise
    finally:
        close(blob)


def _entries(layer: Layer, blob: Iterator[bytes], limits: Limits) -> Iterator[Entry]:
    hasher = hashlib.sha256()
    chunks = _measured(unpacked(blob, layer.about), hasher.update, layer.about, limits.size)
    stream = Stream(chunks, layer.about)
    left = limits.size
    for entry in read_entries(stream, limits.entries):
        left -= entry.content.size
        if left < 0:
            raise OversizedLayerError(layer.about, limits.size)
        yield entry
    stream.drain()
    actual = f"sha256:{hasher.hexdigest()}"
    if actual != layer.diff_id:
        raise DigestMismatchError(f"{layer.about}, unpacked", expected=layer.diff_id, actual=actual)


def _measured(chunks: Iterator[bytes], update: Callable[[bytes], object], about: str, most: int) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        update(chunk)
        size += len(chunk)
        if size > most:
            raise OversizedLayerError(about, most)
        yield chunk

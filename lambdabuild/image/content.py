"""The bytes of one entry, read from the stream that it lies in, holes of sparse files filled with zeros."""

from collections.abc import Sequence

from lambdabuild.image.stream import Stream

Regions = Sequence[tuple[int, int]]
"""Where a sparse file has bytes: start and end of each region, none empty, in order."""


class Content:
    """Forward only. `size` is its length; what is not read costs no more than its decompression."""

    __slots__ = ("_at", "_stream", "size")

    def __init__(self, stream: Stream, size: int) -> None:
        self.size = size
        self._stream = stream
        self._at = 0

    def read(self, size: int = -1, /) -> bytes:
        """`size` bytes, less only at the end; all that is left where `size` is negative, however much that is."""
        left = self.size - self._at
        return self._next(left if size < 0 else min(size, left))

    def close(self) -> None:
        """There is no more to read: the stream goes on to other entries."""
        self._at = self.size

    def _next(self, size: int) -> bytes:
        piece = self._stream.read(size)
        if len(piece) < size:
            raise self._stream.damaged("ends in the middle of a file")
        self._at += size
        return piece


class SparseContent(Content):
    """The same of a file whose holes are not stored."""

    __slots__ = ("_region", "_regions")

    def __init__(self, stream: Stream, size: int, regions: Regions) -> None:
        super().__init__(stream, size)
        self._regions = iter([*regions, (size, size)])
        self._region = next(self._regions)

    def _next(self, size: int) -> bytes:
        end = self._at + size
        pieces = []
        while self._at < end:
            start, stop = self._region
            if self._at < start:
                hole = min(start, end) - self._at
                pieces.append(bytes(hole))
                self._at += hole
            elif self._at < stop:
                pieces.append(super()._next(min(stop, end) - self._at))
            else:
                self._region = next(self._regions)
        return b"".join(pieces)

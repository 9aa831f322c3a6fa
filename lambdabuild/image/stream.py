"""A layer's bytes, forward only: read, skipped, counted, in memory that does not depend on their number."""

from collections.abc import Generator, Iterator

from lambdabuild.errors import EnvironmentFailure


class DamagedImageError(EnvironmentFailure):
    """An image, or a layer of it, that no one can read."""

    def __init__(self, about: str, problem: str) -> None:
        super().__init__(f"{about} {problem}", hint="make, push or save the image again; no engine can run this one")


class Stream:
    """Bytes that come in chunks. `position`: how many were read or skipped; `about`: what errors begin with."""

    def __init__(self, chunks: Iterator[bytes], about: str) -> None:
        self.about = about
        self.position = 0
        self._chunks = filter(None, chunks)
        self._chunk = b""
        self._at = 0

    def read(self, size: int) -> bytes:
        """`size` bytes, or what is left where that is less."""
        end = self._at + size
        if end <= len(self._chunk):
            piece = self._chunk[self._at : end]
            self._at = end
            self.position += size
            return piece
        pieces = []
        while size > 0 and (here := self._here()):
            piece = self._chunk[self._at : self._at + size]
            self._pass(min(size, here))
            size -= len(piece)
            pieces.append(piece)
        return b"".join(pieces)

    def skip(self, size: int) -> int:
        """Leave `size` bytes out; how many of them there were not."""
        while size > 0 and (here := self._here()):
            step = min(size, here)
            self._pass(step)
            size -= step
        return size

    def drain(self) -> None:
        """Go to the end."""
        while here := self._here():
            self._pass(here)

    def damaged(self, problem: str) -> DamagedImageError:
        """What to raise, in words that go on after the layer's name."""
        return DamagedImageError(self.about, problem)

    def _here(self) -> int:
        """Bytes at hand, none only at the end."""
        if self._at == len(self._chunk):
            self._chunk, self._at = next(self._chunks, b""), 0
        return len(self._chunk) - self._at

    def _pass(self, size: int) -> None:
        self._at += size
        self.position += size


def close(chunks: Iterator[bytes]) -> None:
    """End what `chunks` holds open, where it is a generator."""
    if isinstance(chunks, Generator):
        chunks.close()

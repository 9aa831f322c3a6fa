"""The files of a tar on disk by name, read where they lie: nothing is unpacked to disk."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from lambdabuild.image.compression import unpacked
from lambdabuild.image.content import SparseContent
from lambdabuild.image.header import BLOCK, is_header
from lambdabuild.image.sources.files import PIECE, pieces, unreadable
from lambdabuild.image.stream import DamagedImageError, Stream
from lambdabuild.image.tar import Entry, Kind, absolute, read_entries
from lambdabuild.io.links import resolve

MOST: Final = 100_000
"""Files of an archive: an image has three for each layer, in practice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Where in the tar the bytes of a file are."""

    start: int
    size: int


class Members:
    """What a tar holds, links followed. One that is compressed is read up to each file, which takes longer."""

    def __init__(self, path: Path, about: str) -> None:
        self._path = path
        self._about = about
        self._files: dict[str, Member] = {}
        self._links: dict[str, str] = {}
        try:
            with path.open("rb") as file:
                self._plain = is_header(file.read(BLOCK))
                stream = _FileStream(file, about) if self._plain else self._unpacked()
                for entry in read_entries(stream, MOST):
                    self._add(entry, stream.position)
        except OSError as error:
            raise unreadable(path, error) from error

    def find(self, name: str) -> Member | None:
        """The file of this name."""
        return self._files.get(resolve(absolute(name), self._links) or "")

    def read(self, member: Member) -> Iterator[bytes]:
        """Its bytes."""
        if self._plain:
            stream = Stream(pieces(self._path, member.start), self._about)
        else:
            stream = self._unpacked()
            stream.skip(member.start)
        left = member.size
        while piece := stream.read(min(PIECE, left)):
            left -= len(piece)
            yield piece

    def _unpacked(self) -> Stream:
        return Stream(unpacked(pieces(self._path), self._about), self._about)

    def _add(self, entry: Entry, start: int) -> None:
        path = absolute(entry.name)
        self._files.pop(path, None)
        self._links.pop(path, None)
        if entry.kind is Kind.SYMLINK:
            self._links[path] = entry.target
        elif entry.kind is Kind.HARDLINK:
            self._links[path] = absolute(entry.target)
        elif entry.kind is Kind.FILE:
            if isinstance(entry.content, SparseContent):
                raise DamagedImageError(self._about, "holds a sparse file, which no engine writes there")
            self._files[path] = Member(start=start, size=entry.content.size)


class _FileStream(Stream):
    """The bytes of a file, where most of what is skipped is not read."""

    def __init__(self, file: BinaryIO, about: str) -> None:
        self._file = file
        self._size = file.seek(0, 2)
        file.seek(0)
        super().__init__(iter(lambda: file.read(PIECE), b""), about)

    def skip(self, size: int) -> int:
        """As of any stream."""
        end = self.position + size
        if size < PIECE or end > self._size:
            return super().skip(size)
        self._file.seek(end)
        self._chunk, self._at, self.position = b"", 0, end
        return 0

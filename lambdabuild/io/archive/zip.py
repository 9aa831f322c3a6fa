"""A zip that anyone may have made, opened: names in it are data and never paths, its claims are never believed."""

import hashlib
import stat
from pathlib import Path
from typing import BinaryIO, Final

from lambdabuild.errors import EnvironmentFailure, UsageError
from lambdabuild.io.archive.content import DEFLATED, STORED, Budget, pieces
from lambdabuild.io.archive.contents import Contents, special
from lambdabuild.io.archive.directory import Member, read_directory
from lambdabuild.io.archive.faults import FaultError
from lambdabuild.io.archive.limits import LONGEST_PATH, MOST_ZIPPED
from lambdabuild.io.archive.names import decoded, plain, shown, target_of
from lambdabuild.io.archive.places import Place, disagreement, locate
from lambdabuild.io.archive.stream import damaged
from lambdabuild.model.artifact import FaultKind, Opened

WITHOUT_MODES: Final = 0o644
"""The mode of a file whose zip knows of none: it may be read, and not be run."""

_FOLDER_WITHOUT_MODES: Final = 0o755
_METHODS = {
    1: "shrink",
    6: "implode",
    9: "deflate64",
    12: "bzip2",
    14: "lzma",
    93: "zstd",
    95: "xz",
    98: "ppmd",
    99: "aes",
}


def open_zip(path: Path, into: Path) -> Opened:
    """Unpack a zip into the folder `into`, under names of ours. What is wrong with it is a Fault.

    UsageError where the file cannot be read, EnvironmentFailure where `into` cannot be written.
    """
    contents = Contents()
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise UsageError(f"`{path}` is not a file", hint="name a zip")
        with path.open("rb", buffering=0) as stream:
            size = stream.seek(0, 2)
            if size > MOST_ZIPPED:
                contents.faults.add(FaultKind.TOO_MUCH, what="bytes", limit=str(MOST_ZIPPED))
                return contents.opened(zipped=size)
            try:
                _Zip(stream, size, into, contents).read()
            except FaultError as fault:
                contents.faults.take(fault)
            stream.seek(0)
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise UsageError(
            f"`{path}` cannot be read: {error.strerror or error}", hint="check the path and its permissions"
        ) from error
    return contents.opened(zipped=size, sha256=digest)


class _Zip:
    def __init__(self, stream: BinaryIO, size: int, into: Path, contents: Contents) -> None:
        self._stream = stream
        self._size = size
        self._into = into
        self._contents = contents
        self._faults = contents.faults
        self._budget = Budget()

    def read(self) -> None:
        """Take all entries in the order of the directory; FaultError for what is wrong with the whole."""
        directory = read_directory(self._stream, self._size)
        for number, (member, place) in enumerate(zip(directory.members, locate(self._stream, directory), strict=True)):
            try:
                name = self._name(member)
            except FaultError as fault:
                self._faults.take(fault, shown(member.name))
                continue
            try:
                self._take(name, member, place, self._into / str(number))
            except FaultError as fault:
                self._faults.take(fault, name)
                if not _is_folder(member):
                    self._contents.add_unread(name)
        if directory.zip64 and FaultKind.ZIP64 not in self._faults:
            self._faults.add(FaultKind.ZIP64)
        if directory.damage:
            raise damaged(directory.damage)

    def _name(self, member: Member) -> str:
        written = decoded(member.name, utf8=member.utf8, unix=member.mode is not None)
        name = plain(written)
        if "\\" in name:
            self._faults.add(FaultKind.BACKSLASH, name)
        if name != written.removesuffix("/"):
            self._faults.add(FaultKind.UNCLEAN_NAME, name, written=shown(written))
        return name

    def _take(self, name: str, member: Member, place: Place | FaultError, destination: Path) -> None:
        if isinstance(place, FaultError):
            raise place
        if member.encrypted:
            raise FaultError(FaultKind.ENCRYPTED)
        if details := disagreement(self._stream, member, place):
            self._faults.add(FaultKind.HEADERS_DISAGREE, name, **details)
        self._note(name, member, place)
        if _is_folder(member):
            if member.size:
                raise FaultError(FaultKind.SPECIAL, what="a folder with content")
            self._contents.add_folder(name, _FOLDER_WITHOUT_MODES if member.mode is None else member.mode)
            return
        if member.method not in (STORED, DEFLATED):
            method = _METHODS.get(member.method, str(member.method))
            raise FaultError(FaultKind.COMPRESSION, method=method)
        kind = stat.S_IFMT(member.mode or 0)
        if kind == stat.S_IFLNK:
            self._contents.add_link(name, self._target(member, place))
        elif kind in (0, stat.S_IFREG):
            self._unpack(member, place, destination)
            mode = WITHOUT_MODES if member.mode is None else member.mode
            self._contents.add_file(name, mode=mode, source=destination, size=member.size)
        else:
            raise special(kind)

    def _note(self, name: str, member: Member, place: Place) -> None:
        """What is harmless by itself."""
        if member.streamed:
            self._faults.add(FaultKind.DATA_DESCRIPTOR, name)
        if member.zip64 or place.zip64:
            self._faults.add(FaultKind.ZIP64, name)
        if member.mode is None and not _is_folder(member):
            self._faults.add(FaultKind.NO_UNIX_MODES, name, host=str(member.host))

    def _target(self, member: Member, place: Place) -> str:
        if member.size > LONGEST_PATH:
            raise damaged(f"is a link whose target has more than {LONGEST_PATH} bytes")
        return target_of(b"".join(pieces(self._stream, member, place.data, self._budget)))

    def _unpack(self, member: Member, place: Place, destination: Path) -> None:
        try:
            with destination.open("xb") as file:
                for piece in pieces(self._stream, member, place.data, self._budget):
                    file.write(piece)
        except FaultError:
            destination.unlink()
            raise
        except OSError as error:
            raise EnvironmentFailure(
                f"`{self._into}` cannot be written: {error.strerror or error}",
                hint="make room in the cache folder, or move it with LAMBDABUILD_CACHE_DIR",
            ) from error


def _is_folder(member: Member) -> bool:
    return member.name.endswith(b"/") or stat.S_ISDIR(member.mode or 0)

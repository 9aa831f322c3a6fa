"""Input trees as the Remote Execution API sees them: Directory messages, from the leaves to the root.

Source of the format: remote_execution.proto of bazelbuild/remote-apis (v2), messages Directory and FileNode:
nodes sorted by name, no empty field written, digests over the serialized message.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Protocol

from lambdabuild.io import reapi_pb2
from lambdabuild.model.plan import Digest, InputFile, InputTree, Stamp

_CHUNK = 1 << 20


class Message(Protocol):
    """What protobuf's messages have in common here."""

    def SerializeToString(self, *, deterministic: bool = ...) -> bytes:  # noqa: N802
        """The bytes on the wire."""
        ...


def digest_of(content: bytes) -> Digest:
    """The digest of bytes at hand."""
    return Digest(hash=hashlib.sha256(content).hexdigest(), size=len(content))


def digest_of_message(message: Message) -> Digest:
    """The digest of a message, serialized as REAPI asks for it: fields in order, unknown ones absent."""
    return digest_of(message.SerializeToString(deterministic=True))


def digest_of_file(path: Path) -> tuple[Digest, Stamp]:
    """Hash a file; the stamp is of the descriptor that was read, so a later change is seen."""
    hasher, size = hashlib.sha256(), 0
    with path.open("rb", buffering=0) as stream:
        status = os.fstat(stream.fileno())
        while chunk := stream.read(_CHUNK):
            hasher.update(chunk)
            size += len(chunk)
    return Digest(hash=hasher.hexdigest(), size=size), stamp_of(status)


def stamp_of(status: os.stat_result) -> Stamp:
    """The stamp in what stat says."""
    return Stamp(size=status.st_size, mtime=status.st_mtime_ns, inode=status.st_ino)


def wire(digest: Digest) -> reapi_pb2.Digest:
    """The message of a digest."""
    return reapi_pb2.Digest(hash=digest.hash, size_bytes=digest.size)


def files_below(folder: Path) -> Iterator[tuple[PurePosixPath, Path]]:
    """Every regular file below `folder`, with its name relative to it. Nothing else counts."""
    for current, folders, names in os.walk(folder):
        folders.sort()
        here = Path(current)
        for name in sorted(names):
            path = here / name
            if path.is_file() and not path.is_symlink():
                yield PurePosixPath(path.relative_to(folder).as_posix()), path


def tree_of(files: Iterable[tuple[PurePosixPath, Digest]], *, executable: Callable[[PurePosixPath], bool]) -> Digest:
    """The root digest of a tree of files alone."""
    root = _Folder()
    for path, digest in files:
        root.add_file(path, digest, executable=executable(path))
    return root.digest()


def root_of(files: Iterable[InputFile], trees: Iterable[InputTree]) -> Digest:
    """The root digest of an input tree. A tree and a file may not share a path, which is the caller's to keep."""
    root = _Folder()
    for file in files:
        root.add_file(file.path, file.digest, executable=file.executable)
    for tree in trees:
        root.at(tree.path.parent).known[tree.path.name] = tree.digest
    return root.digest()


@dataclass(slots=True)
class _Folder:
    files: dict[str, tuple[Digest, bool]] = field(default_factory=dict)
    folders: dict[str, "_Folder"] = field(default_factory=dict)
    known: dict[str, Digest] = field(default_factory=dict)

    def at(self, path: PurePosixPath) -> "_Folder":
        folder = self
        for part in path.parts:
            folder = folder.folders.setdefault(part, _Folder())
        return folder

    def add_file(self, path: PurePosixPath, digest: Digest, *, executable: bool) -> None:
        self.at(path.parent).files[path.name] = (digest, executable)

    def digest(self) -> Digest:
        assert not self.folders.keys() & self.known.keys(), "a known tree is not written into"
        assert not self.files.keys() & (self.folders.keys() | self.known.keys()), "one name is one node"
        folders = self.known | {name: folder.digest() for name, folder in self.folders.items()}
        return digest_of_message(
            reapi_pb2.Directory(
                files=[
                    reapi_pb2.FileNode(name=name, digest=wire(digest), is_executable=executable)
                    for name, (digest, executable) in sorted(self.files.items())
                ],
                directories=[
                    reapi_pb2.DirectoryNode(name=name, digest=wire(digest)) for name, digest in sorted(folders.items())
                ],
            )
        )

"""The root filesystem of an image: its layers one over the other, and of each file what the caller wants to know."""

import posixpath
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, assert_never

from lambdabuild.image.layers import USUAL, Layer, Limits, opened
from lambdabuild.image.tar import Entry, Kind, absolute
from lambdabuild.image.tree import Tree
from lambdabuild.io.links import resolve
from lambdabuild.io.registry.fields import quoted

_WHITEOUT = ".wh."
_AUFS = ".wh..wh."
_OPAQUE = ".wh..wh..opq"

T = TypeVar("T")


class Readable(Protocol):
    """The bytes of a file, forward only."""

    def read(self, size: int = -1, /) -> bytes:
        """`size` bytes, less only at the end; all that is left where `size` is negative, however much that is."""


Look = Callable[[str, int, Readable], T | None]
"""Path, size and bytes of a file to what shall be remembered of it. It is asked for files that upper layers hide too,
and must not keep the bytes' source; what it does not read is skipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File(Generic[T]):
    """One inode: hard links are the same object. `mode` is its permission bits, `size` its bytes."""

    mode: int
    size: int
    facts: T | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Root(Generic[T]):
    """What is where. Paths are absolute, without links but for their last name: `/usr/lib64/libc.so.6`.

    `links` maps to targets as written, `folders` to the names inside, in no order; `others` are devices and pipes.
    """

    files: Mapping[str, File[T]]
    links: Mapping[str, str]
    folders: Mapping[str, Collection[str]]
    others: Collection[str]

    def resolve(self, path: str) -> str | None:
        """The file, folder or other that `path` leads to; None where its links loop, or lead to nothing."""
        found = resolve(path, self.links, folders=self.folders)
        there = found in self.files or found in self.folders or found in self.others
        return found if there else None


def read_root(layers: Iterable[Layer], look: Look[T], limits: Limits = USUAL) -> Root[T]:
    """Read every layer, from the lowest up; each is held against its digest, or this is an EnvironmentFailure."""
    tree: Tree[File[T]] = Tree(limits.names)
    for layer in layers:
        tree.begin(layer.about)
        with opened(layer, limits) as entries:
            for entry in entries:
                _apply(tree, entry, look)
    return Root(files=tree.files, links=tree.links, folders=tree.folders, others=tree.others)


def _apply(tree: Tree[File[T]], entry: Entry, look: Look[T]) -> None:
    path = absolute(entry.name)
    parent, name = posixpath.split(path)
    if f"/{_AUFS}" in parent or (name.startswith(_AUFS) and name != _OPAQUE):
        return
    place = tree.place(path)
    if name.startswith(_WHITEOUT):
        _white_out(tree, posixpath.dirname(place), name)
        return
    match entry.kind:
        case Kind.FILE:
            size = entry.content.size
            facts = look(place, size, entry.content)
            tree.add_file(place, File(mode=entry.mode, size=size, facts=facts))
        case Kind.FOLDER:
            tree.add_folder(place)
        case Kind.SYMLINK:
            tree.add_symlink(place, entry.target)
        case Kind.HARDLINK:
            tree.add_hard_link(place, absolute(entry.target))
        case Kind.OTHER:
            tree.add_other(place)
        case _:
            assert_never(entry.kind)


def _white_out(tree: Tree[File[T]], folder: str, name: str) -> None:
    """What a marker, a whiteout of any type of file, takes away."""
    hidden = name.removeprefix(_WHITEOUT)
    if name == _OPAQUE:
        tree.make_opaque(folder)
    elif hidden in ("", ".", ".."):
        raise tree.damaged(f"has the whiteout {quoted(name)}, which names nothing")
    else:
        tree.white_out(posixpath.join(folder, hidden))

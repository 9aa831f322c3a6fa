"""What comes out: entries of a zip, and the zip."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal

from lambdabuild.model.finding import Finding
from lambdabuild.model.platform import Architecture


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file of an artifact: its name in the zip (`/` between folders), permission bits, bytes on disk."""

    name: str
    mode: int
    source: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A zip on disk. `sha256` and `content` (name, mode, sha256 of each entry) in hex, sizes in bytes."""

    path: Path
    sha256: str
    content: str
    zipped: int
    unzipped: int


class FaultKind(StrEnum):
    """What can be wrong with how an artifact is packed, and which `details` say so."""

    CLIMBS = "climbs"
    """A name has a part `..`."""
    ABSOLUTE = "absolute"
    """A name begins at the root."""
    BAD_NAME = "bad-name"
    """No file on Linux can have the name, or a terminal should not see it. `reason`."""
    BACKSLASH = "backslash"
    """A name has backslashes, as old tools of Windows write between folders. One fault for all of them."""
    UNCLEAN_NAME = "unclean-name"
    """A name has `.` or empty parts (`./bootstrap`), which are left out here. One fault for all. `written`."""
    DUPLICATE = "duplicate"
    """Two files have one name."""
    FILE_AS_FOLDER = "file-as-folder"
    """A file or a symbolic link is also a folder of `other`."""

    SYMLINK = "symlink"
    """A symbolic link to what is inside. One fault for all. `target`."""
    SYMLINK_ESCAPES = "symlink-escapes"
    """A symbolic link leaves the artifact: itself, or through others. `target`."""
    SYMLINK_DANGLES = "symlink-dangles"
    """A symbolic link to nothing. `target`, and `missing`: the path that is not there, or is no folder."""
    SYMLINK_LOOPS = "symlink-loops"
    """A symbolic link that Linux gives up on (ELOOP). `target`."""
    SPECIAL = "special"
    """Neither a file nor a link nor a folder. `what`."""

    NO_UNIX_MODES = "no-unix-modes"
    """Written where files have no permissions, like Windows. One fault for all. `host`: a number of APPNOTE 4.4.2."""
    DATA_DESCRIPTOR = "data-descriptor"
    """Sizes follow the data (a zip that was written to a stream). One fault for all."""
    ZIP64 = "zip64"
    """Fields for large files are used. One fault for all; no entry where only the end record has them."""

    ENCRYPTED = "encrypted"
    """Needs a password."""
    COMPRESSION = "compression"
    """Neither stored nor deflated. `method`: a number of APPNOTE 4.4.5, or the name of the method."""
    HEADERS_DISAGREE = "headers-disagree"
    """The two headers of an entry differ, and so do tools that read one of them. `field`, `local`, `central`."""
    OVERLAP = "overlap"
    """Shares bytes of the zip with `other`."""
    WRONG_SIZE = "wrong-size"
    """Does not have the size that its header claims. `claimed`, `found`: bytes, or `more`."""
    BAD_CRC = "bad-crc"
    """Does not have the checksum that its header claims. `claimed`, `found`: eight hexadecimal digits."""
    DAMAGED = "damaged"
    """Cannot be read: the entry, or the zip where there is no entry. `reason`."""
    UNREADABLE = "unreadable"
    """The system does not let it be read, or it was gone before it was. `reason`."""

    TOO_MUCH = "too-much"
    """More than is looked at, by accident or as a bomb. One fault for all. `what`, `limit`."""
    EMPTY = "empty"
    """No file at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong with how an artifact is packed.

    `entry` is the name of an entry, made fit to be shown where it is none that a file can have, or empty where it is
    about the whole. One fault may stand for `count` entries, of which `entry` is the first. Names and targets in
    `details` are made fit to be shown: without control characters, and cut where they are long.
    """

    kind: FaultKind
    entry: str = ""
    count: int = 1
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a zip or a folder holds. Names are relative and plain: no `.`, `..`, empty parts, or control characters.

    `entries` are the regular files, in the order of the zip; of a folder, level by level. `links` are the symbolic
    links, each with its target as it is written, and `folders` the folders that are named for themselves, with their
    permission bits. `unread` are files and links that have a name but not, for a fault, a content. `unzipped` is the
    sum of the entries' sizes. `zipped` and `sha256` (in hex) are those of a zip as it is on disk; None for a folder,
    and there is no digest of a zip that is too large.
    """

    entries: tuple[Entry, ...]
    links: Mapping[str, str]
    folders: Mapping[str, int]
    unread: frozenset[str]
    faults: tuple[Fault, ...]
    zipped: int | None
    unzipped: int
    sha256: str | None


NOTHING = Opened(entries=(), links={}, folders={}, unread=frozenset(), faults=(), zipped=None, unzipped=0, sha256=None)
"""A folder with nothing in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One line of `dist/build.json`. `path` is relative to the project, `code_sha256` base64 as Lambda shows it.

    `runtime` is the function's own. `supports` has that one and each of the floor, with the CPUs that it is for there.
    `actions` holds the digest of the action that made the program for each CPU.
    """

    function: str
    architectures: tuple[Architecture, ...]
    runtime: str
    supports: Mapping[str, tuple[Architecture, ...]]
    path: str
    sha256: str
    code_sha256: str
    content: str
    zipped: int
    unzipped: int
    actions: Mapping[Architecture, str]
    status: Literal["built", "unchanged"]
    cached: bool
    seconds: float
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which functions and architectures a command is about; empty means all."""

    functions: frozenset[str] = frozenset()
    architectures: frozenset[Architecture] = frozenset()

    def takes(self, function: str, architectures: Iterable[Architecture]) -> bool:
        """Whether an artifact is among the chosen; one that is for several CPUs is, by each of them."""
        return (not self.functions or function in self.functions) and (
            not self.architectures or not self.architectures.isdisjoint(architectures)
        )

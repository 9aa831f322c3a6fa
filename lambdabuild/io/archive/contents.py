"""What was found in a zip or a folder so far, and what is wrong with how it lies together."""

import stat
from pathlib import Path

from lambdabuild.io.archive.faults import FaultError, Faults
from lambdabuild.io.archive.limits import MOST_TARGETS
from lambdabuild.io.archive.links import Names, judge_links
from lambdabuild.io.archive.names import shown
from lambdabuild.model.artifact import Entry, FaultKind, Opened

_SPECIAL = {stat.S_IFIFO: "a pipe", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device", stat.S_IFSOCK: "a socket"}


class Contents:
    """Takes plain names only (`names.plain`)."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.unzipped = 0
        self._entries: list[Entry] = []
        self._links: dict[str, str] = {}
        self._folders: dict[str, int] = {}
        self._unread: set[str] = set()
        self._names: set[str] = set()
        self._targets = 0

    def add_file(self, name: str, *, mode: int, source: Path, size: int) -> None:
        """A regular file. A second of the same name is an entry as well."""
        self._name(name)
        self._entries.append(Entry(name=name, mode=mode & 0o777, source=source))
        self.unzipped += size

    def add_link(self, name: str, target: str) -> None:
        """A symbolic link; of two of one name, the later. FaultError where all together are too much."""
        self._targets += len(target)
        if self._targets > MOST_TARGETS:
            raise FaultError(FaultKind.TOO_MUCH, what="bytes of targets of symbolic links", limit=str(MOST_TARGETS))
        self._name(name)
        self._links[name] = target

    def add_folder(self, name: str, mode: int) -> None:
        """A folder that is named for itself, as often as one likes."""
        self._folders[name] = mode & 0o777

    def add_unread(self, name: str) -> None:
        """A file or link whose content is not to be had."""
        self._name(name)
        self._unread.add(name)

    def opened(self, *, zipped: int | None = None, sha256: str | None = None) -> Opened:
        """All of it, once nothing more is found."""
        if not self._names and self.faults.harmless:
            self.faults.add(FaultKind.EMPTY)
        names = Names(self._names, self._links, self._folders)
        for name in sorted(self._names):
            if (other := names.below(name)) is not None:
                self.faults.add(FaultKind.FILE_AS_FOLDER, name, other=shown(other))
        judge_links(names, self.faults)
        return Opened(
            entries=tuple(self._entries),
            links=self._links,
            folders=self._folders,
            unread=frozenset(self._unread),
            faults=self.faults.listed(),
            zipped=zipped,
            unzipped=self.unzipped,
            sha256=sha256,
        )

    def _name(self, name: str) -> None:
        if name in self._names:
            self.faults.add(FaultKind.DUPLICATE, name)
        self._names.add(name)


def special(mode: int) -> FaultError:
    """What is neither a file nor a link nor a folder, by its st_mode."""
    kind = stat.S_IFMT(mode)
    return FaultError(FaultKind.SPECIAL, what=_SPECIAL.get(kind, f"of the unknown type {kind:o}"))

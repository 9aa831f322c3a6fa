"""Where the symbolic links of an artifact lead. Unlike `io.links`, it tells why one leads nowhere, and has a bound."""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping

from lambdabuild.io.archive.faults import FaultError, Faults
from lambdabuild.io.archive.limits import MOST_WALKED
from lambdabuild.io.archive.names import shown
from lambdabuild.io.links import MOST_LINKS
from lambdabuild.model.artifact import FaultKind


class Names:
    """All names of an artifact, sorted, so that folders are found that no entry names for itself."""

    def __init__(self, names: Collection[str], links: Mapping[str, str], folders: Iterable[str]) -> None:
        """`names` are those of files and links, `folders` the folders that are named for themselves."""
        self.names = names
        self.links = links
        self._sorted = sorted([*names, *(f"{folder}/" for folder in folders)])

    def below(self, path: str) -> str | None:
        """A name that makes `path` a folder: its own as such, or one that lies in it."""
        start = f"{path}/"
        place = bisect_left(self._sorted, start)
        found = self._sorted[place] if place < len(self._sorted) else ""
        return found if found.startswith(start) else None


def judge_links(names: Names, faults: Faults) -> None:
    """Tell of each link where it leads, as path_resolution(7) has it."""
    walk = _Walk(names)
    for link, target in names.links.items():
        try:
            walk.follow(link)
        except FaultError as fault:
            faults.take(fault, link)
            if fault.kind is FaultKind.TOO_MUCH:
                return
        else:
            faults.add(FaultKind.SYMLINK, link, target=shown(target))


class _Walk:
    def __init__(self, names: Names) -> None:
        self._names = names
        self._left = MOST_WALKED

    def follow(self, link: str) -> None:
        """Go where a link leads; FaultError where that is not inside."""
        target = self._names.links[link]
        self._spend(len(target))
        here = link.rpartition("/")[0]
        todo = _parts(target)
        followed = 1
        while todo:
            part = todo.pop()
            if part == ".":
                continue
            if part == "/" or (part == ".." and not here):
                raise FaultError(FaultKind.SYMLINK_ESCAPES, target=shown(target))
            if part == "..":
                here = here.rpartition("/")[0]
                continue
            path = f"{here}/{part}" if here else part
            self._spend(len(path))
            if (further := self._names.links.get(path)) is not None:
                followed += 1
                if followed > MOST_LINKS:
                    raise FaultError(FaultKind.SYMLINK_LOOPS, target=shown(target))
                self._spend(len(further))
                todo += _parts(further)
            elif self._names.below(path) is not None:
                here = path
            elif todo or path not in self._names.names:
                raise FaultError(FaultKind.SYMLINK_DANGLES, target=shown(target), missing=shown(path))

    def _spend(self, characters: int) -> None:
        self._left -= characters + 64
        if self._left < 0:
            what = "characters of paths that symbolic links lead through"
            raise FaultError(FaultKind.TOO_MUCH, what=what, limit=str(MOST_WALKED))


def _parts(target: str) -> list[str]:
    """What lies between the slashes, the last first, where `file/` and `file/.` ask for a folder; `/` begins a path."""
    parts = [part or "." for part in reversed(target.split("/"))]
    return [*parts, "/"] if target.startswith("/") else parts

"""Faults as they are found, and how many of them are told."""

from dataclasses import replace

from lambdabuild.io.archive.limits import MOST_LISTED
from lambdabuild.model.artifact import Fault, FaultKind

HABITS = frozenset(
    [
        FaultKind.BACKSLASH,
        FaultKind.UNCLEAN_NAME,
        FaultKind.SYMLINK,
        FaultKind.NO_UNIX_MODES,
        FaultKind.DATA_DESCRIPTOR,
        FaultKind.ZIP64,
    ]
)
"""What a tool does to all of its entries alike."""

ONE_FOR_ALL = HABITS | {FaultKind.TOO_MUCH}
"""Kinds of which only the first is told."""


class FaultError(Exception):
    """What costs an entry, or the whole, its place. Never leaves `io.archive`."""

    def __init__(self, kind: FaultKind, **details: str) -> None:
        super().__init__(kind, details)
        self.kind = kind
        self.details = details


class Faults:
    """All of them in few words: a zip of 100,000 bad entries does not make as many lines."""

    def __init__(self) -> None:
        self._listed: dict[FaultKind, list[Fault]] = {}

    def __contains__(self, kind: FaultKind) -> bool:
        return kind in self._listed

    @property
    def harmless(self) -> bool:
        """Whether none of them hides an entry."""
        return self._listed.keys() <= HABITS

    def add(self, kind: FaultKind, entry: str = "", **details: str) -> None:
        """Take one more; where its kind has enough of them already, the last of those stands for it."""
        listed = self._listed.setdefault(kind, [])
        if len(listed) == (1 if kind in ONE_FOR_ALL else MOST_LISTED):
            listed[-1] = replace(listed[-1], count=listed[-1].count + 1)
        else:
            listed.append(Fault(kind=kind, entry=entry, details=details))

    def take(self, fault: FaultError, entry: str = "") -> None:
        """Take what was raised."""
        self.add(fault.kind, entry, **fault.details)

    def listed(self) -> tuple[Fault, ...]:
        """Kind by kind, in the order in which the first of each was found."""
        return tuple(fault for faults in self._listed.values() for fault in faults)

"""The lock: read, written, sealed, held against the spec, completed, moved on purpose."""

from lambdabuild.lock.file import read_lock, write_lock
from lambdabuild.lock.refresh import Sources, refresh
from lambdabuild.lock.staleness import broken_seals, lacking, missing
from lambdabuild.lock.update import ask, movable, update

__all__ = [
    "Sources",
    "ask",
    "broken_seals",
    "lacking",
    "missing",
    "movable",
    "read_lock",
    "refresh",
    "update",
    "write_lock",
]

"""The lock: read, written, sealed, held against the spec, completed."""

from lambdabuild.lock.file import read_lock, write_lock
from lambdabuild.lock.refresh import Sources, refresh
from lambdabuild.lock.staleness import broken_seals, missing

__all__ = ["Sources", "broken_seals", "missing", "read_lock", "refresh", "write_lock"]

"""Executors: one protocol, the same bytes."""

from lambdabuild.execute.host import HostExecutor

__all__ = ["HostExecutor"]

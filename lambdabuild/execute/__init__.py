"""Executors: one protocol, the same bytes."""

from lambdabuild.execute.docker import DockerExecutor
from lambdabuild.execute.engine_images import EngineImages, LockedImageSource
from lambdabuild.execute.host import HostExecutor

__all__ = ["DockerExecutor", "EngineImages", "HostExecutor", "LockedImageSource"]

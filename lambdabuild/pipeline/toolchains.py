"""The toolchains that the lock pins, installed where they are absent."""

from contextlib import nullcontext
from dataclasses import dataclass

from lambdabuild.errors import StaleLockError
from lambdabuild.model.events import working
from lambdabuild.model.lock import Lock
from lambdabuild.model.plan import Toolchain, Zig
from lambdabuild.pipeline.request import Request
from lambdabuild.toolchain import GoToolchains, ZigToolchains


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolchains:
    """By version, and by the platform that they run on; StaleLockError for one that is not locked."""

    request: Request
    locked: Lock

    def go(self, version: str, platform: str) -> Toolchain:
        """The locked Go."""
        found = self.locked.toolchains.get(f"go@{version}", {}).get(platform)
        if found is None:
            raise StaleLockError(self.request.lock_file, [f"go@{version} {platform}"])
        toolchains = GoToolchains(store=self.request.store, environ=self.request.environ)
        here = toolchains.installed(version, platform, found)
        with nullcontext() if here else working(self.request.emit, "toolchain", f"Go {version} for {platform}"):
            return toolchains.install(version, platform, found)

    def zig(self, version: str, platform: str) -> Zig:
        """The locked zig."""
        found = self.locked.zigs.get(f"zig@{version}", {}).get(platform)
        if found is None:
            raise StaleLockError(self.request.lock_file, [f"zig@{version} {platform}"])
        toolchains = ZigToolchains(store=self.request.store, environ=self.request.environ)
        here = toolchains.installed(version, platform, found)
        with nullcontext() if here else working(self.request.emit, "toolchain", f"zig {version} for {platform}"):
            return toolchains.install(version, platform, found)

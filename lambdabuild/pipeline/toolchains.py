"""The toolchains that the lock pins, installed where they are absent."""

from contextlib import nullcontext
from dataclasses import dataclass

from lambdabuild.errors import UsageError
from lambdabuild.model.events import working
from lambdabuild.model.lock import Lock
from lambdabuild.model.plan import Toolchain, Zig
from lambdabuild.pipeline.request import Request
from lambdabuild.toolchain import GoToolchains, ZigToolchains


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolchains:
    """By version, and by the platform that they run on; UsageError for one that is not locked."""

    request: Request
    locked: Lock

    def go(self, version: str, platform: str) -> Toolchain:
        """The locked Go."""
        found = self.locked.toolchains.get(f"go@{version}", {}).get(platform)
        if found is None:
            raise _not_locked(self.request, f"Go {version}", platform)
        toolchains = GoToolchains(store=self.request.store, environ=self.request.environ)
        here = toolchains.installed(version, platform, found)
        with nullcontext() if here else working(self.request.emit, "toolchain", f"Go {version} for {platform}"):
            return toolchains.install(version, platform, found)

    def zig(self, version: str, platform: str) -> Zig:
        """The locked zig."""
        found = self.locked.zigs.get(f"zig@{version}", {}).get(platform)
        if found is None:
            raise _not_locked(self.request, f"zig {version}", platform)
        toolchains = ZigToolchains(store=self.request.store, environ=self.request.environ)
        here = toolchains.installed(version, platform, found)
        with nullcontext() if here else working(self.request.emit, "toolchain", f"zig {version} for {platform}"):
            return toolchains.install(version, platform, found)


def _not_locked(request: Request, what: str, platform: str) -> UsageError:
    """Of this machine's own platform the lock was held against the spec before; another is a container engine's."""
    return UsageError(
        f"`{request.spec_file}`: `hosts` does not list {platform}, which the container engine runs:"
        f" {what} for it is not locked",
        hint="add it, run `lambdabuild lock`, commit both files",
    )

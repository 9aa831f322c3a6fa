"""The toolchains that the lock pins, installed where they are absent."""

from contextlib import nullcontext

from lambdabuild.model.events import working
from lambdabuild.model.lock import Lock, LockedToolchain
from lambdabuild.model.plan import Toolchain, Zig
from lambdabuild.model.platform import host_platform
from lambdabuild.pipeline.request import Request
from lambdabuild.toolchain import GoToolchains, ZigToolchains


def install_go(request: Request, version: str, platform: str, locked: LockedToolchain) -> Toolchain:
    """The locked Go that runs on `platform`."""
    toolchains = GoToolchains(store=request.store, environ=request.environ)
    here = toolchains.installed(version, platform, locked)
    with nullcontext() if here else working(request.emit, "toolchain", f"Go {version} for {platform}"):
        return toolchains.install(version, platform, locked)


def install_zig(request: Request, version: str, locked: Lock) -> Zig:
    """The locked zig that runs here."""
    host = host_platform()
    toolchains, found = ZigToolchains(store=request.store, environ=request.environ), locked.zigs[f"zig@{version}"][host]
    here = toolchains.installed(version, host, found)
    with nullcontext() if here else working(request.emit, "toolchain", f"zig {version} for {host}"):
        return toolchains.install(version, host, found)

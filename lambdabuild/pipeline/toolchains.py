"""The toolchains that the lock pins, installed where they are absent."""

from contextlib import nullcontext

from lambdabuild.model.events import working
from lambdabuild.model.lock import LockedToolchain
from lambdabuild.model.plan import Toolchain
from lambdabuild.pipeline.request import Request
from lambdabuild.toolchain import GoToolchains


def install_go(request: Request, version: str, platform: str, locked: LockedToolchain) -> Toolchain:
    """The locked Go that runs on `platform`."""
    toolchains = GoToolchains(store=request.store, environ=request.environ)
    here = toolchains.installed(version, platform, locked)
    with nullcontext() if here else working(request.emit, "toolchain", f"Go {version} for {platform}"):
        return toolchains.install(version, platform, locked)

"""Pins: what the lock holds, completed and held against the spec."""

from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from lambdabuild.diff import changes, toolchain_moves
from lambdabuild.errors import AbsentPlatformError, EnvironmentFailure, MissingLockError
from lambdabuild.lock import Sources, lacking, read_lock, refresh, write_lock
from lambdabuild.model.events import Warned, working
from lambdabuild.model.lock import Lock, LockedPlatform, LockedToolchain, LockedZig
from lambdabuild.model.platform import Architecture, host_platform
from lambdabuild.model.reference import ImageReference
from lambdabuild.model.report import LockReport
from lambdabuild.model.spec import Spec
from lambdabuild.pipeline.images import Images, images_by
from lambdabuild.pipeline.request import Request, name_of, read_fresh
from lambdabuild.spec import load

if TYPE_CHECKING:
    from lambdabuild.image import Kept
    from lambdabuild.io.registry import ImageFacts


def lock(request: Request, *, dry: bool = False) -> LockReport:
    """Complete the lock: add what the spec needs, drop what it no longer names, move nothing."""
    spec = load(request.spec_file, variables=request.variables)
    with request.store.alone(name_of("lock", request.lock_file)):
        old = read_or_none(request.lock_file)
        new = refresh(spec, old, sources_of(request, spec))
        if not dry:
            write_lock(request.lock_file, new)
    return LockReport(
        lock=request.lock_file,
        changes=changes(old, new),
        toolchains=toolchain_moves(old, new),
        written=not dry,
        lacking=warn_of_lacking(request, spec, new),
    )


def warn_of_lacking(request: Request, spec: Spec, lock: Lock) -> bool:
    """Whether an image was never made for a platform that the spec asks for, which is told."""
    found = lacking(lock, spec, spec.functions.values())
    for reference, platform in found:
        error = AbsentPlatformError(request.lock_file, reference, platform, lock.images[reference].platforms)
        request.emit(Warned(message=error.message, hint=error.hint or ""))
    return bool(found)


def check_lock(request: Request) -> LockReport:
    """Offline: LockError where the lock does not cover the spec on every host that it names."""
    spec = load(request.spec_file, variables=request.variables)
    read_fresh(request, spec, tuple(spec.functions.values()), hosts=spec.hosts)
    return LockReport(lock=request.lock_file, written=False)


def read_or_none(file: Path) -> Lock:
    """The lock, which pins nothing where there is none yet."""
    try:
        return read_lock(file)
    except MissingLockError:
        return Lock()


def sources_of(request: Request, spec: Spec) -> Sources:
    """Where the facts of a lock come from: the registries, the go command and the pip of this user.

    Tags are resolved where they are, never at a copy; what has a digest may come from one.
    """
    from lambdabuild.io.registry import Registry
    from lambdabuild.toolchain import GoToolchains, ZigToolchains

    registry = Registry.from_environment(request.environ, mirror=spec.mirror)
    stop = Event()
    toolchains = GoToolchains(store=request.store, environ=request.environ, stop=stop)
    zigs = ZigToolchains(store=request.store, environ=request.environ, stop=stop)

    def image(reference: ImageReference) -> "ImageFacts":
        with working(request.emit, "resolve", str(reference)):
            return registry.facts(reference)

    def toolchain(version: str, host: str) -> LockedToolchain:
        with working(request.emit, "toolchain", f"Go {version} for {host}"):
            return toolchains.resolve(version, host, keep=host == host_platform())

    def zig(version: str, host: str) -> LockedZig:
        with working(request.emit, "toolchain", f"zig {version} for {host}"):
            return zigs.resolve(version, host, keep=host == host_platform())

    def abi(pin: ImageReference, platform: str, digest: str) -> LockedPlatform:
        kept = _kept(images_by(request, spec, Lock), pin, Architecture.of_platform(platform), digest)
        return LockedPlatform(
            digest=digest, abi=kept.abi, glibc=kept.inventory.glibc, libstdcxx=kept.inventory.libstdcxx
        )

    return Sources(image=image, abi=abi, toolchain=toolchain, zig=zig, stop=stop)


def _kept(images: Images, pin: ImageReference, architecture: Architecture, digest: str) -> "Kept":
    """From its registry what is not in the folder of copies, or is damaged there: copies are made of a whole lock."""
    try:
        return images.pinned(pin, architecture, digest)
    except EnvironmentFailure:
        if images.vendor is None:
            raise
        return images.without_copies.pinned(pin, architecture, digest)

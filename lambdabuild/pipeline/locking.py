"""Pins: what the lock holds, completed and held against the spec."""

from lambdabuild.errors import MissingLockError
from lambdabuild.io.registry import ImageFacts, Registry
from lambdabuild.lock import Sources, read_lock, refresh, write_lock
from lambdabuild.model.events import working
from lambdabuild.model.lock import Lock, LockedPlatform, LockedToolchain, LockedZig
from lambdabuild.model.platform import Architecture, host_platform
from lambdabuild.model.reference import ImageReference
from lambdabuild.model.report import Change
from lambdabuild.pipeline.images import Images
from lambdabuild.pipeline.request import Request, name_of, read_fresh
from lambdabuild.spec import load
from lambdabuild.toolchain import GoToolchains, ZigToolchains


def lock(request: Request) -> tuple[Change, ...]:
    """Complete the lock: add what the spec needs, drop what it no longer names, move nothing."""
    spec = load(request.spec_file, variables=request.variables)
    with request.store.alone(name_of("lock", request.lock_file)):
        try:
            old = read_lock(request.lock_file)
        except MissingLockError:
            old = Lock()
        new, changes = refresh(spec, old, _sources(request))
        write_lock(request.lock_file, new)
    return changes


def check_lock(request: Request) -> None:
    """Offline: LockError where the lock does not cover the spec on every host that it names."""
    spec = load(request.spec_file, variables=request.variables)
    read_fresh(request, spec, tuple(spec.functions.values()), hosts=spec.hosts)


def _sources(request: Request) -> Sources:
    registry = Registry.from_environment(request.environ)
    toolchains = GoToolchains(store=request.store, environ=request.environ)
    zigs = ZigToolchains(store=request.store, environ=request.environ)

    def image(reference: ImageReference) -> ImageFacts:
        with working(request.emit, "resolve", str(reference)):
            return registry.facts(reference)

    def toolchain(version: str, host: str) -> LockedToolchain:
        with working(request.emit, "toolchain", f"Go {version} for {host}"):
            return toolchains.resolve(version, host, keep=host == host_platform())

    def zig(version: str, host: str) -> LockedZig:
        with working(request.emit, "toolchain", f"zig {version} for {host}"):
            return zigs.resolve(version, host, keep=host == host_platform())

    def abi(pin: ImageReference, platform: str, digest: str) -> LockedPlatform:
        kept = Images(request=request).pinned(pin, Architecture.of_platform(platform), digest)
        return LockedPlatform(
            digest=digest, abi=kept.abi, glibc=kept.inventory.glibc, libstdcxx=kept.inventory.libstdcxx
        )

    return Sources(image=image, abi=abi, toolchain=toolchain, zig=zig)

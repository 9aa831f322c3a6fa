"""`lambdabuild lock`: add what is missing, drop what the spec no longer names, move nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, TypeVar

from lambdabuild.io.threads import each
from lambdabuild.lock.seal import seal
from lambdabuild.model.lock import Lock, LockedImage, LockedPlatform, LockedToolchain, LockedZig
from lambdabuild.model.reference import ImageReference
from lambdabuild.model.spec import Spec

if TYPE_CHECKING:
    from lambdabuild.io.registry import ImageFacts

_Locked = TypeVar("_Locked")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where facts come from: a registry, the libraries of a pinned image, the checksums of a Go version and of a zig
    version for a host. Several hosts are asked of at once; `stop` ends that.
    """

    image: "Callable[[ImageReference], ImageFacts]"
    abi: Callable[[ImageReference, str, str], LockedPlatform]
    toolchain: Callable[[str, str], LockedToolchain]
    zig: Callable[[str, str], LockedZig]
    stop: Event = field(default_factory=Event)


def refresh(spec: Spec, old: Lock, sources: Sources) -> Lock:
    """The lock that covers all of the spec. What `old` pins stays where it is.

    A pin whose seal is broken was moved by hand or by a bot: it stays, and its facts are read again.
    """
    images = {name: _image(name, old, sources) for name in sorted(set(spec.images.values()))}
    for name, platforms in judged(spec).items():
        images[name] = _with_abi(name, images[name], platforms, sources)
    gos = {f"go@{version}": version for version in sorted({function.go for function in spec.functions.values()})}
    zigs = {f"zig@{version}": version for version in (spec.zig,) if version and _needs_zig(spec)}
    return Lock(
        images=images,
        toolchains=_for_hosts(spec, gos, old.toolchains, sources.toolchain, sources.stop),
        zigs=_for_hosts(spec, zigs, old.zigs, sources.zig, sources.stop),
    )


def _image(name: str, old: Lock, sources: Sources) -> LockedImage:
    locked = old.images.get(name)
    if locked is None or ("@" in name and locked.pin != name):  # what the spec pins, no bot moves
        facts = sources.image(ImageReference.parse(name))
        return _sealed(name, f"{name.partition('@')[0]}@{facts.digest}", facts)
    if locked.platforms and seal(name, locked) == locked.seal:
        return locked
    return _sealed(name, locked.pin, sources.image(ImageReference.parse(locked.pin)))


def _sealed(name: str, pin: str, facts: "ImageFacts") -> LockedImage:
    platforms = {platform: LockedPlatform(digest=digest) for platform, digest in facts.platforms.items()}
    image = LockedImage(pin=pin, created=facts.created, platforms=platforms, seal="")
    return replace(image, seal=seal(name, image))


def judged(spec: Spec) -> dict[str, set[str]]:
    """The platforms of each image that functions are judged against which need libraries: of runtime and floor."""
    wanted: dict[str, set[str]] = {}
    for function in spec.functions.values():
        if function.judged:
            for architecture in function.architectures:
                for name in function.runtimes(architecture):
                    wanted.setdefault(spec.images[name], set()).add(architecture.platform)
    return wanted


def _with_abi(name: str, image: LockedImage, platforms: set[str], sources: Sources) -> LockedImage:
    """Fill in what is absent; a platform that the image does not have is what a build says."""
    absent = sorted(one for one in platforms & image.platforms.keys() if image.platforms[one].abi is None)
    if not absent:
        return image
    pin = ImageReference.parse(image.pin)
    known = {one: sources.abi(pin, one, image.platforms[one].digest) for one in absent}
    image = replace(image, platforms={**image.platforms, **known})
    return replace(image, seal=seal(name, image))


def _needs_zig(spec: Spec) -> bool:
    """Whether a function has C that zig compiles."""
    return any(function.cgo == "zig" for function in spec.functions.values())


def _for_hosts(
    spec: Spec,
    versions: Mapping[str, str],
    known: Mapping[str, Mapping[str, _Locked]],
    ask: Callable[[str, str], _Locked],
    stop: Event,
) -> dict[str, dict[str, _Locked]]:
    """What is locked of each version, by the lock's name for it, on every host of the spec."""
    locked = {}
    for name, version in versions.items():
        here = {host: found for host, found in known.get(name, {}).items() if host in spec.hosts}
        absent = [host for host in spec.hosts if host not in here]
        locked[name] = here | dict(zip(absent, each(partial(ask, version), absent, stop=stop), strict=True))
    return locked

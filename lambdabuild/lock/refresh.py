"""`lambdabuild lock`: add what is missing, drop what the spec no longer names, move nothing."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from lambdabuild.io.registry import ImageFacts
from lambdabuild.lock.seal import seal
from lambdabuild.model.lock import Lock, LockedImage, LockedPlatform, LockedToolchain, LockedZig
from lambdabuild.model.reference import ImageReference
from lambdabuild.model.report import Change
from lambdabuild.model.spec import Spec

_Locked = TypeVar("_Locked")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where facts come from: a registry, the libraries of a pinned image, the checksums of a Go version and of a zig
    version for a host.
    """

    image: Callable[[ImageReference], ImageFacts]
    abi: Callable[[ImageReference, str, str], LockedPlatform]
    toolchain: Callable[[str, str], LockedToolchain]
    zig: Callable[[str, str], LockedZig]


def refresh(spec: Spec, old: Lock, sources: Sources) -> tuple[Lock, tuple[Change, ...]]:
    """The lock that covers all of the spec. What `old` pins stays where it is.

    A pin whose seal is broken was moved by hand or by a bot: it stays, and its facts are read again.
    """
    changes: list[Change] = []
    images = {name: _image(name, old, sources, changes) for name in sorted(set(spec.images.values()))}
    for name, platforms in judged(spec).items():
        images[name] = _with_abi(name, images[name], platforms, sources, changes)
    gos = {f"go@{version}": version for version in sorted({function.go for function in spec.functions.values()})}
    zigs = {f"zig@{version}": version for version in (spec.zig,) if version and needs_zig(spec)}
    new = Lock(
        images=images,
        toolchains=_for_hosts(spec, gos, old.toolchains, sources.toolchain, changes),
        zigs=_for_hosts(spec, zigs, old.zigs, sources.zig, changes),
    )
    changes.extend(Change(verb="dropped", subject=name) for name in _dropped(old, new))
    return new, tuple(changes)


def _image(name: str, old: Lock, sources: Sources, changes: list[Change]) -> LockedImage:
    locked = old.images.get(name)
    if locked is None:
        reference = ImageReference.parse(name)
        facts = sources.image(reference)
        changes.append(Change(verb="added", subject=f"{name} {facts.digest}"))
        return _sealed(name, f"{name.partition('@')[0]}@{facts.digest}", facts)
    if locked.platforms and seal(name, locked) == locked.seal:
        return locked
    facts = sources.image(ImageReference.parse(locked.pin))
    changes.append(Change(verb="completed", subject=f"{name} {facts.digest}"))
    return _sealed(name, locked.pin, facts)


def _sealed(name: str, pin: str, facts: ImageFacts) -> LockedImage:
    platforms = {platform: LockedPlatform(digest=digest) for platform, digest in facts.platforms.items()}
    image = LockedImage(pin=pin, created=facts.created, platforms=platforms, seal="")
    return replace(image, seal=seal(name, image))


def judged(spec: Spec) -> dict[str, set[str]]:
    """The platforms of each image that dynamic artifacts are judged against: those of cgo, on runtime and floor."""
    wanted: dict[str, set[str]] = {}
    for function in spec.functions.values():
        if function.cgo != "off":
            for name in (function.runtime, *function.floor):
                platforms = wanted.setdefault(spec.images[name], set())
                platforms.update(architecture.platform for architecture in function.architectures)
    return wanted


def _with_abi(
    name: str, image: LockedImage, platforms: set[str], sources: Sources, changes: list[Change]
) -> LockedImage:
    """Fill in what is absent; a platform that the image does not have is what a build says."""
    absent = sorted(one for one in platforms & image.platforms.keys() if image.platforms[one].abi is None)
    if not absent:
        return image
    pin = ImageReference.parse(image.pin)
    known = {one: sources.abi(pin, one, image.platforms[one].digest) for one in absent}
    changes.extend(Change(verb="completed", subject=f"{name} {one} {known[one].abi}") for one in absent)
    image = replace(image, platforms={**image.platforms, **known})
    return replace(image, seal=seal(name, image))


def needs_zig(spec: Spec) -> bool:
    """Whether a function has C that zig compiles."""
    return any(function.cgo == "zig" for function in spec.functions.values())


def _for_hosts(
    spec: Spec,
    versions: Mapping[str, str],
    known: Mapping[str, Mapping[str, _Locked]],
    ask: Callable[[str, str], _Locked],
    changes: list[Change],
) -> dict[str, dict[str, _Locked]]:
    """What is locked of each version, by the lock's name for it, on every host of the spec."""
    locked = {}
    for name, version in versions.items():
        here = known.get(name, {})
        locked[name] = {host: found for host, found in here.items() if host in spec.hosts}
        for host in spec.hosts:
            if host not in here:
                locked[name][host] = ask(version, host)
                changes.append(Change(verb="added", subject=f"{name} {host}"))
    return locked


def _dropped(old: Lock, new: Lock) -> Iterator[str]:
    yield from sorted(old.images.keys() - new.images.keys())
    before, after = _hosts_of(old), _hosts_of(new)
    for name, hosts in sorted(before.items()):
        yield from (f"{name} {host}" for host in sorted(hosts - after.get(name, set())))


def _hosts_of(lock: Lock) -> dict[str, set[str]]:
    """The hosts that each toolchain is locked for."""
    return {name: set(hosts) for each in (lock.toolchains, lock.zigs) for name, hosts in each.items()}

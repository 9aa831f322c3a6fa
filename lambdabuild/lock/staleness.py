"""Whether a lock covers what a build needs: by need, offline, never by a file hash."""

from collections.abc import Iterable, Iterator

from lambdabuild.lock.seal import seal
from lambdabuild.model.lock import Lock
from lambdabuild.model.platform import ACTION_HOST
from lambdabuild.model.spec import Function, Spec


def missing(lock: Lock, spec: Spec, functions: Iterable[Function], *, hosts: Iterable[str]) -> tuple[str, ...]:
    """What building `functions` on `hosts` needs and the lock does not hold, sorted, in words for a message.

    A static host build needs its toolchain and the digest of its runtime; any other executor needs a platform of its
    image, too, and the function's own where a compiler of the image is used; what needs libraries needs what those of
    its runtimes are; cgo needs zig where that compiles its C.
    """
    every: set[str] = set()
    for function in functions:
        every.update(_images(lock, spec, function))
        every.update(_toolchains(lock, spec, function, {*hosts, ACTION_HOST}))
    return tuple(sorted(every))


def lacking(lock: Lock, spec: Spec, functions: Iterable[Function]) -> tuple[tuple[str, str], ...]:
    """Reference and platform of what building `functions` needs, and what is pinned was never made for, sorted."""
    needed = {use for function in functions for use in _platforms(spec, function)}
    return tuple(
        (reference, platform)
        for reference, platform in sorted(needed)
        if (image := lock.images.get(reference)) is not None and image.platforms and platform not in image.platforms
    )


def _platforms(spec: Spec, function: Function) -> Iterator[tuple[str, str]]:
    """The very platform of an image counts where its compiler is used, and where a program is held to its libraries."""
    for architecture in function.architectures:
        compiles = (function.build_image.get(architecture, function.runtime),) if function.cgo == "image" else ()
        judges = function.runtimes(architecture) if function.judged else ()
        for name in (*compiles, *judges):
            yield spec.images[name], architecture.platform


def broken_seals(lock: Lock) -> tuple[str, ...]:
    """References whose facts are not those that were sealed."""
    return tuple(sorted(name for name, image in lock.images.items() if seal(name, image) != image.seal))


def _images(lock: Lock, spec: Spec, function: Function) -> Iterator[str]:
    for name in (function.runtime, *function.floor):
        if name in spec.images and spec.images[name] not in lock.images:
            yield spec.images[name]
    if function.executor == "host" and not function.judged:
        return
    for architecture in function.architectures:
        reference = spec.images[function.build_image.get(architecture, function.runtime)]
        image = lock.images.get(reference)
        if image is None:
            yield reference
        elif architecture.platform not in image.platforms and (function.cgo == "image" or not image.platforms):
            yield f"{reference} {architecture.platform}"
    if function.judged:
        yield from _libraries(lock, spec, function)


def _libraries(lock: Lock, spec: Spec, function: Function) -> Iterator[str]:
    for architecture in function.architectures:
        platform = architecture.platform
        for reference in (spec.images[name] for name in function.runtimes(architecture)):
            image = lock.images.get(reference)
            found = image.platforms.get(platform) if image else None
            if image is not None and (found is None or found.abi is None):
                yield f"{reference} {platform}" + (" abi" if found else "")


def _toolchains(lock: Lock, spec: Spec, function: Function, hosts: Iterable[str]) -> Iterator[str]:
    go, zig = f"go@{function.go}", f"zig@{spec.zig}"
    for host in hosts:
        if host not in lock.toolchains.get(go, {}):
            yield f"{go} {host}"
        if function.cgo == "zig" and host not in lock.zigs.get(zig, {}):
            yield f"{zig} {host}"

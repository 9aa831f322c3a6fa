"""Who relies on an image: functions of the spec, by the platform that they need of it."""

from collections.abc import Iterator
from dataclasses import dataclass

from lambdabuild.model.spec import Function, Spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A function that is built for `platform`, and needs this platform of `image`, a reference.

    `judged`: its artifact needs libraries and is held against those there; what is static needs none of them.
    """

    image: str
    platform: str
    function: str
    judged: bool


def uses(spec: Spec) -> tuple[Use, ...]:
    """Every use of an image as runtime, floor or build image."""
    return tuple(use for function in spec.functions.values() for use in _of(function, spec))


def _of(function: Function, spec: Spec) -> Iterator[Use]:
    for architecture in function.architectures:
        runtimes = function.runtimes(architecture)
        build_image = function.build_image.get(architecture, function.runtime)
        for name in dict.fromkeys((*runtimes, build_image)):
            if name in spec.images:
                yield Use(
                    image=spec.images[name],
                    platform=architecture.platform,
                    function=function.name,
                    judged=function.judged and name in runtimes,
                )

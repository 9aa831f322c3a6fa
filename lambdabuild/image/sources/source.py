"""What every source of images can do, and how one is chosen of the images that it has."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from lambdabuild.errors import EnvironmentFailure, UsageError
from lambdabuild.image.layers import Layer
from lambdabuild.image.stream import DamagedImageError
from lambdabuild.io.registry import Descriptor, ImageConfig, Manifest
from lambdabuild.io.registry.fields import quoted


class ImageSource(Protocol):
    """One image, for one platform or several. All that it gives is held against its digest and size.

    Damaged content and a source that does not answer are an EnvironmentFailure, a name of nothing is a UsageError.
    """

    @property
    def name(self) -> str:
        """As a user writes it."""

    def manifest(self, platform: str) -> Manifest:
        """The image for a platform in canonical form, such as `linux/arm64`."""

    def config(self, manifest: Manifest) -> ImageConfig:
        """Its config."""

    def layer(self, descriptor: Descriptor) -> Iterator[bytes]:
        """The bytes of a layer; use them only when the iterator has ended without an error."""


class MissingNameError(UsageError):
    """Images are there, but none of this name."""

    def __init__(self, name: str, there: Sequence[str]) -> None:
        known = f"its names are {listed(there)}" if there else "it has no names; write the path alone"
        super().__init__(f"`{name}` is not there", hint=known)


class MissingPlatformError(EnvironmentFailure):
    """The image is there, but not for this platform."""

    def __init__(self, name: str, platform: str, there: Iterable[str]) -> None:
        others = ", ".join(sorted({f"`{other}`" for other in there}))
        known = f"only for {others}" if others else "nor for any other platform"
        super().__init__(
            f"`{name}` has no image for `{platform}`, {known}",
            hint="name an image that was made for this platform",
        )


class AmbiguousImageError(UsageError):
    """Several images are there, and the name fits them all."""

    def __init__(self, name: str, platform: str, names: Sequence[str]) -> None:
        super().__init__(
            f"`{name}` has several images for `{platform}`",
            hint=f"write one of its names after the path: {listed(names)}" if names else "keep one of them alone there",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An image that is there. `name`: what a user would write after the path to mean this one, where it has a name."""

    platform: str
    descriptor: Descriptor
    name: str | None


def layers_of(source: ImageSource, manifest: Manifest, config: ImageConfig) -> tuple[Layer, ...]:
    """The layers of an image from the lowest up, each with the digest that the config has for it (config.md)."""
    blobs, diff_ids = manifest.layers, config.diff_ids
    if len(blobs) != len(diff_ids):
        raise DamagedImageError(
            f"`{source.name}`", f"has {len(blobs)} layers in its manifest, and {len(diff_ids)} in its config"
        )
    return tuple(
        Layer(about=f"`{source.name}`: layer {blob.digest}", diff_id=diff_id, blob=partial(source.layer, blob))
        for blob, diff_id in zip(blobs, diff_ids, strict=True)
    )


def listed(names: Iterable[str]) -> str:
    """Names of a stranger, for a message."""
    return ", ".join(map(quoted, names))


def choose(name: str, platform: str, candidates: Sequence[Candidate]) -> Descriptor:
    """The one image for `platform`; of two with one digest it does not matter which."""
    fitting = {each.descriptor.digest: each for each in candidates if each.platform == platform}
    if not fitting:
        raise MissingPlatformError(name, platform, (each.platform for each in candidates))
    if len(fitting) > 1:
        raise AmbiguousImageError(name, platform, [each.name for each in fitting.values() if each.name])
    return next(iter(fitting.values())).descriptor

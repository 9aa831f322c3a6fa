"""Two images side by side: `lambdabuild compare`."""

from collections.abc import Mapping
from dataclasses import dataclass

from lambdabuild.diff import difference
from lambdabuild.errors import UsageError
from lambdabuild.image import ImageSource, MissingPlatformError, local_image
from lambdabuild.model.comparison import ImageMove, PlatformMove, Side
from lambdabuild.model.events import working
from lambdabuild.model.platform import Architecture
from lambdabuild.model.reference import ImageReference
from lambdabuild.pipeline.images import Images, images_of
from lambdabuild.pipeline.request import Request, project_here


@dataclass(frozen=True, slots=True, kw_only=True)
class _Image:
    """An image that can be read. `manifests` are digests by platform."""

    side: Side
    manifests: Mapping[str, str]
    sources: Mapping[Architecture, ImageSource]


def compare(request: Request, names: tuple[str, str], asked: tuple[Architecture, ...]) -> ImageMove:
    """From the first image to the second: names of the spec, which its lock pins, references, which are what they are
    on their registries now, images of this machine.

    Every platform that either has; of those that are asked for, an absent one is an EnvironmentFailure.
    """
    images = images_of(request, project_here(request, needed=False))
    old, new = (_found(images, name) for name in names)
    for image in (old, new):
        for architecture in asked:
            if architecture not in image.sources:
                raise MissingPlatformError(image.side.name, architecture.platform, image.manifests)
    wanted = {architecture.platform for architecture in asked} or {*old.manifests, *new.manifests}
    return ImageMove(
        old=old.side, new=new.side, platforms=tuple(_compared(images, old, new, one) for one in sorted(wanted))
    )


def _compared(images: Images, old: _Image, new: _Image, platform: str) -> PlatformMove:
    before, after = old.manifests.get(platform), new.manifests.get(platform)
    found = None
    if before is not None and after is not None and before != after and platform in _READABLE:
        architecture = Architecture.of_platform(platform)
        found = difference(
            images.view(old.sources[architecture], architecture, before),
            images.view(new.sources[architecture], architecture, after),
        )
    return PlatformMove(platform=platform, old=before, new=after, difference=found)


_READABLE = frozenset(architecture.platform for architecture in Architecture)


def _found(images: Images, name: str) -> _Image:
    text = images.reference(name)
    if (local := local_image(text)) is not None:
        return _local(name, local)
    locked = images.lock().images.get(text) if name in images.named else None
    if locked is not None and locked.platforms:
        platforms = {platform: one.digest for platform, one in locked.platforms.items()}
        side = Side(name=name, digest=locked.digest, created=locked.created)
        return _on_registry(images, side, ImageReference.parse(locked.pin), platforms)
    try:
        reference = ImageReference.parse(locked.pin if locked else text)
    except ValueError:
        raise UsageError(
            f"`{text}` is not an image", hint="write `registry/name:tag`, `oci:DIR`, or `docker-archive:FILE`"
        ) from None
    with working(images.request.emit, "resolve", str(reference)):
        facts = images.registry.facts(reference)
    side = Side(name=name, digest=facts.digest, created=facts.created)
    return _on_registry(images.without_copies, side, reference, facts.platforms)


def _on_registry(images: Images, side: Side, reference: ImageReference, platforms: Mapping[str, str]) -> _Image:
    sources = {
        architecture: images.source(reference, platforms[architecture.platform])
        for architecture in Architecture
        if architecture.platform in platforms
    }
    return _Image(side=side, manifests=platforms, sources=sources)


def _local(name: str, source: ImageSource) -> _Image:
    found, absent = {}, None
    for architecture in Architecture:
        try:
            found[architecture] = source.manifest(architecture.platform)
        except MissingPlatformError as error:
            absent = error
    if not found:
        assert absent is not None
        raise absent
    created = source.config(next(iter(found.values()))).created
    return _Image(
        side=Side(name=name, digest=None, created=created),
        manifests={architecture.platform: manifest.digest for architecture, manifest in found.items()},
        sources=dict.fromkeys(found, source),
    )

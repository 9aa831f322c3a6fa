"""`lambdabuild lock --update`: pins go where their tags are now, on purpose."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from lambdabuild.errors import UsageError
from lambdabuild.lock.refresh import Sources, refresh
from lambdabuild.model.lock import Lock
from lambdabuild.model.reference import ImageReference
from lambdabuild.model.spec import Spec

if TYPE_CHECKING:
    from lambdabuild.io.registry import ImageFacts


def movable(spec: Spec, names: Collection[str]) -> tuple[str, ...]:
    """The references that may move, sorted: those of `names` (of the spec, or references), or every one that is a tag.

    UsageError for a name that is not there, and for one that the spec pins by its digest.
    """
    for name in names:
        reference = spec.images.get(name, name)
        if reference not in spec.images.values():
            raise UnknownImageError(spec, name)
        if _pinned(reference):
            raise PinnedImageError(spec, name, reference)
    chosen = {spec.images.get(name, name) for name in names} or set(spec.images.values())
    return tuple(sorted(reference for reference in chosen if not _pinned(reference)))


def ask(references: Collection[str], sources: Sources) -> dict[str, "ImageFacts"]:
    """What each tag names now."""
    return {name: sources.image(ImageReference.parse(name)) for name in references}


def update(spec: Spec, old: Lock, sources: Sources, now: Mapping[str, "ImageFacts"]) -> Lock:
    """The lock that covers all of the spec, the images of `now` as they are now. Nothing else moves.

    What still is where it was pinned stays as it is written.
    """
    stale = {name for name, image in old.images.items() if name in now and now[name].digest != image.digest}
    kept = {name: image for name, image in old.images.items() if name not in stale}

    known = {ImageReference.parse(name): facts for name, facts in now.items()}

    def image(reference: ImageReference) -> "ImageFacts":
        return known.get(reference) or sources.image(reference)

    return refresh(spec, replace(old, images=kept), replace(sources, image=image))


def _pinned(reference: str) -> bool:
    return "@" in reference


class UnknownImageError(UsageError):
    """`--update` names what the spec does not."""

    def __init__(self, spec: Spec, name: str) -> None:
        super().__init__(
            f"`{spec.file}` has no image `{name}`", hint=f"`images` has {', '.join(f'`{one}`' for one in spec.images)}"
        )


class PinnedImageError(UsageError):
    """`--update` names an image whose digest stands in the spec."""

    def __init__(self, spec: Spec, name: str, reference: str) -> None:
        super().__init__(
            f"`{spec.file}` pins `{name}` itself, by the digest in `{reference}`: `lock --update` never moves it",
            hint="write another digest there, and run `lambdabuild lock`",
        )

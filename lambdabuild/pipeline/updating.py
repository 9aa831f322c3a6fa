"""Pins that move on purpose, what moved with them, and what would."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from lambdabuild.diff import UpdateRefusedError, Use, changes, difference, losses, moved, toolchain_moves, uses
from lambdabuild.errors import AbsentError, BrokenSealError, EnvironmentFailure, StaleLockError
from lambdabuild.image.stream import DamagedImageError
from lambdabuild.io.registry import ImageFacts
from lambdabuild.lock import ask, broken_seals, movable, read_lock, update, write_lock
from lambdabuild.model.comparison import ImageMove, ImageView, PlatformMove, Side
from lambdabuild.model.lock import Lock, LockedImage
from lambdabuild.model.platform import Architecture
from lambdabuild.model.reference import ImageReference
from lambdabuild.model.report import LockReport
from lambdabuild.model.spec import Spec
from lambdabuild.pipeline.images import Images, images_by
from lambdabuild.pipeline.locking import read_or_none, sources_of, warn_of_lacking
from lambdabuild.pipeline.request import Request, name_of
from lambdabuild.spec import load


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """What `--update` is told: names of images, all that may move where there are none."""

    names: Sequence[str] = ()
    accept_loss: bool = False
    dry: bool = False


def update_lock(request: Request, asked: Update) -> LockReport:
    """Move pins to where their tags are now, and complete the lock as `lock` does.

    UpdateRefusedError, and the lock stays, where a function would lose what it relies on; a dry run is `refused`.
    """
    spec = load(request.spec_file, variables=request.variables)
    chosen = movable(spec, asked.names)
    with request.store.alone(name_of("lock", request.lock_file)):
        old = read_or_none(request.lock_file)
        sources = sources_of(request, spec)
        new = update(spec, old, sources, ask(chosen, sources))
        moves = _Moves(images=images_by(request, spec, Lock), spec=spec).of(old, new)
        lost = tuple(loss for move in moves for loss in losses(move))
        refused = bool(lost) and not asked.accept_loss
        written = not (refused or asked.dry)
        if written:
            write_lock(request.lock_file, new)
    report = LockReport(
        lock=request.lock_file,
        changes=changes(old, new),
        toolchains=toolchain_moves(old, new),
        images=moves,
        losses=lost,
        written=written,
        refused=refused,
        lacking=warn_of_lacking(request, spec, new),
    )
    if refused and not asked.dry:
        raise UpdateRefusedError(report)
    return report


def outdated(request: Request, names: Sequence[str]) -> LockReport:
    """Ask the registries which tags are no longer where the lock has them. Nothing is written, no layer is read.

    LockError where the lock does not have them all, sealed.
    """
    spec = load(request.spec_file, variables=request.variables)
    chosen = movable(spec, names)
    old = read_lock(request.lock_file)
    if broken := broken_seals(old):
        raise BrokenSealError(request.lock_file, broken)
    if absent := [name for name in chosen if name not in old.images]:
        raise StaleLockError(request.lock_file, absent)
    now = ask(chosen, sources_of(request, spec))
    moves = tuple(_tag(spec, name, old.images[name], facts) for name, facts in now.items())
    images = tuple(move for move in moves if move.old.digest != move.new.digest)
    return LockReport(lock=request.lock_file, images=images, written=False)


def _tag(spec: Spec, name: str, old: LockedImage, facts: ImageFacts) -> ImageMove:
    before = {platform: found.digest for platform, found in old.platforms.items()}
    return ImageMove(
        old=Side(name=name, digest=old.digest, created=old.created),
        new=Side(name=name, digest=facts.digest, created=facts.created),
        platforms=_platforms(spec, name, before, facts.platforms),
        unknown=None if before else "the lock does not say",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moves:
    """What moved with each pin; images are read only for platforms that functions are for."""

    images: Images
    spec: Spec

    def of(self, old: Lock, new: Lock) -> tuple[ImageMove, ...]:
        """Every pin that is another, and every one that was moved alone: what it was sealed with stands beside it."""
        unsealed = {name for name in broken_seals(old) if name in new.images and old.images[name].platforms}
        names = {*moved(old, new), *(name for name in unsealed if _digests(old, name) != _digests(new, name))}
        return tuple(
            self._image(name, old.images[name], new.images[name], sealed=name not in unsealed) for name in sorted(names)
        )

    def _image(self, name: str, old: LockedImage, new: LockedImage, *, sealed: bool) -> ImageMove:
        before, created, unknown = self._before(old)
        after = {platform: found.digest for platform, found in new.platforms.items()}
        platforms = _platforms(self.spec, name, before, after, relied=unknown is not None)
        pins = ImageReference.parse(old.pin), ImageReference.parse(new.pin)
        return ImageMove(
            old=Side(name=name, digest=old.digest if sealed else None, created=created),
            new=Side(name=name, digest=new.digest, created=new.created),
            platforms=tuple(self._compared(platform, *pins) for platform in platforms),
            unknown=unknown,
        )

    def _before(self, old: LockedImage) -> tuple[dict[str, str], str | None, str | None]:
        """The platforms of a pin, when it was made, and why that is not known, where it is not."""
        if old.platforms:
            return {platform: found.digest for platform, found in old.platforms.items()}, old.created, None
        try:
            facts = self.images.registry.facts(ImageReference.parse(old.pin))
        except EnvironmentFailure as failure:
            if not _gone(failure):
                raise
            return {}, None, failure.message
        return dict(facts.platforms), facts.created, None

    def _compared(self, platform: PlatformMove, old: ImageReference, new: ImageReference) -> PlatformMove:
        if platform.old in {None, platform.new} or platform.new is None or not platform.functions:
            return platform
        assert platform.old is not None
        architecture = Architecture.of_platform(platform.platform)
        after = _view(self.images.without_copies, new, platform.new, architecture)
        try:
            before = self._was(old, platform.old, architecture)
        except EnvironmentFailure as failure:
            if not _gone(failure):
                raise
            known = self.images.known(platform.old)
            if known is None:
                return replace(platform, unknown=failure.message)
            before = ImageView(inventory=known.inventory)
        return replace(platform, difference=difference(before, after))

    def _was(self, pin: ImageReference, manifest: str, architecture: Architecture) -> ImageView:
        """What is pinned still: from the folder of copies, or else from its registry."""
        if self.images.vendor is not None:
            with suppress(EnvironmentFailure):
                return _view(self.images, pin, manifest, architecture)
        return _view(self.images.without_copies, pin, manifest, architecture)


def _digests(lock: Lock, name: str) -> dict[str, str]:
    return {platform: found.digest for platform, found in lock.images[name].platforms.items()}


def _view(images: Images, pin: ImageReference, manifest: str, architecture: Architecture) -> ImageView:
    return images.view(images.source(pin, manifest), architecture, manifest)


def _gone(failure: EnvironmentFailure) -> bool:
    """Whether what was asked for is no longer there: not that it cannot be had now or by this user, nor is another."""
    return isinstance(failure, AbsentError | DamagedImageError)


def _platforms(
    spec: Spec, name: str, old: Mapping[str, str], new: Mapping[str, str], *, relied: bool = False
) -> tuple[PlatformMove, ...]:
    """Every platform of either image; where it is not known what there was, also those that are relied on."""
    own = [use for use in uses(spec) if use.image == name]
    wanted = {use.platform for use in own} if relied else set()
    return tuple(
        PlatformMove(
            platform=platform,
            old=old.get(platform),
            new=new.get(platform),
            functions=_functions(own, platform, judged=False),
            judged=_functions(own, platform, judged=True),
        )
        for platform in sorted(old.keys() | new.keys() | wanted)
    )


def _functions(own: Sequence[Use], platform: str, *, judged: bool) -> tuple[str, ...]:
    named = (use.function for use in own if use.platform == platform and (use.judged or not judged))
    return tuple(dict.fromkeys(named))

"""The images that artifacts are judged against: what the lock pins, what a user gives, what a name means today."""

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from lambdabuild.check import Runtime
from lambdabuild.errors import (
    AbsentPlatformError,
    BrokenSealError,
    EnvironmentFailure,
    LockError,
    MissingLockError,
    StaleLockError,
    UsageError,
)
from lambdabuild.lock import broken_seals, read_lock
from lambdabuild.model.events import Warned, working
from lambdabuild.model.lock import Lock, LockedImage
from lambdabuild.model.platform import Architecture
from lambdabuild.model.reference import ImageReference, Mirror
from lambdabuild.model.spec import GO1X, GO1X_IMAGE, Function, Spec
from lambdabuild.pipeline.request import Request

if TYPE_CHECKING:
    from lambdabuild.image import ImageSource, Inventories, Kept
    from lambdabuild.io.registry import Registry
    from lambdabuild.model.comparison import ImageView

_RUNTIME = re.compile(r"(provided|python|nodejs|java|dotnet|ruby)\.?(al2023|al2|\d[\d.]*(?:\.al2)?)(?:\.x)?")
_PUBLIC = re.compile(
    r"(?:.*/)?lambda/(provided|python|nodejs|java|dotnet|ruby):(al2023|al2|\d{1,2}(?:\.\d{1,2})?(?:\.al2)?)(?:[.-].*)?"
)
_GO = re.compile(r"(?:.*/)?lambda/go:1(?:[.-].*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Images:
    """`named` are the images of a spec by name, `lock` gives what pins them; both are empty where there is no project.

    `vendor` is the folder that locked images are read from, `mirror` the registry; None where the spec names none.
    What was asked for once is not asked for, nor warned of, again. What reads images is imported when one is read: a
    static artifact never needs it.
    """

    request: Request
    named: Mapping[str, str] = field(default_factory=dict)
    lock: Callable[[], Lock] = Lock
    vendor: Path | None = None
    mirror: Mirror | None = None
    _known: dict[tuple[str, str, Architecture], Runtime] = field(default_factory=dict, init=False, repr=False)

    def of(self, function: Function, architecture: Architecture) -> tuple[Runtime, ...]:
        """The runtime of a function, and then its floor. UsageError where go1.x is among them, and has no image."""
        names = function.runtimes(architecture)
        if GO1X in names and GO1X not in self.named:
            raise UsageError(
                f"`functions.{function.name}.floor`: `{GO1X}` is not in `images`, and what is included needs libraries",
                hint=f"add `{GO1X}: {GO1X_IMAGE}` to `images`, and run `lambdabuild lock`",
            )
        return tuple(self.runtime(name, architecture) for name in names)

    def built_in(self, function: Function, architecture: Architecture) -> Runtime | None:
        """The image that a function's C was compiled in; None where it is the runtime's, or cannot be had now."""
        name = function.build_image.get(architecture, function.runtime)
        if function.cgo != "image" or name == function.runtime:
            return None
        try:
            return self.runtime(name, architecture)
        except EnvironmentFailure:
            return None

    def runtime(self, name: str, architecture: Architecture) -> Runtime:
        """The image of a runtime: by the lock, or else, with a warning, what its public name means now."""
        return self.given(self.named.get(name) or public_image(name), architecture, name=name)

    def given(self, image: str, architecture: Architecture, *, name: str) -> Runtime:
        """What the lock pins, an image of this machine, a reference by digest, or a tag, which is resolved now."""
        key = name, image, architecture
        if key not in self._known:
            self._known[key] = self._given(image, architecture, name)
        return self._known[key]

    def _given(self, image: str, architecture: Architecture, name: str) -> Runtime:
        if (locked := self.lock().images.get(image)) is not None:
            return self._locked(name, image, locked, architecture)
        from lambdabuild.image import local_image

        if image in self.named or _RUNTIME.fullmatch(image):
            return self.runtime(image, architecture)
        source = local_image(image)
        if source is not None:
            kept = self.read(source, architecture)
            return Runtime(name=name, image=f"{image}@{kept.inventory.manifest}", inventory=kept.inventory)
        try:
            reference = ImageReference.parse(image)
        except ValueError:
            raise UsageError(
                f"`{image}` is not an image", hint="write `registry/name:tag`, `oci:DIR`, or `docker-archive:FILE`"
            ) from None
        if reference.digest is None:
            return self._today(image, reference, architecture, name)
        return Runtime(name=name, image=image, inventory=self._by_digest(reference, architecture).inventory)

    def _locked(self, name: str, reference: str, locked: LockedImage, architecture: Architecture) -> Runtime:
        platform = architecture.platform
        child = locked.platforms.get(platform)
        if child is None and locked.platforms:
            raise AbsentPlatformError(self.request.lock_file, reference, platform, locked.platforms)
        if child is None:
            raise StaleLockError(self.request.lock_file, [f"{reference} {platform}"])
        kept = self.pinned(ImageReference.parse(locked.pin), architecture, child.digest)
        if child.abi not in (None, kept.abi):
            raise LockError(
                f"`{self.request.lock_file}`: `abi` of `{reference}` {platform} is {child.abi}, and of its image"
                f" {kept.abi}",
                hint="another version of lambdabuild wrote it: remove the line and run `lambdabuild lock`",
            )
        return Runtime(name=name, image=locked.pin, inventory=kept.inventory)

    def _today(self, image: str, reference: ImageReference, architecture: Architecture, name: str) -> Runtime:
        """What a tag names now; where that cannot be asked, what it named when it was asked last."""
        store, key = self.request.store, f"{reference} {architecture.platform}"
        try:
            digest = self.registry.facts(reference).digest
        except EnvironmentFailure as failure:
            seen = store.recall("seen", key)
            kept = self._inventories.known(store.recall("child", f"{seen} {architecture.platform}") or "")
            if seen is None or kept is None:
                raise
            self._warn(image, seen, f"is taken for what it was when it was seen last, {seen}: {failure.message}")
            return Runtime(name=name, image=f"{image}@{seen}", inventory=kept.inventory)
        store.remember("seen", key, digest)
        self._warn(image, digest, f"is {digest} now: not locked")
        kept = self._by_digest(ImageReference.parse(f"{image}@{digest}"), architecture)
        return Runtime(name=name, image=f"{image}@{digest}", inventory=kept.inventory)

    def _by_digest(self, reference: ImageReference, architecture: Architecture) -> "Kept":
        """An image by the digest of its index, or of its manifest; which one of an index it is never changes."""
        from lambdabuild.image import MissingPlatformError, RegistryImage

        store, key = self.request.store, f"{reference.digest} {architecture.platform}"
        child = store.recall("child", key)
        if child is None:
            platforms = self.registry.facts(reference).platforms
            child = platforms.get(architecture.platform)
            if child is None:
                raise MissingPlatformError(str(reference), architecture.platform, platforms)
            store.remember("child", key, child)
        if (kept := self._inventories.known(child)) is not None:
            return kept
        return self.read(RegistryImage(self.registry, reference, digest=child), architecture)

    def pinned(self, reference: ImageReference, architecture: Architecture, manifest: str) -> "Kept":
        """The inventory of a locked manifest, read where it is not known yet."""
        return self._inventories.known(manifest) or self.read(self.source(reference, manifest), architecture)

    def source(self, reference: ImageReference, manifest: str) -> "ImageSource":
        """A locked image by the digest of its manifest: in the folder that the spec names, and only there; else at its
        mirror or, if that has none, on its registry.
        """
        from lambdabuild.image import RegistryImage, VendoredImage

        if self.vendor is not None:
            return VendoredImage(self.vendor, reference, digest=manifest)
        return RegistryImage(self.registry, reference, digest=manifest)

    @property
    def without_copies(self) -> "Images":
        """The same images, of which none is read from the folder of copies."""
        return replace(self, vendor=None)

    def reference(self, name: str) -> str:
        """What a name of the spec or of a public runtime stands for; any other text itself."""
        return self.named.get(name) or (public_image(name) if _RUNTIME.fullmatch(name) else name)

    def known(self, manifest: str) -> "Kept | None":
        """The inventory of a manifest, if it was read before."""
        return self._inventories.known(manifest)

    def view(self, source: "ImageSource", architecture: Architecture, manifest: str) -> "ImageView":
        """All that is compared of an image, read where it is not known yet."""
        from lambdabuild.model.comparison import ImageView

        kept, contents = self._inventories.known(manifest), self._inventories.known_contents(manifest)
        if kept is None or contents is None:
            with self._reading(source, architecture):
                kept = self._inventories.take(source, architecture.platform)
                contents = self._inventories.contents(source, architecture.platform)
        return ImageView(inventory=kept.inventory, contents=contents)

    def read(self, source: "ImageSource", architecture: Architecture) -> "Kept":
        """The inventory of a source, read where its manifest is not known yet."""
        with self._reading(source, architecture):
            return self._inventories.take(source, architecture.platform)

    def _reading(self, source: "ImageSource", architecture: Architecture) -> AbstractContextManager[None]:
        return working(self.request.emit, "inventory", f"{source.name} {architecture.platform}")

    def _warn(self, image: str, digest: str, words: str) -> None:
        self.request.emit(
            Warned(
                message=f"`{image}` {words}",
                hint=f"to judge against the same files tomorrow, lock it, or write `--image {image}@{digest}`",
            )
        )

    @property
    def registry(self) -> "Registry":
        """A client of this user's registries."""
        from lambdabuild.io.registry import Registry

        return Registry.from_environment(self.request.environ, mirror=self.mirror)

    @property
    def _inventories(self) -> "Inventories":
        from lambdabuild.image import Inventories

        return Inventories(store=self.request.store)


def images_of(request: Request, project: Spec | None) -> Images:
    """Those of a project; its lock is read when an image is asked for, and no lock pins nothing.

    LockError, then, where a seal is broken.
    """
    if project is None:
        return Images(request=request)

    @cache
    def lock() -> Lock:
        try:
            found = read_lock(request.lock_file)
        except MissingLockError:
            return Lock()
        if broken := broken_seals(found):
            raise BrokenSealError(request.lock_file, broken)
        return found

    return images_by(request, project, lock)


def images_by(request: Request, project: Spec, lock: Callable[[], Lock]) -> Images:
    """Those of a project, by a lock that is at hand or read when it is needed."""
    return Images(request=request, named=project.images, lock=lock, vendor=project.vendor_folder, mirror=project.mirror)


def refuse_no_runtime(name: str | None, image: str | None, project: Spec | None) -> None:
    """UsageError for a runtime that no one has; with an image of its own, a runtime may be anything."""
    if name is not None and image is None and not (project and name in project.images):
        public_image(name)


def public_image(runtime: str) -> str:
    """AWS's image of a runtime, by its public name; UsageError for what is not one."""
    if runtime == GO1X:
        return GO1X_IMAGE
    match = _RUNTIME.fullmatch(runtime)
    if match is None:
        raise UsageError(
            f"`{runtime}` is not a runtime of AWS Lambda that has an image",
            hint="write one such as `provided.al2023` or `python3.13`, or give an image with `--image`",
        )
    return f"public.ecr.aws/lambda/{match[1]}:{match[2]}"


def runtime_of(image: str) -> str | None:
    """The runtime whose public image this is (`provided.al2023` of `…/lambda/provided:al2023`); None of another."""
    if _GO.fullmatch(image.partition("@")[0]):
        return GO1X
    match = _PUBLIC.fullmatch(image.partition("@")[0])
    if match is None:
        return None
    dotted, suffix = "." * (match[1] == "provided"), ".x" * (match[1] == "nodejs")
    return f"{match[1]}{dotted}{match[2]}{suffix}"

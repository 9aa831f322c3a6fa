"""Copies of every image that the lock pins: in a folder of the project, on a registry of one's own."""

from pathlib import Path

from lambdabuild.errors import UsageError
from lambdabuild.image.copies import Original, Place, copy_image, refuse_what_is_no_layout, vendoring
from lambdabuild.io.registry import Registry
from lambdabuild.lock import read_lock
from lambdabuild.model.events import Warned, working
from lambdabuild.model.lock import LockedImage
from lambdabuild.model.reference import ImageReference, Mirror
from lambdabuild.model.report import Copy
from lambdabuild.pipeline.request import Request, name_of
from lambdabuild.spec import GO_VENDOR, load

_INSIDE = "third_party/images"


def refuse_wrong_places(request: Request, *, folder: Path | None, mirror: str | None) -> None:
    """UsageError for a place that copies cannot go to: before anything is written, the lock too."""
    if mirror is not None:
        _mirror(mirror)
    if folder is not None:
        _inside(load(request.spec_file, variables=request.variables).project, folder)
        refuse_what_is_no_layout(folder)


def copy_all(request: Request, *, folder: Path | None, mirror: str | None) -> tuple[Copy, ...]:
    """Copies where they are wanted: in `folder`, below the prefix `mirror` of a registry."""
    return (
        *(() if folder is None else copy_to_folder(request, folder)),
        *(() if mirror is None else copy_to_mirror(request, mirror, folder=folder)),
    )


def copy_to_folder(request: Request, folder: Path) -> tuple[Copy, ...]:
    """Complete the copies in `folder`: what is there and whole stays, what is damaged is replaced."""
    spec = load(request.spec_file, variables=request.variables)
    inside = _inside(spec.project, folder)
    registry = Registry.from_environment(request.environ, mirror=spec.mirror)
    with request.store.alone(name_of("vendor", folder)), vendoring(folder) as place_of:
        copies = tuple(
            _copy(request, name, locked, Original(registry, ImageReference.parse(locked.pin)), place_of(name))
            for name, locked in read_lock(request.lock_file).images.items()
        )
    if spec.vendor_folder is None or spec.vendor_folder.resolve() != folder.resolve():
        line = f"vendor: {inside or _INSIDE}"
        _tell(request, f"`{folder}`", f"write `{line}` at its top" + ("" if inside else ", and copy to there"))
    return copies


def copy_to_mirror(request: Request, prefix: str, *, folder: Path | None = None) -> tuple[Copy, ...]:
    """Complete the copies below `prefix`, read from `folder`, or the spec's folder of copies, where that has them."""
    spec = load(request.spec_file, variables=request.variables)
    mirror = _mirror(prefix)
    registry = Registry.from_environment(request.environ, mirror=None if spec.mirror == mirror else spec.mirror)
    copies = []
    for name, locked in read_lock(request.lock_file).images.items():
        pin = ImageReference.parse(locked.pin)
        original = Original(registry, pin, folder=folder or spec.vendor_folder)
        copies.append(_copy(request, name, locked, original, registry.target(pin, mirror)))
    if spec.mirror != mirror:
        _tell(request, f"`{prefix}`", f"write `mirror: {prefix}` at its top")
    return tuple(copies)


def _inside(project: Path, folder: Path) -> str | None:
    """The folder as a spec names it, None outside of the project; UsageError for one where go looks for modules."""
    home, here = project.resolve(), folder.resolve()
    parts = here.relative_to(home).parts if here.is_relative_to(home) else ()
    if GO_VENDOR in parts:
        raise UsageError(f"`{folder}` is in a folder that go takes for modules", hint=f"write `--vendor {_INSIDE}`")
    return "/".join(parts) or None


def _copy(request: Request, name: str, locked: LockedImage, original: Original, place: Place) -> Copy:
    needed = {platform.digest for platform in locked.platforms.values()}
    with working(request.emit, "copy", f"{name} to {place.name}"):
        copied = copy_image(locked.digest, original, place, needed=needed)
    for why in copied.left_out:
        hint = "no build needs it; a tool that copies all images of an index will miss it"
        request.emit(Warned(message=f"an image of the index of `{name}` is left out: {why}", hint=hint))
    if copied.refused is not None:
        message = f"`{place.name}` has the images of `{name}`, each under a tag of its own, and not their index"
        hint = "builds read them by their digests, and find them; what asks for the index does not"
        request.emit(Warned(message=f"{message}: {copied.refused}", hint=hint))
    return Copy(image=name, digest=locked.digest, to=place.name, blobs=copied.blobs, size=copied.size, kept=copied.kept)


def _tell(request: Request, place: str, hint: str) -> None:
    request.emit(Warned(message=f"`{request.spec_file}` does not say that builds read from {place}", hint=hint))


def _mirror(prefix: str) -> Mirror:
    try:
        return Mirror.parse(prefix)
    except ValueError:
        raise UsageError(
            f"`{prefix}` is no registry", hint="write a host and a prefix, such as `registry.example.com/mirror`"
        ) from None

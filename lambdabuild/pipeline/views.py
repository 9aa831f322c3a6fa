"""What is compared of an image: its inventory, its packages, its config and its layers."""

from lambdabuild.errors import DigestMismatchError, EnvironmentFailure
from lambdabuild.image import ImageSource, RegistryImage
from lambdabuild.io.registry import ImageConfig, Manifest, Registry
from lambdabuild.model.comparison import Blob, ImageView, Setup
from lambdabuild.model.platform import Architecture
from lambdabuild.model.reference import ImageReference
from lambdabuild.pipeline.images import Images


def view(images: Images, source: ImageSource, architecture: Architecture) -> ImageView:
    """Read one platform of an image, its layers only where its inventory is not kept yet."""
    manifest = source.manifest(architecture.platform)
    kept = images.known(manifest.digest) or images.read(source, architecture)
    return ImageView(inventory=kept.inventory, setup=_setup(manifest, source.config(manifest)))


def last_view(images: Images, registry: Registry, pin: ImageReference, manifest: str, platform: str) -> ImageView:
    """The same of a pin that may have vanished from its registry: then of its inventory, if it was read before."""
    architecture = Architecture.of_platform(platform)
    try:
        return view(images, RegistryImage(registry, pin, digest=manifest), architecture)
    except EnvironmentFailure as failure:
        kept = images.known(manifest)
        if kept is None or not gone(failure):
            raise
    return ImageView(inventory=kept.inventory)


def gone(failure: EnvironmentFailure) -> bool:
    """Whether what was asked for is no longer there: not that it cannot be had now, and not that it is another."""
    return not failure.temporary and not isinstance(failure, DigestMismatchError)


def _setup(manifest: Manifest, config: ImageConfig) -> Setup:
    return Setup(
        entrypoint=config.entrypoint,
        command=config.command,
        working_directory=config.working_dir,
        user=config.user,
        layers=tuple(
            Blob(digest=layer.digest, diff_id=diff_id, size=layer.size)
            for layer, diff_id in zip(manifest.layers, config.diff_ids, strict=True)
        ),
    )

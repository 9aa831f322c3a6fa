"""An image in the folder that a spec calls `vendor`: by digest alone, and never from anywhere else."""

from collections.abc import Iterator
from pathlib import Path

from lambdabuild.errors import EnvironmentFailure
from lambdabuild.image.sources.files import blob_path, is_file
from lambdabuild.image.sources.layout import Layout
from lambdabuild.io.registry import Descriptor, ImageConfig, Manifest
from lambdabuild.model.reference import ImageReference


class NotVendoredError(EnvironmentFailure):
    """The folder lacks a part of an image. The registry is not asked in its place: the copy is there to do without."""

    def __init__(self, folder: Path, reference: ImageReference, digest: str) -> None:
        super().__init__(
            f"`{folder}`, which the spec calls `vendor`, lacks {digest} of `{reference}`",
            hint=f"run `lambdabuild lock --vendor {folder}`, which copies what is not there, and keep all of it",
        )


class VendoredImage:
    """One platform of a locked image, by the digest of its manifest. Nothing is read before a method is called."""

    def __init__(self, folder: Path, reference: ImageReference, *, digest: str) -> None:
        self._folder = folder
        self._reference = reference
        self._digest = digest
        self._layout = Layout(folder)

    @property
    def name(self) -> str:
        """The layout, and the reference that it stands for."""
        return f"{self._reference} in {self._folder}"

    def manifest(self, platform: str) -> Manifest:  # noqa: ARG002 - the digest says which one
        """By its digest."""
        return self._layout.manifest_by_digest(self._known(self._digest))

    def config(self, manifest: Manifest) -> ImageConfig:
        """As the layout has it."""
        self._known(manifest.config.digest)
        return self._layout.config(manifest)

    def layer(self, descriptor: Descriptor) -> Iterator[bytes]:
        """As stored."""
        self._known(descriptor.digest)
        return self._layout.layer(descriptor)

    def _known(self, digest: str) -> str:
        if not is_file(blob_path(self._folder, digest)):
            raise NotVendoredError(self._folder, self._reference, digest)
        return digest

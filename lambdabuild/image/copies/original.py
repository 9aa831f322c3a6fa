"""An image as it is copied: from a folder of copies that has it, else from its registry."""

from collections.abc import Iterator
from pathlib import Path

from lambdabuild.image.sources.files import blob_path, document, is_file, pieces, verified
from lambdabuild.io.registry import Descriptor, Registry
from lambdabuild.model.reference import ImageReference


class Original:
    """What `reference` names by digest. All that it gives is held against its digest, wherever it is from."""

    def __init__(self, registry: Registry, reference: ImageReference, *, folder: Path | None = None) -> None:
        self._registry = registry
        self._reference = reference
        self._folder = folder

    @property
    def name(self) -> str:
        """The reference."""
        return str(self._reference)

    def document(self, digest: str, accept: str | None) -> bytes:
        """A manifest or an index, as it is stored."""
        if (path := self._path(digest)) is not None:
            return document(verified(pieces(path), digest, f"`{path}`"), f"`{path}`")
        return self._registry.document(self._reference, digest, accept)

    def blob(self, descriptor: Descriptor) -> Iterator[bytes]:
        """A blob as it is stored."""
        if (path := self._path(descriptor.digest)) is not None:
            return verified(pieces(path), descriptor.digest, f"`{path}`", size=descriptor.size)
        return self._registry.blob(self._reference, descriptor)

    def _path(self, digest: str) -> Path | None:
        path = None if self._folder is None else blob_path(self._folder, digest)
        return path if path is not None and is_file(path) else None

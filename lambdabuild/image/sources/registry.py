"""An image on a registry."""

from collections.abc import Iterator

from lambdabuild.image.sources.source import MissingPlatformError
from lambdabuild.io.registry import Descriptor, ImageConfig, Manifest, Registry
from lambdabuild.model.reference import ImageReference


class RegistryImage:
    """What `reference` names there; `digest` is the manifest's of the one platform that will be asked for, if known."""

    def __init__(self, registry: Registry, reference: ImageReference, *, digest: str | None = None) -> None:
        self._registry = registry
        self._reference = reference
        self._digest = digest

    @property
    def name(self) -> str:
        """The reference."""
        return str(self._reference)

    def manifest(self, platform: str) -> Manifest:
        """By its digest, or else by what the tag names now."""
        digest = self._digest
        if digest is None:
            platforms = self._registry.facts(self._reference).platforms
            digest = platforms.get(platform)
            if digest is None:
                raise MissingPlatformError(self.name, platform, platforms)
        return self._registry.manifest(self._reference, digest)

    def config(self, manifest: Manifest) -> ImageConfig:
        """As the registry has it."""
        return self._registry.config(self._reference, manifest)

    def layer(self, descriptor: Descriptor) -> Iterator[bytes]:
        """As stored; a connection that is cut is opened again."""
        return self._registry.blob(self._reference, descriptor)

"""Images in a folder: an OCI image layout, as skopeo and umoci write it.

OCI image specification 1.1, image-layout.md. A blob is found by its digest and by nothing else, so no path leads out.
"""

from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from lambdabuild.errors import UsageError
from lambdabuild.image.sources.files import blob_path, document, is_file, is_folder, pieces, verified
from lambdabuild.image.sources.source import Candidate, MissingNameError, choose
from lambdabuild.image.stream import DamagedImageError
from lambdabuild.io.registry import Descriptor, ImageConfig, Manifest
from lambdabuild.io.registry.documents import (
    CONFIG_TYPES,
    INDEX_TYPES,
    MANIFEST_TYPES,
    Index,
    Listed,
    parse_config,
    parse_document,
    parse_listed,
)
from lambdabuild.io.registry.fields import MalformedError, quoted
from lambdabuild.model.platform import Platform

_T = TypeVar("_T")


class Layout:
    """The images of a layout, or those that `tag` names there. Nothing is read before a method is called."""

    def __init__(self, folder: Path, tag: str | None = None) -> None:
        self._folder = folder
        self._tag = tag

    @property
    def name(self) -> str:
        """As skopeo has it."""
        return f"oci:{self._folder}" + (f":{self._tag}" if self._tag else "")

    def manifest(self, platform: str) -> Manifest:
        """The one for `platform`: of `index.json`, or of the indexes that it names, where the first one counts."""
        candidates = [
            Candidate(platform=found, descriptor=descriptor, name=listed.name)
            for listed in self._listed()
            for found, descriptor in self._images(listed).items()
        ]
        return self._manifest(choose(self.name, platform, candidates))

    def manifest_by_digest(self, digest: str) -> Manifest:
        """One whose digest is known, whatever `index.json` says."""
        content = verified(pieces(blob_path(self._folder, digest)), digest, f"`{self.name}`: blob {digest}")
        return self._as_manifest(digest, document(content, f"`{self.name}`: {digest}"))

    def config(self, manifest: Manifest) -> ImageConfig:
        """As the layout has it."""
        if manifest.config.media_type not in CONFIG_TYPES:
            raise self._damaged(manifest.digest, f"is no image but an artifact, {quoted(manifest.config.media_type)}")
        return self._parsed(manifest.config.digest, parse_config, self._document(manifest.config))

    def layer(self, descriptor: Descriptor) -> Iterator[bytes]:
        """As stored."""
        path = blob_path(self._folder, descriptor.digest)
        return verified(
            pieces(path), descriptor.digest, f"`{self.name}`: blob {descriptor.digest}", size=descriptor.size
        )

    def _listed(self) -> tuple[Listed, ...]:
        if not is_folder(self._folder):
            raise UsageError(f"`{self._folder}` is no folder", hint="name a folder that `skopeo copy` wrote: oci:DIR")
        index = self._folder / "index.json"
        if not (is_file(index) and is_file(self._folder / "oci-layout")):
            raise UsageError(
                f"`{self._folder}` is no OCI image layout: it lacks `index.json` or `oci-layout`",
                hint="make one with `skopeo copy docker://IMAGE oci:DIR`",
            )
        listed = self._parsed("index.json", parse_listed, document(pieces(index), f"`{index}`"))
        named = tuple(each for each in listed if self._tag in (None, each.name))
        if self._tag is not None and not named:
            raise MissingNameError(self.name, [each.name for each in listed if each.name])
        return named

    def _images(self, listed: Listed) -> dict[str, Descriptor]:
        """Manifests by platform. An index is read once, however often it is named."""
        images: dict[str, Descriptor] = {}
        seen: set[str] = set()
        waiting = deque([listed])
        while waiting:
            each = waiting.popleft()
            descriptor = each.descriptor
            if descriptor.media_type in INDEX_TYPES and descriptor.digest not in seen:
                seen.add(descriptor.digest)
                inner = self._parsed(descriptor.digest, parse_listed, self._document(descriptor))
                waiting.extendleft(reversed(inner))
            elif descriptor.media_type in MANIFEST_TYPES:
                platform = each.platform or self._platform(descriptor)
                if platform is not None:
                    images.setdefault(str(platform), descriptor)
        return images

    def _platform(self, descriptor: Descriptor) -> Platform | None:
        """By its config; None for an artifact, which has none."""
        manifest = self._manifest(descriptor)
        return self.config(manifest).platform if manifest.config.media_type in CONFIG_TYPES else None

    def _manifest(self, descriptor: Descriptor) -> Manifest:
        return self._as_manifest(descriptor.digest, self._document(descriptor))

    def _as_manifest(self, digest: str, content: bytes) -> Manifest:
        found = self._parsed(digest, lambda content: parse_document(content, digest), content)
        if isinstance(found, Index):
            raise self._damaged(digest, "is an index that its parent calls a manifest")
        return found

    def _document(self, descriptor: Descriptor) -> bytes:
        return document(self.layer(descriptor), f"`{self.name}`: {descriptor.digest}")

    def _parsed(self, what: str, parse: Callable[[bytes], _T], content: bytes) -> _T:
        try:
            return parse(content)
        except MalformedError as error:
            raise self._damaged(what, str(error)) from error

    def _damaged(self, what: str, problem: str) -> DamagedImageError:
        return DamagedImageError(f"`{self.name}`: `{what}`", problem)

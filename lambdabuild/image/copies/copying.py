"""One image copied whole: all that its index names, each after what it names itself, and nothing twice."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Protocol

from lambdabuild.errors import AbsentError, RefusedError
from lambdabuild.image.stream import DamagedImageError
from lambdabuild.io.registry.documents import Descriptor, Named, parse_named
from lambdabuild.io.registry.fields import MalformedError

DEEPEST: Final = 8
"""Indexes in indexes; real ones have one below another at most."""


class Origin(Protocol):
    """Where an image is copied from. Bytes that are not what their digest says raise; AbsentError for what is gone."""

    @property
    def name(self) -> str:
        """For messages."""

    def document(self, digest: str, accept: str | None) -> bytes:
        """A manifest or an index; `accept` is the type that its parent says it has."""

    def blob(self, descriptor: Descriptor) -> Iterator[bytes]:
        """A config or a layer; of use only when the iterator has ended without an error."""


class Place(Protocol):
    """Where an image is copied to. It never has a part of anything under its digest."""

    @property
    def name(self) -> str:
        """Of the copy, as skopeo would have it."""

    def document(self, digest: str, accept: str | None) -> bytes | None:
        """A manifest or an index that is there already, whole."""

    def holds(self, blob: Descriptor) -> bool:
        """Whether a blob is there already, whole."""

    def put(self, blob: Descriptor, content: Callable[[], Iterator[bytes]]) -> None:
        """Take a blob. `content` gives it from its beginning, as often as it is called."""

    def put_document(self, document: Descriptor, content: bytes) -> None:
        """Take a manifest or an index; all that it names is there, but for what is left out of an index.

        RefusedError or AbsentError where it takes none of which something is absent.
        """

    def publish(self, top: Descriptor, content: bytes) -> None:
        """Make the whole image known by its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What a copy took: `blobs` and their `size` in bytes, `kept` blobs that were there.

    `left_out` tells for each image of the index that could not be had, and that no build needs, why. `refused` tells
    why the place does not take an index of which one is left out: then it has the images, and not the index.
    """

    blobs: int
    size: int
    kept: int
    left_out: tuple[str, ...]
    refused: str | None = None


def copy_image(digest: str, origin: Origin, place: Place, *, needed: Collection[str]) -> Copied:
    """Copy what `digest` names, an index or a manifest. EnvironmentFailure unless all is there that is `needed`.

    `needed` are digests of manifests. Others may be left out: registries do lose attestations, and layers of Windows
    are often not on them at all.
    """
    copier = _Copier(origin=origin, place=place, needed=frozenset(needed))
    top, content = copier.document(digest)
    if copier.refused is None:
        place.publish(top, content)
    return Copied(
        blobs=copier.blobs,
        size=copier.size,
        kept=len(copier.seen) - copier.blobs,
        left_out=tuple(copier.left_out),
        refused=copier.refused,
    )


@dataclass(slots=True, kw_only=True)
class _Copier:
    origin: Origin
    place: Place
    needed: frozenset[str]
    blobs: int = 0
    size: int = 0
    seen: set[str] = field(default_factory=set)
    left_out: list[str] = field(default_factory=list)
    refused: str | None = None

    def document(self, digest: str, accept: str | None = None, *, depth: int = 0) -> tuple[Descriptor, bytes]:
        """Copy a manifest or an index, and before it all that it names."""
        there = self.place.document(digest, accept)
        content = self.origin.document(digest, accept) if there is None else there
        named = self._parsed(digest, content)
        if depth > DEEPEST:
            raise self._damaged(digest, f"lies in indexes of indexes, {depth} deep")
        for child in named.documents:
            self._child(child, depth=depth + 1)
        for blob in named.blobs:
            self._blob(blob)
        if there is None:
            self._put_document(named, content)
        return named.own, content

    def _put_document(self, named: Named, content: bytes) -> None:
        try:
            self.place.put_document(named.own, content)
        except (AbsentError, RefusedError) as failure:
            if not (named.documents and self.left_out):
                raise
            self.refused = failure.message

    def _child(self, child: Descriptor, *, depth: int) -> None:
        try:
            copied, _ = self.document(child.digest, child.media_type, depth=depth)
            if copied.size != child.size:
                raise self._damaged(child.digest, f"has {copied.size} bytes, and its index says {child.size}")
        except (AbsentError, DamagedImageError) as failure:
            if child.digest in self.needed:
                raise
            self.left_out.append(failure.message)

    def _blob(self, blob: Descriptor) -> None:
        if blob.digest in self.seen:
            return
        if not self.place.holds(blob):
            self.place.put(blob, partial(self.origin.blob, blob))
            self.blobs += 1
            self.size += blob.size
        self.seen.add(blob.digest)

    def _parsed(self, digest: str, content: bytes) -> Named:
        try:
            return parse_named(content, digest)
        except MalformedError as error:
            raise self._damaged(digest, str(error)) from error

    def _damaged(self, digest: str, problem: str) -> DamagedImageError:
        return DamagedImageError(f"`{self.origin.name}`: `{digest}`", problem)

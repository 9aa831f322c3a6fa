"""What an image is, from the first source that has it, every byte held against its digest."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Self, TypeVar

from lambdabuild.errors import AbsentError, DigestMismatchError, EnvironmentFailure
from lambdabuild.io.registry.documents import (
    CONFIG_TYPES,
    INDEX_TYPES,
    MANIFEST_TYPES,
    Child,
    Descriptor,
    ImageConfig,
    ImageFacts,
    Index,
    Manifest,
    parse_config,
    parse_document,
)
from lambdabuild.io.registry.fields import MalformedError, quoted
from lambdabuild.io.registry.sources import Source, Sources
from lambdabuild.model.reference import DIGEST_PATTERN, ImageReference, Mirror

if TYPE_CHECKING:
    from lambdabuild.io.registry.endpoint import Document, Endpoint, Query
    from lambdabuild.io.registry.target import Target
    from lambdabuild.io.registry.transport import Answer

DOCUMENT_LIMIT: Final = 4 * 1024 * 1024
"""Bytes of a manifest or a config (OCI distribution specification 1.1, pushing manifests)."""

CUTS: Final = 5
"""How often one blob may be cut off, however much came in between."""

_PREFERRED = "linux/amd64"
_T = TypeVar("_T")


class Registry:
    """Reads images. Nothing is sent before a method is called; every failure is an EnvironmentFailure."""

    def __init__(self, endpoint: "Endpoint", sources: Sources) -> None:
        self._endpoint = endpoint
        self._sources = sources
        self._chosen: dict[str, Source] = {}

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], *, mirror: Mirror | None = None) -> Self:
        """With the logins, mirrors, proxies and authorities that this user's container engine has.

        What is asked for by digest is looked for at `mirror` first, the spec's.
        """
        from lambdabuild.io.registry.assembly import assemble
        from lambdabuild.io.registry.registriesconf import load_sources

        return cls(assemble(environ), replace(load_sources(environ), mirror=mirror))

    def facts(self, reference: ImageReference) -> ImageFacts:
        """What a lock keeps of `reference`: by its digest if it names one, else by its tag."""
        asked = reference.digest or reference.tag or "latest"
        return self._from_first(
            reference,
            lambda source: self._facts(_Reader(self._endpoint, reference, source), asked),
            by_digest=reference.digest is not None,
        )

    def manifest(self, reference: ImageReference, digest: str) -> Manifest:
        """The manifest of one platform, by its own digest."""

        def read(source: Source) -> Manifest:
            reader = _Reader(self._endpoint, reference, source)
            document = reader.document(digest)[1]
            if isinstance(document, Index):
                raise reader.damaged(digest, "is an index; the digest of one of its manifests was expected")
            return document

        return self._from_first(reference, read, by_digest=True)

    def document(self, reference: ImageReference, digest: str, accept: str | None = None) -> bytes:
        """A manifest or an index as it is stored, of type `accept` or of any that is known; AbsentError without it."""
        return self._from_first(
            reference,
            lambda source: _Reader(self._endpoint, reference, source).content(digest, accept),
            by_digest=True,
        )

    def target(self, original: ImageReference, mirror: Mirror) -> "Target":
        """Where the copy of an image is pushed to."""
        from lambdabuild.io.registry.target import Target

        copy = mirror.copy_of(original)
        return Target(self._endpoint, self._sources.target(copy), original=original, copy=copy)

    def config(self, reference: ImageReference, manifest: Manifest) -> ImageConfig:
        """The config of an image."""
        return self._from_first(
            reference,
            lambda source: _Reader(self._endpoint, reference, source).config(manifest),
            by_digest=True,
        )

    def blob(self, reference: ImageReference, descriptor: Descriptor) -> Iterator[bytes]:
        """The bytes of a blob as stored; use them only when the iterator has ended without an error.

        A mismatch of digest or size raises at the end, a blob that is too long as soon as it is. A connection that is
        cut is opened again for the rest, a few times; what fails then has `temporary=True`.
        """
        hasher, size, cuts = hashlib.sha256(), 0, 0
        while True:
            answer = self._opened(reference, descriptor, start=size)
            what = f"blob {descriptor.digest} of `{reference.name}` from `{answer.peer.host}`"
            try:
                for chunk in _from(size if answer.status == 200 else 0, answer.chunks()):
                    hasher.update(chunk)
                    size += len(chunk)
                    if size > descriptor.size:
                        raise _wrong_size(what, descriptor.size, "more")
                    yield chunk
                break
            except EnvironmentFailure as failure:
                cuts += 1
                if size == descriptor.size:
                    break
                if not failure.temporary or cuts > CUTS:
                    raise
            finally:
                answer.close()
        if size != descriptor.size:
            raise _wrong_size(what, descriptor.size, f"{size} bytes")
        _expect(what, descriptor.digest, f"sha256:{hasher.hexdigest()}")

    def _opened(self, reference: ImageReference, descriptor: Descriptor, *, start: int) -> "Answer":
        return self._from_first(
            reference,
            lambda source: self._endpoint.open(
                _Reader(self._endpoint, reference, source).query(f"blobs/{descriptor.digest}", start=start)
            ),
            by_digest=True,
        )

    def _facts(self, reader: "_Reader", asked: str) -> ImageFacts:
        digest, top = reader.document(asked)
        if isinstance(top, Manifest):
            config = reader.config(top)
            platforms = {str(config.platform): digest} if config.os == "linux" else {}
            created = config.created
        else:
            children = _linux(top)
            platforms = {name: child.descriptor.digest for name, child in children.items()}
            created = reader.created(children)
        if not platforms:
            raise reader.damaged(asked, "holds no linux image")
        return ImageFacts(digest=digest, created=created, platforms=platforms)

    def _from_first(self, reference: ImageReference, read: Callable[[Source], _T], *, by_digest: bool) -> _T:
        """Ask each source in turn, first the one that had this name before; wrong bytes end the search."""
        sources = self._sources.of(reference, by_digest=by_digest)
        chosen = self._chosen.get(reference.name)
        failures: dict[Source, EnvironmentFailure] = {}
        for source in sorted(sources, key=lambda source: source != chosen):
            try:
                found = read(source)
            except DigestMismatchError:
                raise
            except EnvironmentFailure as failure:
                failures[source] = failure
            else:
                self._chosen[reference.name] = source
                return found
        raise _none_of([failures[source] for source in sources])


class _Reader:
    """Documents of one image at one source."""

    def __init__(self, endpoint: "Endpoint", reference: ImageReference, source: Source) -> None:
        self._endpoint = endpoint
        self._source = source
        at = "" if source.name == reference.name else f" by `{source.name}`"
        self.about = f"`{reference}`{at}"

    def query(self, path: str, accept: tuple[str, ...] = (), *, start: int = 0) -> "Query":
        """What to ask of this source."""
        from lambdabuild.io.registry.endpoint import Query

        return Query(source=self._source, path=path, about=self.about, accept=accept, start=start)

    def document(self, asked: str, *, size: int | None = None) -> tuple[str, Index | Manifest]:
        """A manifest or an index by tag or digest, and its digest over the bytes that came."""
        answer = self._document(asked)
        digest = digest_of(answer.content)
        announced = answer.headers.get("Docker-Content-Digest", "")
        if not asked.startswith("sha256:") and DIGEST_PATTERN.fullmatch(announced):
            what = f"{self._about(asked)}, by its Docker-Content-Digest header"
            _expect(what, announced, digest)
        if size is not None and size != len(answer.content):
            raise _wrong_size(self._about(asked), size, f"{len(answer.content)} bytes")
        try:
            return digest, parse_document(answer.content, digest)
        except MalformedError as error:
            kind = quoted(answer.headers.get("Content-Type", "no type"))
            raise self.damaged(asked, f"{error} (served as {kind})") from error

    def content(self, digest: str, accept: str | None) -> bytes:
        """A manifest or an index as it is stored."""
        return self._document(digest, accept).content

    def _document(self, asked: str, accept: str | None = None) -> "Document":
        """Held against its digest, where one is asked for."""
        answer = self._endpoint.document(self.query(f"manifests/{asked}", kinds(accept)), DOCUMENT_LIMIT)
        if asked.startswith("sha256:"):
            _expect(self._about(asked), asked, digest_of(answer.content))
        return answer

    def _about(self, asked: str) -> str:
        return f"{self.about}, manifest `{asked}`"

    def config(self, manifest: Manifest) -> ImageConfig:
        """The config that a manifest names."""
        descriptor = manifest.config
        if descriptor.media_type not in CONFIG_TYPES:
            raise self.damaged(manifest.digest, f"is no image but an artifact, {quoted(descriptor.media_type)}")
        if descriptor.size > DOCUMENT_LIMIT:
            raise self.damaged(descriptor.digest, f"is a config of {descriptor.size} bytes")
        content = self._endpoint.document(self.query(f"blobs/{descriptor.digest}"), DOCUMENT_LIMIT).content
        what = f"{self.about}, config"
        _expect(what, descriptor.digest, digest_of(content))
        if descriptor.size != len(content):
            raise _wrong_size(what, descriptor.size, f"{len(content)} bytes")
        try:
            return parse_config(content)
        except MalformedError as error:
            raise self.damaged(descriptor.digest, str(error)) from error

    def created(self, children: Mapping[str, Child]) -> str | None:
        """When linux/amd64 was made, or else the first child; None where there is none."""
        child = children.get(_PREFERRED) or next(iter(children.values()), None)
        if child is None:
            return None
        manifest = self.document(child.descriptor.digest, size=child.descriptor.size)[1]
        if isinstance(manifest, Index):
            raise self.damaged(child.descriptor.digest, "is an index that its parent calls a manifest")
        return self.config(manifest).created

    def damaged(self, asked: str, problem: str) -> EnvironmentFailure:
        """The document came, and is of no use."""
        return EnvironmentFailure(
            f"{self.about}: `{asked}` {problem}",
            hint="check that the name is that of a linux image; if it is, it must be pushed again",
        )


def _linux(index: Index) -> dict[str, Child]:
    """Linux children by canonical platform; of two alike the first counts, as with engines."""
    children: dict[str, Child] = {}
    for child in index.children:
        if child.platform.os == "linux":
            children.setdefault(str(child.platform), child)
    return children


def _from(start: int, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """What comes after the first `start` bytes."""
    for chunk in chunks:
        if rest := chunk[start:]:
            yield rest
        start = max(0, start - len(chunk))


def _none_of(failures: list[EnvironmentFailure]) -> EnvironmentFailure:
    """The location itself is asked last, and its failure comes first: the mirrors' are told after it."""
    *mirrors, primary = failures
    message = primary.message + "".join(f"; {mirror.message}" for mirror in mirrors)
    if all(isinstance(failure, AbsentError) for failure in failures):
        return AbsentError(message, hint=primary.hint)
    return EnvironmentFailure(message, hint=primary.hint, temporary=any(failure.temporary for failure in failures))


def kinds(accept: str | None) -> tuple[str, ...]:
    """The types of documents that are known, and one more: a registry gives no other."""
    return tuple(dict.fromkeys((*([accept] if accept else []), *INDEX_TYPES, *MANIFEST_TYPES)))


def digest_of(content: bytes) -> str:
    """Of a document."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _expect(what: str, expected: str, actual: str) -> None:
    if expected != actual:
        raise DigestMismatchError(what, expected=expected, actual=actual)


def _wrong_size(what: str, expected: int, actual: str) -> DigestMismatchError:
    return DigestMismatchError(f"size of {what}", expected=f"{expected} bytes", actual=actual)

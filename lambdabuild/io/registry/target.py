"""Copies of images pushed to a registry: blobs in a stream, each under its digest, a manifest after all that it names.

OCI distribution specification 1.1, "Push": HEAD of a blob, POST and PUT of a blob in one piece, PUT of a manifest.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from lambdabuild.errors import AbsentError, DigestMismatchError, EnvironmentFailure
from lambdabuild.io.registry.client import DOCUMENT_LIMIT, digest_of, kinds
from lambdabuild.io.registry.documents import Descriptor
from lambdabuild.io.registry.endpoint import Endpoint, Query
from lambdabuild.io.registry.retry import PassingFailure
from lambdabuild.io.registry.sources import Source
from lambdabuild.io.registry.transport import Body, led_to
from lambdabuild.model.reference import DIGEST_PATTERN, ImageReference, copied_tag


class Target:
    """One repository that is written to, for one image. Every failure is an EnvironmentFailure.

    `copy` is the name of the image there. Every manifest of its index has a tag of its own, too: docker-registry's
    `garbage-collect --delete-untagged` takes them away from a tagged index (seen with 2.8.2).
    """

    def __init__(self, endpoint: Endpoint, source: Source, *, original: ImageReference, copy: ImageReference) -> None:
        self._endpoint = endpoint
        self._source = source
        self._tag = original.tag
        self._copy = copy
        self._about = f"`{original}` to `{copy.name}`"

    @property
    def name(self) -> str:
        """The repository, and the tag of the image there."""
        return f"{self._copy.name}:{self._copy.tag}"

    def document(self, digest: str, accept: str | None) -> bytes | None:
        """A manifest or an index that is there already, and has its tag."""
        query = replace(self._manifest(digest), accept=kinds(accept))
        try:
            content = self._endpoint.document(query, DOCUMENT_LIMIT).content
        except AbsentError:
            return None
        return content if digest_of(content) == digest else None

    def holds(self, blob: Descriptor) -> bool:
        """Whether a blob is there already."""
        return self._endpoint.has(Query(source=self._source, path=f"blobs/{blob.digest}", about=self._about))

    def put(self, blob: Descriptor, content: Callable[[], Iterator[bytes]]) -> None:
        """Push a blob. `content` gives it from its beginning, again after a failure, and raises where it is wrong."""

        def attempt() -> None:
            address = self._place_for_blob()
            query = Query(
                source=self._source,
                path="",
                about=self._about,
                method="PUT",
                address=f"{address}{'&' if '?' in address else '?'}digest={blob.digest}",
                kind="application/octet-stream",
                body=Body(size=blob.size, pieces=lambda: _of_another(content())),
            )
            self._endpoint.send(query)

        self._endpoint.retried(attempt)

    def put_document(self, document: Descriptor, content: bytes) -> None:
        """Push a manifest or an index, byte for byte, with its tag."""
        asked = self._manifest(document.digest)
        query = replace(asked, method="PUT", kind=document.media_type, body=Body.of(content))
        answer = self._endpoint.retried(lambda: self._endpoint.send(query))
        stored = answer.headers.get("Docker-Content-Digest", "")
        if DIGEST_PATTERN.fullmatch(stored) and stored != document.digest:
            raise DigestMismatchError(
                f"{self._about}, as `{answer.peer.host}` stored it",
                expected=document.digest,
                actual=stored,
                hint="that registry changes what it is given: it cannot hold a copy",
            )

    def publish(self, top: Descriptor, content: bytes) -> None:
        """It has its tag."""

    def _manifest(self, digest: str) -> Query:
        return Query(source=self._source, path=f"manifests/{copied_tag(self._tag, digest)}", about=self._about)

    def _place_for_blob(self) -> str:
        """Where the registry wants the next blob to be sent."""
        query = Query(source=self._source, path="blobs/uploads/", about=self._about, method="POST", body=Body.of(b""))
        begun = self._endpoint.send(query)
        place = begun.headers.get("Location")
        if place is None:
            raise EnvironmentFailure(
                f"{self._about}: `{begun.peer.host}` does not say where a blob is to be sent",
                hint="check that it is a registry that images can be pushed to, and the proxy before it",
            )
        return led_to(begun.url, place, self._about)


def _of_another(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Where they come from has been asked again already: what fails there is not this registry's to try again."""
    try:
        yield from pieces
    except PassingFailure as failure:
        raise EnvironmentFailure(failure.message, hint=failure.hint, temporary=True) from failure

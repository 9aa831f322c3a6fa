"""A folder that holds copies: an OCI image layout, where whatever lies under a digest is whole.

OCI image specification 1.1, image-layout.md; `org.opencontainers.image.ref.name` of annotations.md is what skopeo
and umoci call an image of a layout by. Images of Docker's own media types lie there as they are, since another type
would be another digest: skopeo does not find those (containers/image, oci/layout), we do.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from lambdabuild.errors import DigestMismatchError, EnvironmentFailure, UsageError
from lambdabuild.image.sources.files import blob_path, document, is_file, is_folder, pieces, verified
from lambdabuild.image.stream import DamagedImageError
from lambdabuild.io.files import TEMPORARY_PREFIX, replacing, scratch_folder
from lambdabuild.io.registry.documents import INDEX_TYPES, Descriptor
from lambdabuild.io.registry.fields import Fields, MalformedError

_NAME = "org.opencontainers.image.ref.name"
_SCRATCH = f"{TEMPORARY_PREFIX}scratch"
_VERSION = b'{"imageLayoutVersion": "1.0.0"}\n'


@contextmanager
def vendoring(folder: Path) -> Iterator[Callable[[str], "VendoredPlace"]]:
    """Copy into `folder`, which is made where it is absent: gives the place for an image of a name.

    What was there stays, other images too. Several processes may do so at once; of two that share no cache, one may
    write over the name that the other has just given (which only other tools read), and the next writes it again.
    What a killed one left is swept away by the next. UsageError for a folder that holds something else.
    """
    refuse_what_is_no_layout(folder)
    with ExitStack() as stack:
        stack.callback(_tidy, folder / _SCRATCH)
        layout = _Layout(folder=folder, stack=stack)
        if is_folder(folder / _SCRATCH):
            layout.writable()  # which sweeps
        if not is_file(folder / "oci-layout"):
            layout.write(folder / "oci-layout", iter((_VERSION,)))
        yield lambda name: VendoredPlace(layout, name)


@dataclass(slots=True, kw_only=True)
class _Layout:
    folder: Path
    stack: ExitStack
    scratch: Path | None = field(default=None, init=False)

    def write(self, path: Path, content: Iterator[bytes]) -> None:
        """A file, whole or not at all."""
        with replacing(path, scratch=self.writable()) as stream:
            for piece in content:
                stream.write(piece)

    def writable(self) -> Path:
        """A folder on the same disk for what is not whole yet; made when something is to be written."""
        if self.scratch is None:
            try:
                (self.folder / _SCRATCH).mkdir(parents=True, exist_ok=True)
                self.scratch = self.stack.enter_context(scratch_folder(self.folder / _SCRATCH))
            except OSError as error:
                raise EnvironmentFailure(
                    f"`{self.folder}` cannot be written: {error.strerror or error}",
                    hint="check the free space and the permissions of the folder",
                ) from error
        return self.scratch


class VendoredPlace:
    """A folder as the place that one image is copied to."""

    def __init__(self, layout: _Layout, name: str) -> None:
        self._layout = layout
        self._name = name

    @property
    def name(self) -> str:
        """The layout, and the name in it."""
        return f"oci:{self._layout.folder}:{self._name}"

    def document(self, digest: str, accept: str | None) -> bytes | None:  # noqa: ARG002 - a registry's question
        """A manifest or an index that is there; None where it is damaged, too: it is copied again."""
        return document(self._read(digest, None), digest) if self._is_whole(digest, None) else None

    def holds(self, blob: Descriptor) -> bool:
        """Whether a blob is there, every byte of it."""
        return self._is_whole(blob.digest, blob.size)

    def put(self, blob: Descriptor, content: Callable[[], Iterator[bytes]]) -> None:
        """Write a blob, which its origin verifies."""
        self._layout.write(blob_path(self._layout.folder, blob.digest), content())

    def put_document(self, document: Descriptor, content: bytes) -> None:
        """Write a manifest or an index."""
        self._layout.write(blob_path(self._layout.folder, document.digest), iter((content,)))

    def publish(self, top: Descriptor, content: bytes) -> None:  # noqa: ARG002 - a registry wants it again
        """Name the image in `index.json`, in the place of what had its name before."""
        index = self._layout.folder / "index.json"
        entry = {
            "mediaType": top.media_type,
            "digest": top.digest,
            "size": top.size,
            "annotations": {_NAME: self._name},
        }
        before, listed = _read_index(index)
        others = [each for each in listed if _name_of(each) != self._name]
        entries = sorted([*others, entry], key=lambda each: (_name_of(each), str(each.get("digest"))))
        written = {**before, "schemaVersion": 2, "mediaType": INDEX_TYPES[0], "manifests": entries}
        text = (json.dumps(written, indent=2) + "\n").encode()
        if not is_file(index) or index.read_bytes() != text:
            self._layout.write(index, iter((text,)))

    def _read(self, digest: str, size: int | None) -> Iterator[bytes]:
        return verified(pieces(blob_path(self._layout.folder, digest)), digest, digest, size=size)

    def _is_whole(self, digest: str, size: int | None) -> bool:
        if not is_file(blob_path(self._layout.folder, digest)):
            return False
        try:
            for _ in self._read(digest, size):
                pass
        except DigestMismatchError:
            return False
        return True


def refuse_what_is_no_layout(folder: Path) -> None:
    """UsageError for a folder that holds something else than images."""
    try:
        there = [each.name for each in folder.iterdir()] if folder.exists() else []
    except OSError as error:
        raise UsageError(f"`{folder}` is no folder: {error.strerror}", hint="name a folder, or a new one") from error
    if "oci-layout" not in there and not all(name.startswith(".") for name in there):
        raise UsageError(
            f"`{folder}` holds something else than images: it is no OCI image layout",
            hint="name a folder of their own, which need not be there: `--vendor third_party/images`",
        )


def _tidy(scratch: Path) -> None:
    with suppress(OSError):  # another process is at work there, or nothing was to be written
        scratch.rmdir()


def _read_index(index: Path) -> tuple[dict[str, object], tuple[dict[str, object], ...]]:
    """All that is in it, and its entries: those of others are kept as they are."""
    if not is_file(index):
        return {}, ()
    try:
        fields = Fields.of_json(document(pieces(index), f"`{index}`"))
        listed = fields.objects("manifests")
    except MalformedError as error:
        raise DamagedImageError(f"`{index}`", str(error)) from error
    return dict(fields.values), tuple(dict(each.values) for each in listed)


def _name_of(entry: dict[str, object]) -> str:
    annotations = entry.get("annotations")
    return str(annotations.get(_NAME, "")) if isinstance(annotations, dict) else ""

"""Index, manifest and config as data: bytes in, frozen facts out, a MalformedError in words for anything else.

OCI image specification 1.1 (image-index.md, manifest.md, config.md, descriptor.md); Docker's image manifest
version 2, schema 2. Which of the two a document is follows from its own fields, never from a header.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from lambdabuild.io.registry.fields import Fields, MalformedError, quoted
from lambdabuild.model.platform import Platform
from lambdabuild.model.reference import DIGEST_PATTERN

INDEX_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
MANIFEST_TYPES = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
CONFIG_TYPES = (
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
)

_ATTESTATION = "vnd.docker.reference.type"
_NAME = "org.opencontainers.image.ref.name"
_SCHEMA_1 = "is a schema 1 manifest, which names no config and no platforms; push the image again with a current tool"
_PLATFORM_WORD = re.compile(r"[A-Za-z0-9._+-]{1,40}", re.ASCII)
_RFC_3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.\d+)?([Zz]|[+-]\d\d:\d\d)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptor:
    """What a document says of a blob or of another document. `size` in bytes."""

    media_type: str
    digest: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """One image of an index, its platform canonical."""

    descriptor: Descriptor
    platform: Platform


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """The images of an index in its order; nested indexes, attestations and other artifacts are left out."""

    children: tuple[Child, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One line of an index as it stands. `name` is its `org.opencontainers.image.ref.name` (annotations.md)."""

    descriptor: Descriptor
    platform: Platform | None
    name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One image of one platform. `layers` from the lowest up; `digest` is the manifest's own."""

    digest: str
    config: Descriptor
    layers: tuple[Descriptor, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A document itself, and all that it names: the images of an index in its order, or the blobs of a manifest."""

    own: Descriptor
    documents: tuple[Descriptor, ...]
    blobs: tuple[Descriptor, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageConfig:
    """What an image's config says. `created` RFC 3339 in seconds and Z, `diff_ids` of the unpacked layers."""

    os: str
    architecture: str
    variant: str | None
    created: str | None
    env: tuple[str, ...]
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    working_dir: str
    user: str
    diff_ids: tuple[str, ...]

    @property
    def platform(self) -> Platform:
        """The canonical platform that the image was made for."""
        return Platform(os=self.os, architecture=self.architecture, variant=self.variant).canonical


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFacts:
    """What a lock keeps of an image.

    `digest` is that of the index, or of the manifest where there is no index; `created` is of linux/amd64 if it
    is there, else of the first linux child; `platforms` maps `linux/amd64` to the digest of its manifest.
    """

    digest: str
    created: str | None
    platforms: Mapping[str, str]


def parse_document(content: bytes, digest: str) -> Index | Manifest:
    """Read what `/v2/<name>/manifests/<reference>` answered.

    One that could be read both ways is refused, as containers/image and containerd do since CVE-2021-41190.
    """
    fields = Fields.of_json(content)
    version = fields.integer("schemaVersion")
    if version == 1:
        raise MalformedError(_SCHEMA_1)
    if version != 2:
        raise MalformedError(f"has schemaVersion {version}, only 2 is known")
    listed, single = fields.has("manifests"), fields.has("config") or fields.has("layers")
    if listed and single:
        raise MalformedError("is both an index and a manifest; one of them is a disguise")
    media_type = fields.optional_text("mediaType")
    expected = INDEX_TYPES if listed else MANIFEST_TYPES
    if media_type is not None and media_type not in expected:
        raise MalformedError(f"says that it is {quoted(media_type)}, which is not what it holds")
    return _index(fields) if listed else _manifest(fields, digest)


def parse_named(content: bytes, digest: str) -> Named:
    """Read all that a document names, so that it can be copied whole: attestations and what is for no platform too."""
    parsed = parse_document(content, digest)
    fields = Fields.of_json(content)
    if isinstance(parsed, Index):
        documents = tuple(_descriptor(entry) for entry in fields.objects("manifests"))
        blobs: tuple[Descriptor, ...] = ()
    else:
        documents, blobs = (), (parsed.config, *parsed.layers)
    kind = (INDEX_TYPES if isinstance(parsed, Index) else MANIFEST_TYPES)[0]
    own = Descriptor(media_type=fields.optional_text("mediaType") or kind, digest=digest, size=len(content))
    return Named(own=own, documents=documents, blobs=blobs)


def parse_listed(content: bytes) -> tuple[Listed, ...]:
    """Read an index whole, such as the `index.json` of a layout: nested ones and images without a platform too.

    Attestations are left out, and what is for no platform.
    """
    fields = Fields.of_json(content)
    return tuple(
        Listed(
            descriptor=_descriptor(entry),
            platform=_platform(entry),
            name=entry.optional_object("annotations").optional_text(_NAME),
        )
        for entry in fields.objects("manifests")
        if _platform(entry) is not None or not (entry.has("platform") or _attests(entry))
    )


def parse_config(content: bytes) -> ImageConfig:
    """Read an image's config; `os` and `architecture` are required, as the specification says."""
    fields = Fields.of_json(content)
    run = fields.optional_object("config")
    rootfs = fields.object("rootfs")
    created = fields.optional_text("created")
    os, architecture, variant = _words(fields)
    return ImageConfig(
        os=os,
        architecture=architecture,
        variant=variant,
        created=None if created is None else normal_time(created),
        env=run.optional_texts("Env"),
        entrypoint=run.optional_texts("Entrypoint"),
        command=run.optional_texts("Cmd"),
        working_dir=run.optional_text("WorkingDir") or "/",
        user=run.optional_text("User") or "",
        diff_ids=tuple(_digest(text) for text in rootfs.optional_texts("diff_ids")),
    )


def normal_time(text: str) -> str | None:
    """RFC 3339 in seconds and Z; None where `text` is not a time."""
    match = _RFC_3339.fullmatch(text)
    if match is None:
        return None
    try:
        moment = datetime.fromisoformat(f"{match[1]}T{match[2]}{match[3].upper()}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _index(fields: Fields) -> Index:
    children = []
    for entry in fields.objects("manifests"):
        descriptor = _descriptor(entry)
        platform = _platform(entry)
        if descriptor.media_type in MANIFEST_TYPES and platform is not None:
            children.append(Child(descriptor=descriptor, platform=platform))
    return Index(children=tuple(children))


def _platform(entry: Fields) -> Platform | None:
    """BuildKit marks attestations twice: by annotation, and as unknown/unknown (docs/attestations)."""
    if not entry.has("platform") or _attests(entry):
        return None
    platform = entry.object("platform")
    os, architecture, variant = _words(platform)
    if "unknown" in (os, architecture):
        return None
    return Platform(os=os, architecture=architecture, variant=variant).canonical


def _attests(entry: Fields) -> bool:
    return entry.optional_object("annotations").has(_ATTESTATION)


def _words(fields: Fields) -> tuple[str, str, str | None]:
    """Os, architecture and variant, which become keys of a lock."""
    words = fields.text("os"), fields.text("architecture"), fields.optional_text("variant") or None
    for word in words:
        if word is not None and _PLATFORM_WORD.fullmatch(word) is None:
            raise MalformedError(f"names the platform {quoted(word)}")
    return words


def _manifest(fields: Fields, digest: str) -> Manifest:
    return Manifest(
        digest=digest,
        config=_descriptor(fields.object("config")),
        layers=tuple(_descriptor(layer) for layer in fields.objects("layers")),
    )


def _descriptor(fields: Fields) -> Descriptor:
    size = fields.integer("size")
    if size < 0:
        raise MalformedError(f"has a size of {size} bytes")
    return Descriptor(media_type=fields.text("mediaType"), digest=_digest(fields.text("digest")), size=size)


def _digest(text: str) -> str:
    if DIGEST_PATTERN.fullmatch(text) is None:
        raise MalformedError(f"names the digest {quoted(text)}, only sha256 is known")
    return text

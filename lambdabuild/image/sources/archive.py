"""Images in one file, as `docker save` and `skopeo copy … docker-archive:` write it.

A tar whose `manifest.json` names the config and the layers of each image by their places in the tar (moby,
image/spec/v1.2.md): `ID/layer.tar`, which may be a link to another one, in the legacy form, `blobs/sha256/…` in the one
that is an OCI layout as well. No digest of a layer as stored stands there: a layer is known by its diff_id.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lambdabuild.errors import UsageError
from lambdabuild.image.compression import unpacked
from lambdabuild.image.sources.files import document, expect, is_file, verified
from lambdabuild.image.sources.members import Member, Members
from lambdabuild.image.sources.source import Candidate, MissingNameError, choose
from lambdabuild.image.stream import DamagedImageError
from lambdabuild.io.registry import Descriptor, ImageConfig, Manifest
from lambdabuild.io.registry.documents import parse_config
from lambdabuild.io.registry.fields import Fields, MalformedError, quoted
from lambdabuild.model.reference import ImageReference

_CONFIG = "application/vnd.docker.container.image.v1+json"
_LAYER = "application/vnd.docker.image.rootfs.diff.tar"
_BY_DIGEST = re.compile(r"(?:blobs/sha256/)?([0-9a-f]{64})(?:\.json)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Saved:
    """One image of an archive; its layers are found by diff_id."""

    names: tuple[str, ...]
    manifest: Manifest
    config: ImageConfig
    layers: Mapping[str, Member]


class DockerArchive:
    """The images of an archive, or the one that `tag` (`name:tag`) names. Nothing is read before a method is called.

    An archive has no manifests of the registry's kind: the digest of one is that of its config, which is Docker's id
    of an image, and its layers are those that are unpacked.
    """

    def __init__(self, path: Path, tag: str | None = None) -> None:
        self._path = path
        self._tag = tag

    @property
    def name(self) -> str:
        """As skopeo has it."""
        return f"docker-archive:{self._path}" + (f":{self._tag}" if self._tag else "")

    def manifest(self, platform: str) -> Manifest:
        """The one for `platform`."""
        candidates = [
            Candidate(
                platform=str(saved.config.platform),
                descriptor=saved.manifest.config,
                name=saved.names[0] if saved.names else None,
            )
            for saved in self._wanted()
        ]
        return self._image(choose(self.name, platform, candidates).digest).manifest

    def config(self, manifest: Manifest) -> ImageConfig:
        """Its config."""
        return self._image(manifest.digest).config

    def layer(self, descriptor: Descriptor) -> Iterator[bytes]:
        """Its bytes as they are unpacked, however they are stored."""
        member = next(saved.layers[descriptor.digest] for saved in self._images if descriptor.digest in saved.layers)
        what = f"`{self.name}`: layer {descriptor.digest}"
        return verified(unpacked(self._members.read(member), what), descriptor.digest, what)

    def _wanted(self) -> tuple[_Saved, ...]:
        if self._tag is None:
            return self._images
        tag = _normal(self._tag)
        if tag is None:
            raise UsageError(f"`{self._tag}` is no name of an image", hint="write `docker-archive:FILE:NAME:TAG`")
        wanted = tuple(saved for saved in self._images if tag in map(_normal, saved.names))
        if not wanted:
            raise MissingNameError(self.name, [name for saved in self._images for name in saved.names])
        return wanted

    def _image(self, digest: str) -> _Saved:
        return next(saved for saved in self._images if saved.manifest.digest == digest)

    @cached_property
    def _members(self) -> Members:
        if not is_file(self._path):
            raise UsageError(
                f"`{self._path}` is no file",
                hint="name one that `docker save` or `skopeo copy docker://IMAGE docker-archive:FILE` wrote",
            )
        return Members(self._path, f"`{self._path}`")

    @cached_property
    def _images(self) -> tuple[_Saved, ...]:
        configs: dict[str, tuple[Descriptor, ImageConfig]] = {}
        images = []
        for fields in self._listed():
            try:
                place, names = fields.text("Config"), fields.optional_texts("RepoTags")
                layers = fields.optional_texts("Layers")
            except MalformedError as error:
                raise self._damaged("manifest.json", str(error)) from error
            if place not in configs:
                configs[place] = self._config(place)
            images.append(self._saved(names, *configs[place], layers))
        return tuple(images)

    def _listed(self) -> tuple[Fields, ...]:
        """The images of `manifest.json`."""
        try:
            listed = json.loads(self._document("manifest.json"))
        except (ValueError, RecursionError) as error:
            raise self._damaged("manifest.json", "is not JSON") from error
        if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
            raise self._damaged("manifest.json", "is no list of images")
        return tuple(map(Fields, listed))

    def _config(self, place: str) -> tuple[Descriptor, ImageConfig]:
        """A config, held against the digest that its place is named after, if it is."""
        content = self._document(place)
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        if match := _BY_DIGEST.fullmatch(place):
            expect(f"`{self._path}`: config", f"sha256:{match[1]}", digest)
        try:
            return Descriptor(media_type=_CONFIG, digest=digest, size=len(content)), parse_config(content)
        except MalformedError as error:
            raise self._damaged(place, str(error)) from error

    def _saved(
        self, names: tuple[str, ...], descriptor: Descriptor, config: ImageConfig, layers: tuple[str, ...]
    ) -> _Saved:
        if len(layers) != len(config.diff_ids):
            raise self._damaged(
                "manifest.json", f"names {len(layers)} layers for a config that names {len(config.diff_ids)}"
            )
        members = [self._member(place) for place in layers]
        return _Saved(
            names=names,
            manifest=Manifest(
                digest=descriptor.digest,
                config=descriptor,
                layers=tuple(
                    Descriptor(media_type=_LAYER, digest=diff_id, size=member.size)
                    for diff_id, member in zip(config.diff_ids, members, strict=True)
                ),
            ),
            config=config,
            layers=dict(zip(config.diff_ids, members, strict=True)),
        )

    def _document(self, place: str) -> bytes:
        return document(self._members.read(self._member(place)), f"`{self._path}`: {quoted(place)}")

    def _member(self, place: str) -> Member:
        member = self._members.find(place)
        if member is None:
            raise self._damaged(place, "is not there")
        return member

    def _damaged(self, place: str, problem: str) -> DamagedImageError:
        return DamagedImageError(f"`{self._path}`: {quoted(place)}", problem)


def _normal(name: str) -> tuple[str, str] | None:
    """Name and tag as Docker completes them; None for what is no name."""
    try:
        reference = ImageReference.parse(name)
    except ValueError:
        return None
    return reference.name, reference.tag or "latest"

"""An image as a docker archive, which every engine loads: a tar that is never on disk as a whole.

Source: moby, image/spec/v1.2.md (`manifest.json`, Config, RepoTags, Layers). Engines take layers that gzip packed; the
older ones refuse zstd, so such a layer is unpacked first.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

from lambdabuild.image.compression import is_zstd, unpacked
from lambdabuild.image.sources.source import ImageSource
from lambdabuild.image.stream import DamagedImageError
from lambdabuild.io import tarball
from lambdabuild.io.registry import Descriptor, Manifest

MOST_CONFIG: Final = 4 * 1024 * 1024
"""Bytes of a config (OCI distribution specification 1.1, pushing manifests)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageIdentity:
    """What an engine knows an image by: the digest of its config, and of that the diff_ids and the environment."""

    config: str
    layers: tuple[str, ...]
    environment: tuple[str, ...]


def identity_of(source: ImageSource, platform: str) -> ImageIdentity:
    """Read manifest and config alone."""
    manifest = source.manifest(platform)
    config = source.config(manifest)
    return ImageIdentity(config=manifest.config.digest, layers=config.diff_ids, environment=config.env)


def docker_archive(source: ImageSource, platform: str, *, name: str, scratch: Path) -> Iterator[bytes]:
    """The archive of one image, under a `name:tag`. Digests are held as the bytes pass: an exception ends it short."""
    manifest = source.manifest(platform)
    config = _config(source, manifest)
    places = [f"{layer.digest.removeprefix('sha256:')}/layer.tar" for layer in manifest.layers]
    config_place = f"{manifest.config.digest.removeprefix('sha256:')}.json"
    listed = [{"Config": config_place, "RepoTags": [name], "Layers": places}]
    yield tarball.content("manifest.json", json.dumps(listed).encode())
    yield tarball.content(config_place, config)
    # A layer may be there twice, and a name in a tar counts once.
    for place, layer in dict(zip(places, manifest.layers, strict=True)).items():
        yield from _layer(source, layer, place, scratch)
    yield tarball.END


def _config(source: ImageSource, manifest: Manifest) -> bytes:
    if manifest.config.size > MOST_CONFIG:
        raise DamagedImageError(f"`{source.name}`", f"has a config of {manifest.config.size} bytes")
    return b"".join(source.layer(manifest.config))


def _layer(source: ImageSource, layer: Descriptor, place: str, scratch: Path) -> Iterator[bytes]:
    chunks = source.layer(layer)
    head = next(chunks, b"")
    while len(head) < 4 and (more := next(chunks, b"")):
        head += more
    every = chain([head], chunks)
    if not is_zstd(head):
        yield tarball.header(place, layer.size)
        yield from every
        yield tarball.padding(layer.size)
        return
    with TemporaryFile(dir=scratch) as plain:
        for chunk in unpacked(every, f"`{source.name}`: layer {layer.digest}"):
            plain.write(chunk)
        size = plain.tell()
        plain.seek(0)
        yield tarball.header(place, size)
        yield from tarball.pieces(plain)
        yield tarball.padding(size)

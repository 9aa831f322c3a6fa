"""Layers and images, made by hand, and what is in them told in one form."""

import gzip
import hashlib
import io
import json
import subprocess
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import zstandard

from lambdabuild.image.layers import Layer
from lambdabuild.image.rootfs import Readable, Root, read_root
from lambdabuild.image.sources import ImageSource, layers_of
from tests.support.gates import require
from tests.support.registry import (
    OCI_CONFIG,
    OCI_INDEX,
    OCI_LAYER,
    OCI_LAYER_ZSTD,
    OCI_MANIFEST,
    Image,
    Json,
    descriptor,
    encode,
    sha256,
)

OCI_TAR = "application/vnd.oci.image.layer.v1.tar"
NAME = "org.opencontainers.image.ref.name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One entry of a tar. `kind` is its type flag."""

    name: str
    kind: bytes = tarfile.REGTYPE
    content: bytes = b""
    target: str = ""
    mode: int = 0o644


def file(name: str, content: bytes = b"", mode: int = 0o644) -> Item:
    return Item(name=name, content=content, mode=mode)


def folder(name: str) -> Item:
    return Item(name=name, kind=tarfile.DIRTYPE, mode=0o755)


def symlink(name: str, target: str) -> Item:
    return Item(name=name, kind=tarfile.SYMTYPE, target=target, mode=0o777)


def hard_link(name: str, target: str) -> Item:
    return Item(name=name, kind=tarfile.LNKTYPE, target=target)


def pipe(name: str) -> Item:
    return Item(name=name, kind=tarfile.FIFOTYPE)


def tar(*items: Item, form: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar of these entries, one after the other, as Python's own library writes it."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=form, encoding="utf-8", errors="surrogateescape") as archive:
        for item in items:
            info = tarfile.TarInfo(item.name)
            info.type, info.linkname, info.mode, info.size = item.kind, item.target, item.mode, len(item.content)
            archive.addfile(info, io.BytesIO(item.content))
    return written.getvalue()


def layer(stored: bytes, unpacked: bytes | None = None, *, step: int = 1 << 16) -> Layer:
    """A layer that comes in pieces of `step` bytes."""

    def blob() -> Iterator[bytes]:
        for at in range(0, len(stored), step):
            yield stored[at : at + step]

    return Layer(about="layer", diff_id=sha256(stored if unpacked is None else unpacked), blob=blob)


def digest_of(path: str, size: int, content: Readable) -> str:
    """What these tests remember of a file: all of it."""
    whole = content.read()
    assert len(whole) == size
    return hashlib.sha256(whole).hexdigest()


def root_of(*tars: bytes) -> Root[str]:
    """The root filesystem of some layers, the lowest first."""
    return read_root([layer(each) for each in tars], digest_of)


def tree_of(root: Root[str]) -> dict[str, str]:
    """What is where: `file MODE DIGEST`, `link TARGET`, `folder`, `other`, and which hard links are one file."""
    return (
        {path: f"file {each.mode:o} {each.facts}" for path, each in root.files.items()}
        | {path: f"link {target}" for path, target in root.links.items()}
        | dict.fromkeys(root.folders, "folder")
        | dict.fromkeys(root.others, "other")
    )


def twins_of(root: Root[str]) -> set[frozenset[str]]:
    """Paths that are one file."""
    inodes: dict[int, set[str]] = {}
    for path, each in root.files.items():
        inodes.setdefault(id(each), set()).add(path)
    return {frozenset(paths) for paths in inodes.values() if len(paths) > 1}


def write_blob(layout: Path, content: bytes, media_type: str) -> Json:
    """Put a blob into a layout; its descriptor."""
    algorithm, _, name = sha256(content).partition(":")
    place = layout / "blobs" / algorithm / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    return descriptor(content, media_type)


def write_layout(folder: Path, tars: Sequence[bytes], tag: str = "1", *, architecture: str = "amd64") -> None:
    """Put an image of plain layers into a layout, beside those that are there."""
    config: Json = {
        "os": "linux",
        "architecture": architecture,
        "config": {"Env": ["PATH=/bin"]},
        "rootfs": {"type": "layers", "diff_ids": [sha256(each) for each in tars]},
    }
    layers = [write_blob(folder, each, OCI_TAR) for each in tars]
    head = write_blob(folder, encode(config), OCI_CONFIG)
    manifest: Json = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": head, "layers": layers}
    write_index(folder, {**write_blob(folder, encode(manifest), OCI_MANIFEST), "annotations": {NAME: tag}})


def write_index(folder: Path, *entries: Json) -> None:
    """Add entries to the index of a layout."""
    index = folder / "index.json"
    there = json.loads(index.read_bytes())["manifests"] if index.exists() else []
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    index.write_bytes(encode({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [*there, *entries]}))


LOWER, UPPER = tar(file("etc/os", b"old"), file("gone", b"gone")), tar(file("etc/os", b"new"), file(".wh.gone"))
"""Two layers of which `etc/os` is left, new."""


def pushed(*, architecture: str = "amd64", word: bytes = b"new", zstd: bool = True) -> Image:
    """An image to push, of two layers: one in gzip, one in zstd unless they shall both be in gzip."""
    upper = tar(file("etc/os", word), file(".wh.gone"))
    packed = (zstandard.compress(upper), OCI_LAYER_ZSTD) if zstd else (gzip.compress(upper, mtime=0), OCI_LAYER)
    return Image(
        architecture=architecture,
        layers=((gzip.compress(LOWER, mtime=0), OCI_LAYER), packed),
        diff_ids=(sha256(LOWER), sha256(upper)),
    )


def seen_in(source: ImageSource, platform: str = "linux/amd64") -> dict[str, bytes | None]:
    """The files of an image."""
    manifest = source.manifest(platform)
    layers = layers_of(source, manifest, source.config(manifest))
    root = read_root(layers, lambda _, __, content: content.read())
    return {path: each.facts for path, each in root.files.items()}


def copy(*arguments: str) -> None:
    """Run `skopeo copy`."""
    command = [require("skopeo"), "copy", "--quiet", "--src-tls-verify=false", "--insecure-policy", *arguments]
    environ = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}
    done = subprocess.run(command, check=False, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

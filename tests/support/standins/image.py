"""The stub as an image in a registry."""

import gzip
import io
import tarfile
from hashlib import sha256
from pathlib import Path

from lambdabuild.model.platform import Architecture
from tests.support.registry import OCI_LAYER, Image, RunningRegistry
from tests.support.standins.cache import made_once
from tests.support.standins.release import ENVIRON, Release
from tests.support.standins.roots import stub_root
from tests.support.standins.tree import OF_LAMBDA


def push_release(registry: RunningRegistry, release: Release, *, repository: str = "lambda/provided", tag: str) -> str:
    """Push the image for both CPUs under an index; the digest of the index."""
    children = [registry.push_image(repository, image_of(release, architecture)) for architecture in Architecture]
    return registry.push_index(repository, tag, children)


def image_of(release: Release, architecture: Architecture) -> Image:
    """The stub of one CPU in two layers: the operating system, and what Lambda adds. Always the same bytes."""
    folder = made_once(f"image/{release.name}-{architecture}", lambda made: _write_layers(release, architecture, made))
    layers = [path.read_bytes() for path in sorted(folder.iterdir())]
    return Image(
        architecture=architecture,
        created=release.created,
        layers=tuple((layer, OCI_LAYER) for layer in layers),
        diff_ids=tuple(f"sha256:{sha256(gzip.decompress(layer)).hexdigest()}" for layer in layers),
        env=tuple(f"{name}={value}" for name, value in ENVIRON.items()),
        entrypoint=("/lambda-entrypoint.sh",),
    )


def _write_layers(release: Release, architecture: Architecture, folder: Path) -> None:
    root = stub_root(release, architecture)
    paths = sorted(path.relative_to(root) for path in root.rglob("*"))
    added = {path for path in paths if path.as_posix() in OF_LAMBDA}
    above = {parent for path in added for parent in path.parents if parent.name}
    system = [path for path in paths if path not in added and not added.intersection(path.parents)]
    (folder / "0.tar.gz").write_bytes(_layer(root, system))
    (folder / "1.tar.gz").write_bytes(_layer(root, sorted(above | set(paths) - set(system))))


def _layer(root: Path, paths: list[Path]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in paths:
            archive.add(root / path, path.as_posix(), recursive=False, filter=_same_for_all)
    return gzip.compress(stream.getvalue(), mtime=0)


def _same_for_all(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    entry.mtime = 0
    return entry

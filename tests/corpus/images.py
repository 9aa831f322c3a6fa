"""The stand-in images on disk, as a user has them: through a real registry, by skopeo, to OCI layouts."""

import gzip
import io
import subprocess
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from lambdabuild.model.platform import Architecture
from tests.corpus.recipe import Image
from tests.support import registry as images
from tests.support.gates import require
from tests.support.registry import OCI_LAYER, RunningRegistry, running_registry, sha256
from tests.support.standins import AL2, AL2023, AL2023_2023_6, Release, push_release, running_root
from tests.support.standins.release import ENVIRON

BUILD_IMAGE: Final = "sam/build-provided.al2023"
"""The repository of the image that a locked project is built in."""

_STUBS: Mapping[Image, Release] = {
    "provided.al2": AL2,
    "provided.al2023-2023.6": AL2023_2023_6,
    "provided.al2023": AL2023,
}
RELEASES: Mapping[Image, Release] = {**_STUBS, "provided.al2023-libraries": AL2023}
"""The release that each image is of."""


def write_layouts(folder: Path) -> None:
    """One layout for each image in `folder`, with both CPUs."""
    with running_registry(folder / "registry") as registry:
        for name, release in _STUBS.items():
            push_release(registry, release, repository="provided", tag=name)
        children = [registry.push_image("provided", _running(architecture)) for architecture in Architecture]
        registry.push_index("provided", "provided.al2023-libraries", children)
        for name in RELEASES:
            copy(f"docker://{registry.host}/provided:{name}", f"oci:{folder / name}", "--all")


def push_as_amazon(registry: RunningRegistry, runtime: Image) -> None:
    """What a spec names: the runtime, and an image to build in, which has the libstdc++ of GCC 14."""
    push_release(registry, _STUBS[runtime], tag="al2023")
    push_release(registry, AL2023, repository=BUILD_IMAGE, tag="1.150.0")


def copy(source: str, target: str, *options: str) -> None:
    """What `skopeo copy` does."""
    argv = [require("skopeo"), "copy", "-q", "--src-tls-verify=false", *options, source, target]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _running(architecture: Architecture) -> images.Image:
    """Libraries that run need each other's versions, as those of stubs do not."""
    root = running_root(AL2023, architecture)
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for path in sorted(root.rglob("*")):
            if not path.name.startswith("qemu-"):
                archive.add(path, path.relative_to(root).as_posix(), recursive=False)
    plain = stream.getvalue()
    return images.Image(
        architecture=architecture,
        layers=((gzip.compress(plain, 1, mtime=0), OCI_LAYER),),
        diff_ids=(sha256(plain),),
        env=tuple(f"{name}={value}" for name, value in ENVIRON.items()),
    )

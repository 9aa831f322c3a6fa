"""A project that is compiled in locked images, and the registry that those come from."""

import gzip
import io
import subprocess
import tarfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from tests.support.cli import Cli
from tests.support.gates import require
from tests.support.registry import OCI_LAYER, Image, RunningRegistry

BUSYBOX = ("sh", "cat", "ls", "id", "touch", "mkdir", "echo", "env", "sleep", "kill", "hostname")
"""Commands of an image that has little else."""

SPEC = """version: 1
go: "1.26.8"
runtime: provided.al2023
architectures: [arm64, amd64]
images:
  provided.al2023: public.ecr.aws/lambda/provided:al2023
  provided.al2: public.ecr.aws/lambda/provided:al2
defaults:
  executor: docker
functions:
  small:
    package: ./cmd/small
"""

MAIN = """package main

func main() { println("small") }
"""


def write_small(folder: Path, spec: str = SPEC) -> Path:
    """A project of one program that imports nothing."""
    (folder / "cmd" / "small").mkdir(parents=True)
    (folder / "go.mod").write_text("module example.com/small\n\ngo 1.24\n")
    (folder / "buildspec.yaml").write_text(spec)
    (folder / "cmd" / "small" / "main.go").write_text(MAIN)
    return folder


def locked(cli: Cli, folder: Path) -> Path:
    """Lock it. The toolchains of the repository's own lock are known already."""
    repository = Path(__file__).parents[2] / "images.lock"
    text = repository.read_text()
    (folder / "images.lock").write_text("version: 1\n" + text[text.index("toolchains:") :])
    cli.done("lock", cwd=folder)
    return folder


def image_with(files: Mapping[str, bytes], *, architecture: str = "amd64", programs: bool = True) -> Image:
    """An image of busybox and a few executable files; without `programs`, of the files alone."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:

        def add(name: str, content: bytes) -> None:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o755
            archive.addfile(entry, io.BytesIO(content))

        if programs:
            add("bin/busybox", Path(require("busybox")).read_bytes())
            for name in BUSYBOX:
                link = tarfile.TarInfo(f"bin/{name}")
                link.type, link.linkname = tarfile.SYMTYPE, "busybox"
                archive.addfile(link)
        for name, content in files.items():
            add(name, content)
    layer = stream.getvalue()
    return Image(
        architecture=architecture,
        layers=((gzip.compress(layer, mtime=0), OCI_LAYER),),
        diff_ids=(f"sha256:{sha256(layer).hexdigest()}",),
        env=("PATH=/bin:/usr/bin", "GOFLAGS=-race", "LD_LIBRARY_PATH=/nowhere"),
    )


def requests_of(registry: RunningRegistry) -> int:
    """How many requests a registry has answered."""
    return registry.log.read_text().count("response completed")


def zips(folder: Path) -> dict[str, bytes]:
    """Every artifact, by name."""
    return {path.name: path.read_bytes() for path in sorted((folder / "dist").glob("*.zip"))}


def unpacked(archive: Path, folder: Path) -> Path:
    """The bootstrap of an artifact."""
    subprocess.run([require("unzip"), "-q", "-o", archive, "-d", folder], check=True)
    return folder / "bootstrap"

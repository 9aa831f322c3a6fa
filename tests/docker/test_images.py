"""Locked images in an engine: loaded once, held against their digests, found again."""

import gzip
import hashlib
import json
from pathlib import Path

import pytest
import zstandard

from lambdabuild.io import tarball
from lambdabuild.lock import read_lock
from tests.support.cli import Cli
from tests.support.docker_project import SPEC, image_with, locked, requests_of, write_small, zips
from tests.support.engine import RunningEngine
from tests.support.registry import (
    OCI_LAYER_ZSTD,
    Image,
    RunningRegistry,
    running_registry,
)

NATIVE = SPEC.replace("architectures: [arm64, amd64]", "architectures: [amd64]")


@pytest.fixture
def project(cli: Cli, tmp_path: Path) -> Path:
    return locked(cli, write_small(tmp_path / "project", NATIVE))


def manifest_of(project: Path, reference: str) -> str:
    """The digest of amd64's manifest, as the lock has it."""
    return read_lock(project / "images.lock").images[reference].platforms["linux/amd64"].digest


def test_an_image_that_is_there_is_not_asked_for_again(
    cli: Cli, project: Path, registry: RunningRegistry, engine: RunningEngine
) -> None:
    first = cli.run("build", cwd=project)
    before = requests_of(registry)
    again = cli.run("build", cwd=project)

    assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stderr
    assert requests_of(registry) == before
    assert "Loaded" not in again.stderr
    assert engine.containers() == []


def test_an_image_that_was_removed_is_loaded_again(cli: Cli, project: Path, engine: RunningEngine) -> None:
    cli.done("build", cwd=project)
    digest = manifest_of(project, "public.ecr.aws/lambda/provided:al2023").removeprefix("sha256:")
    engine.forget(f"localhost/lambdabuild/provided:{digest}")

    answer = cli.run("build", cwd=project)

    assert answer.returncode == 0, answer.stderr
    assert "Loaded public.ecr.aws/lambda/provided:al2023@" in answer.stderr


def test_an_image_without_a_shell_will_do(cli: Cli, registry: RunningRegistry, tmp_path: Path) -> None:
    """Go is the only program that runs, and it is ours; even the CPU of the image is of no account."""
    image = image_with({"etc/nothing": b"nothing"}, programs=False, architecture="arm64")
    registry.push_index("bare", "1", [registry.push_image("bare", image)])
    spec = SPEC.replace("[arm64, amd64]", "[arm64]").replace("images:\n", "images:\n  bare: public.ecr.aws/bare:1\n")
    project = locked(cli, write_small(tmp_path / "project", spec + "    build_image: bare\n"))

    cli.done("build", cwd=project)

    assert list(zips(project)) == ["small-arm64.zip"]


def test_layers_of_zstd_which_older_engines_refuse_are_unpacked_first(
    cli: Cli, registry: RunningRegistry, tmp_path: Path
) -> None:
    plain = image_with({"etc/zstd": b"zstd"})
    content = zstandard.ZstdCompressor().compress(gzip.decompress(plain.layers[0][0]))
    image = Image(layers=((content, OCI_LAYER_ZSTD),), diff_ids=plain.diff_ids)
    registry.push_index("zstd", "1", [registry.push_image("zstd", image)])
    spec = NATIVE.replace("images:\n", "images:\n  zstd: public.ecr.aws/zstd:1\n")
    project = locked(cli, write_small(tmp_path / "project", spec + "    build_image: zstd\n"))

    cli.done("build", cwd=project)

    assert list(zips(project)) == ["small-amd64.zip"]


def test_another_image_under_its_name_is_not_used(cli: Cli, project: Path, engine: RunningEngine) -> None:
    """The layers that the lock leads to are what counts; a name can be given to anything."""
    digest = manifest_of(project, "public.ecr.aws/lambda/provided:al2023").removeprefix("sha256:")
    name = f"localhost/lambdabuild/provided:{digest}"
    cli.done("build", cwd=project)
    engine.forget(name)
    with engine.client() as client:
        client.load(other_image(name), "another image")

        cli.done("build", cwd=project)

        image = client.image(name)
        assert image is not None
        assert len(image.layers) == 2


def other_image(name: str) -> list[bytes]:
    """A docker archive with one empty layer."""
    layer = tarball.END
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]},
    }
    listed = [{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}]
    return [
        tarball.content("manifest.json", json.dumps(listed).encode()),
        tarball.content("config.json", json.dumps(config).encode()),
        tarball.content("layer.tar", layer),
        tarball.END,
    ]


def test_a_mirror_is_asked_as_lock_asks_it(cli: Cli, engine: RunningEngine, tmp_path: Path) -> None:
    with running_registry(tmp_path / "mirror") as mirror:
        image = image_with({"etc/mirrored": b"mirrored"})
        mirror.push_index("copies/mirrored", "1", [mirror.push_image("copies/mirrored", image)])
        conf = tmp_path / "registries.conf"
        conf.write_text(
            f'[[registry]]\nprefix = "public.ecr.aws"\nlocation = "public.ecr.aws"\n[[registry.mirror]]\n'
            f'location = "{mirror.host}/copies"\ninsecure = true\n'
        )
        spec = NATIVE.replace("provided.al2: public.ecr.aws/lambda/provided:al2", "own: public.ecr.aws/mirrored:1")
        spec = spec.replace("  provided.al2023: public.ecr.aws/lambda/provided:al2023\n", "").replace(
            "runtime: provided.al2023", "runtime: own"
        )
        mirrored = Cli(environ={"CONTAINERS_REGISTRIES_CONF": str(conf), **engine.environ})
        project = locked(mirrored, write_small(tmp_path / "project", spec))

        mirrored.done("build", cwd=project)

    assert list(zips(project)) == ["small-amd64.zip"]

"""A container engine is given an image from its copy, by the same digests."""

from pathlib import Path

import pytest

from lambdabuild.lock import read_lock
from tests.support.bad import told
from tests.support.cli import Cli
from tests.support.copies import blobs, plain, public_at
from tests.support.docker_project import SPEC, locked, write_small, zips
from tests.support.engine import RunningEngine
from tests.support.registry import RunningRegistry, free_port, running_registry

NATIVE = SPEC.replace("architectures: [arm64, amd64]", "architectures: [amd64]")
IMAGE = "public.ecr.aws/lambda/provided:al2023"
DIR = "third_party/images"


@pytest.fixture
def project(cli: Cli, tmp_path: Path) -> Path:
    return locked(cli, write_small(tmp_path / "project", NATIVE))


def says(project: Path, line: str) -> None:
    spec = project / "buildspec.yaml"
    spec.write_text(spec.read_text().replace("images:\n", f"{line}\nimages:\n", 1))


def user(home: Path, engine: RunningEngine, *tables: str) -> Cli:
    """Someone with this engine, and a registries.conf of these tables."""
    home.mkdir()
    conf = home / "registries.conf"
    conf.write_text("\n".join(tables))
    return Cli(environ={"HOME": str(home), "CONTAINERS_REGISTRIES_CONF": str(conf), **engine.environ})


def gone(engine: RunningEngine, project: Path) -> None:
    """Take the image from the engine."""
    digest = read_lock(project / "images.lock").images[IMAGE].platforms["linux/amd64"].digest
    engine.forget(f"localhost/lambdabuild/provided:{digest.removeprefix('sha256:')}")


def test_an_engine_is_given_what_is_in_the_folder_and_nothing_else(
    cli: Cli, project: Path, engine: RunningEngine, tmp_path: Path
) -> None:
    cli.done("lock", "--vendor", DIR, cwd=project)
    cli.done("build", cwd=project)
    online = zips(project)
    gone(engine, project)
    says(project, f"vendor: {DIR}")
    offline = user(tmp_path / "user", engine, public_at(f"127.0.0.1:{free_port()}"))

    answer = offline.run("build", cwd=project)
    assert answer.returncode == 0, answer.stderr
    assert f"Loaded {IMAGE}@" in answer.stderr
    assert zips(project) == online

    gone(engine, project)
    for path in blobs(project / DIR).values():
        if path.stat().st_size > 100_000:
            path.unlink()
    answer = cli.run("build", cwd=project)
    errors, hints = told(answer.stderr)
    assert answer.returncode == 4
    assert len(errors) == len(hints) == 1
    assert f"`{DIR}`, which the spec calls `vendor`, lacks sha256:" in errors[0]
    assert f"hint: run `lambdabuild lock --vendor {DIR}`" in hints[0]


def test_an_engine_is_given_what_is_on_the_mirror(
    cli: Cli, project: Path, engine: RunningEngine, registry: RunningRegistry, tmp_path: Path
) -> None:
    with running_registry(tmp_path / "mirror") as mirror:
        both = user(tmp_path / "both", engine, public_at(registry.host), plain(mirror.host))
        both.done("lock", "--mirror", f"{mirror.host}/m", cwd=project)
        cli.done("build", cwd=project)
        gone(engine, project)
        says(project, f"mirror: {mirror.host}/m")

        offline = user(tmp_path / "user", engine, public_at(f"127.0.0.1:{free_port()}"), plain(mirror.host))
        answer = offline.run("build", cwd=project)

    assert answer.returncode == 0, answer.stderr
    assert f"Loaded {IMAGE}@" in answer.stderr

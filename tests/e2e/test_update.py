"""A moved tag, replayed: the build does not move; what would is told, refused where it is relied on, and accepted."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lambdabuild.lock import read_lock, write_lock
from lambdabuild.model.lock import Lock
from lambdabuild.model.plan import Toolchain
from lambdabuild.model.platform import Architecture
from tests.support.audio import NODE, built, write_audio
from tests.support.bad import told
from tests.support.cli import Cli
from tests.support.golang import repository_lock
from tests.support.processes import light_cache
from tests.support.project import digests
from tests.support.registry import RunningRegistry, public_ecr_at, running_registry
from tests.support.standins import AL2023, AL2023_2023_6, Release, image_of, push_release

pytestmark = pytest.mark.timeout(300)  # the first build of a machine compiles the standard library

NAME = "public.ecr.aws/lambda/provided:al2023"
NODES = "GLIBCXX_3.4.30 … 3.4.33, CXXABI_1.3.14, CXXABI_1.3.15"
SPEC = f"""version: 1
go: "1.26.8"
runtime: provided.al2023
architectures: [amd64, arm64]
images:
  provided.al2023: {NAME}
functions:
  orders:
    package: ./cmd/orders
  audio:
    package: ./audio
    cgo: image
    executor: docker
"""
STATIC = SPEC.partition("  audio:\n")[0]
MAIN = 'package main\n\nfunc main() { println("orders") }\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project, its user, and the registry where the tag moves."""

    folder: Path
    cli: Cli
    registry: RunningRegistry

    @property
    def lock(self) -> bytes:
        return (self.folder / "images.lock").read_bytes()

    @property
    def pin(self) -> str:
        return read_lock(self.folder / "images.lock").images[NAME].digest

    def push(self, release: Release, *architectures: Architecture) -> str:
        """Let the tag be this release; the digest of its index."""
        repository = "lambda/provided"
        if not architectures:
            return push_release(self.registry, release, repository=repository, tag="al2023")
        children = [self.registry.push_image(repository, image_of(release, one)) for one in architectures]
        return self.registry.push_index(repository, "al2023", children)

    def zips(self) -> dict[str, str]:
        """What a build of the static function makes."""
        self.cli.done("build", "--function", "orders", cwd=self.folder)
        return digests(self.folder)

    def json(self, *arguments: str) -> dict[str, Any]:
        """What the command says, as one document."""
        answer = self.cli.run("lock", *arguments, "--json", cwd=self.folder)
        assert answer.returncode in {0, 3}, answer.stderr
        return dict(json.loads(answer.stdout))


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory, toolchain: Toolchain) -> dict[Architecture, Path]:
    """The C++ program for both CPUs."""
    folder = write_audio(tmp_path_factory.mktemp("audio"))
    return {architecture: built(folder, architecture, toolchain) for architecture in Architecture}


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegistry]:
    with running_registry(tmp_path_factory.mktemp("registry")) as running:
        yield running


@pytest.fixture(scope="module")
def user(tmp_path_factory: pytest.TempPathFactory, registry: RunningRegistry) -> Cli:
    """Someone whose public.ecr.aws is the registry of these tests."""
    home = tmp_path_factory.mktemp("user")
    return Cli(cache=light_cache(home / "cache"), environ=public_ecr_at(registry.host, home))


@pytest.fixture
def project(tmp_path: Path, user: Cli, registry: RunningRegistry) -> Project:
    """Locked while the runtime has the libstdc++ of GCC 14."""
    return written(tmp_path / "project", SPEC, user, registry)


def written(folder: Path, spec: str, user: Cli, registry: RunningRegistry) -> Project:
    (folder / "cmd" / "orders").mkdir(parents=True)
    (folder / "cmd" / "orders" / "main.go").write_text(MAIN)
    write_audio(folder / "audio")
    shutil.move(folder / "audio" / "go.mod", folder / "go.mod")
    (folder / "buildspec.yaml").write_text(spec)
    write_lock(folder / "images.lock", Lock(toolchains=repository_lock().toolchains))
    made = Project(folder=folder, cli=user, registry=registry)
    made.push(AL2023)
    user.done("lock", cwd=folder)
    return made


def test_a_tag_that_goes_back_moves_no_build_and_is_refused_until_it_is_accepted(
    project: Project, programs: dict[Architecture, Path]
) -> None:
    zips, lock, old = project.zips(), project.lock, project.pin
    new = project.push(AL2023_2023_6)

    project.cli.done("lock", cwd=project.folder)
    assert (project.zips(), project.lock) == (zips, lock)

    outdated = project.cli.run("lock", "--outdated", cwd=project.folder)
    assert outdated.returncode == 3
    assert outdated.stdout == (
        f"{NAME}: {old[:19]} (2026-02-27T21:04:11Z) → {new[:19]} (2025-02-18T17:40:02Z)\n"
        "  linux/amd64: changed, for orders, audio\n"
        "  linux/arm64: changed, for orders, audio\n"
    )
    assert project.lock == lock

    refused = project.cli.run("lock", "--update", cwd=project.folder)
    errors, hints = told(refused.stderr)
    assert refused.returncode == 3
    assert errors[0].startswith(f"error: `images.lock` stays as it is: `audio` relies on what `{NAME}` loses: ")
    assert f", {NODES} of `libstdc++.so.6` (linux/amd64, linux/arm64)" in errors[0]
    assert len(errors) == len(hints) == 1
    assert "`--accept-loss`" in hints[0]
    assert project.lock == lock

    project.cli.done("lock", "--update", "--accept-loss", cwd=project.folder)
    assert project.pin == new
    assert project.zips() == zips
    for program in programs.values():
        judged = project.cli.run("check", str(program), cwd=project.folder)
        assert judged.returncode == 5
        assert f"`bootstrap` needs {NODE} of `/lib64/libstdc++.so.6`" in judged.stderr

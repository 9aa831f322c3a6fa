"""Whichever way an image comes, the verdict is the same: from a layout, a docker archive, a registry by a lock."""

import json
from pathlib import Path

import pytest

from lambdabuild.lock import write_lock
from lambdabuild.model.lock import Lock
from lambdabuild.model.platform import Architecture
from tests.corpus.catalogue import RECIPES
from tests.corpus.catalogue.runtime import SPEC
from tests.corpus.court import Court, path_of
from tests.corpus.images import copy, push_as_amazon
from tests.corpus.recipe import Artifact, Image
from tests.support.cli import Cli
from tests.support.golang import repository_lock
from tests.support.registry import public_ecr_at, running_registry

JUDGED: dict[Image, tuple[str, ...]] = {
    "provided.al2023-2023.6": (
        "libstdc++ too new",
        "assertions of libstdc++",
        "openssl too new",
        "libstdc++ of this machine bundled",
        "C++ of old versions on the older release",
        "cgo on a runtime that has its glibc",
    ),
    "provided.al2023": (
        "glibc too new",
        "a library is missing",
        "a loader of musl",
        "another copy is found first by DT_RUNPATH",
        "C++ on the newer release",
        "a library that is found by DT_RUNPATH",
    ),
}


def chosen(image: Image, architecture: Architecture) -> list[Artifact]:
    every = [Artifact(recipe=one, architecture=architecture) for one in RECIPES if one.name in JUDGED[image]]
    assert len(every) == len(JUDGED[image])
    return every


def rules(document: str) -> dict[str, list[str]]:
    """The rules that were found, by path."""
    return {
        artifact["path"]: [one["rule"] for one in artifact["findings"]]
        for artifact in json.loads(document)["artifacts"]
    }


def wanted(every: list[Artifact], prefix: Path) -> dict[str, list[str]]:
    return {f"{prefix}/{path_of(one)}": [rule for rule, _ in one.recipe.expected] for one in every}


@pytest.mark.parametrize("image", JUDGED)
def test_a_registry_by_a_lock(image: Image, court: Court, tmp_path: Path) -> None:
    every = [artifact for architecture in Architecture for artifact in chosen(image, architecture)]
    for artifact in every:
        court.workshop.make(artifact)
    (tmp_path / "buildspec.yaml").write_text(SPEC)
    write_lock(tmp_path / "images.lock", Lock(toolchains=repository_lock().toolchains))
    with running_registry(tmp_path / "registry") as registry:
        push_as_amazon(registry, image)
        cli = Cli(cache=tmp_path / "cache", environ=public_ecr_at(registry.host, tmp_path))
        cli.done("lock", cwd=tmp_path)
        paths = [f"{court.bench}/{path_of(artifact)}" for artifact in every]

        answer = cli.run("check", "--json", "--runtime", "provided.al2023", *paths, cwd=tmp_path)

    assert rules(answer.stdout) == wanted(every, court.bench), answer.stderr
    assert answer.returncode == 5
    assert answer.stderr == ""  # no warning: it is locked


def test_a_docker_archive(court: Court, tmp_path: Path) -> None:
    every = chosen("provided.al2023-2023.6", Architecture.ARM64)
    for artifact in every:
        court.workshop.make(artifact)
    archive = tmp_path / "image.tar"
    source = f"oci:{court.bench}/provided.al2023-2023.6"
    copy(source, f"docker-archive:{archive}:provided:al2023", "--override-arch", "arm64")
    paths = [f"{court.bench}/{path_of(artifact)}" for artifact in every]

    answer = Cli(cache=tmp_path / "cache").run(
        "check", "--json", "--image", f"docker-archive:{archive}", *paths, cwd=tmp_path
    )

    assert rules(answer.stdout) == wanted(every, court.bench), answer.stderr
    assert answer.returncode == 5

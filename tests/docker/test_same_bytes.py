"""The docker executor makes the host's bytes: a real program, both runtimes, both CPUs."""

import json
import shutil
from pathlib import Path

import pytest

from lambdabuild.model.platform import Architecture
from tests.support.cli import ROOT, Cli
from tests.support.docker_project import locked, unpacked, zips
from tests.support.engine import RunningEngine
from tests.support.runtime_api import invoke

ORDER = {"customer": "c-1042", "items": [{"sku": "cup", "quantity": 2, "unit_cents": 450}]}

pytestmark = pytest.mark.timeout(900)  # the standard library is compiled once for each CPU


def project(folder: Path, executor: str, runtime: str) -> Path:
    shutil.copytree(ROOT / "examples", folder / "examples")
    spec = (ROOT / "buildspec.example.yaml").read_text().replace("executor: host", f"executor: {executor}")
    spec = spec.replace("runtime: provided.al2023", f"runtime: {runtime}")
    spec = spec.replace("images:\n", "images:\n  provided.al2: public.ecr.aws/lambda/provided:al2\n")
    (folder / "buildspec.yaml").write_text(spec)
    return folder


@pytest.mark.parametrize("runtime", ["provided.al2", "provided.al2023"])
def test_the_bytes_are_those_of_the_host(runtime: str, cli: Cli, engine: RunningEngine, tmp_path: Path) -> None:
    there = locked(cli, project(tmp_path / "in a container", "docker", runtime))
    here = locked(cli, project(tmp_path / "here", "host", runtime))

    cli.done("build", "--fail-on", "error", cwd=there)
    cli.done("build", cwd=here)

    assert len(zips(there)) == 4
    assert zips(there) == zips(here)
    assert (engine.containers(), engine.volumes()) == ([], [])
    for architecture in Architecture:
        bootstrap = unpacked(there / "dist" / f"orders-{architecture}.zip", tmp_path / architecture)
        (answer,) = invoke(bootstrap, [json.dumps({"body": json.dumps(ORDER)}).encode()], architecture=architecture)
        assert json.loads(json.loads(answer.body)["body"])["total_cents"] == 900


def test_the_key_names_the_locked_image(cli: Cli, tmp_path: Path) -> None:
    there = locked(cli, project(tmp_path / "there", "docker", "provided.al2023"))
    here = locked(cli, project(tmp_path / "here", "host", "provided.al2023"))

    def digests(folder: Path) -> set[str]:
        return {action["digest"] for action in json.loads(cli.done("plan", "--json", cwd=folder))["actions"]}

    assert digests(there).isdisjoint(digests(here))
    assert len(digests(there)) == 4

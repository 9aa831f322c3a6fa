"""The main job, whole: build the examples for both CPUs, unpack them, boot them, read their answers."""

import base64
import hashlib
import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from lambdabuild.model.platform import Architecture
from tests.support.cli import Cli
from tests.support.gates import require
from tests.support.runtime_api import invoke

ROOT = Path(__file__).parents[2]
BUILD = ("build", "--file", "buildspec.example.yaml")
ORDER = {"customer": "c-1042", "items": [{"sku": "cup", "quantity": 2, "unit_cents": 450}]}


def project(folder: Path) -> Path:
    shutil.copytree(ROOT / "examples", folder / "examples")
    for name in ("buildspec.example.yaml", "images.lock"):
        shutil.copy(ROOT / name, folder)
    return folder


def unpack(archive: Path, folder: Path) -> Path:
    subprocess.run([require("unzip"), "-q", archive, "-d", folder], check=True)
    return folder / "bootstrap"


def zips(folder: Path) -> Mapping[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "dist").glob("*.zip"))}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = project(tmp_path_factory.mktemp("project"))
    Cli().done(*BUILD, cwd=folder)
    return folder


@pytest.mark.parametrize("architecture", Architecture)
def test_an_http_function_answers(built: Path, architecture: Architecture, tmp_path: Path) -> None:
    bootstrap = unpack(built / "dist" / f"orders-{architecture}.zip", tmp_path)

    (answer,) = invoke(bootstrap, [json.dumps({"body": json.dumps(ORDER)}).encode()], architecture=architecture)

    response = json.loads(answer.body)
    assert response["statusCode"] == 201
    assert json.loads(response["body"]) == {**ORDER, "id": answer.request_id, "total_cents": 900}


@pytest.mark.parametrize("architecture", Architecture)
def test_a_function_finds_what_it_embeds_and_what_it_includes(
    built: Path, architecture: Architecture, tmp_path: Path
) -> None:
    bootstrap = unpack(built / "dist" / f"receipts-{architecture}.zip", tmp_path)

    (answer,) = invoke(bootstrap, [json.dumps(ORDER).encode()], architecture=architecture)

    page = json.loads(answer.body)["html"]
    assert "<h1>Receipt for c-1042</h1>" in page
    assert "<tr><th>Total<th>9.00 EUR" in page
    assert "<title>Example shop" in page


def test_the_report_states_the_bytes_on_disk(built: Path) -> None:
    report = json.loads((built / "dist" / "build.json").read_text())

    digests = {
        path.name: base64.b64encode(hashlib.sha256(path.read_bytes()).digest()).decode()
        for path in (built / "dist").glob("*.zip")
    }
    assert len(digests) == 4
    assert {Path(one["path"]).name: one["code_sha256"] for one in report["artifacts"]} == digests


def test_another_folder_home_and_an_empty_cache_give_the_same_bytes(built: Path, tmp_path: Path) -> None:
    """For one CPU, since the standard library is compiled anew; in containers it is for both."""
    elsewhere = project(tmp_path / "a folder with spaces")
    home = tmp_path / "home"
    home.mkdir()

    cold = Cli(cache=tmp_path / "cache", environ={"HOME": str(home), "TZ": "Asia/Kathmandu"}, timeout=580)
    cold.done(*BUILD, "--arch", "arm64", cwd=elsewhere)

    assert list(zips(elsewhere)) == ["orders-arm64.zip", "receipts-arm64.zip"]
    assert zips(elsewhere).items() <= zips(built).items()


def test_a_second_build_changes_nothing(built: Path) -> None:
    before = zips(built)

    report = json.loads(Cli().done(*BUILD, "--json", cwd=built))

    assert {one["status"] for one in report["artifacts"]} == {"unchanged"}
    assert zips(built) == before

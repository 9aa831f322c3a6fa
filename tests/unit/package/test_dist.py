"""dist/: whole artifacts, and a build.json that never describes other bytes than are there."""

import dataclasses
import json
import os
from pathlib import Path

import pytest

from lambdabuild.errors import EnvironmentFailure
from lambdabuild.model.artifact import Artifact
from lambdabuild.model.finding import Finding, Severity
from lambdabuild.model.platform import Architecture
from lambdabuild.package.dist import describe, described, publish, staging

FINDING = Finding(rule="LB999", severity=Severity.NOTE, file="bootstrap", message="so it is", fix="do this")
ARTIFACT = Artifact(
    function="orders",
    architectures=(Architecture.ARM64,),
    runtime="provided.al2023",
    supports={"provided.al2023": (Architecture.ARM64,)},
    path="dist/orders-arm64.zip",
    sha256="ab" * 32,
    code_sha256="q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=",
    content="cd" * 32,
    zipped=10,
    unzipped=20,
    actions={Architecture.ARM64: f"{'e' * 64}/100"},
    status="built",
    cached=False,
    seconds=1.5,
    findings=(FINDING,),
)
OTHER = dataclasses.replace(ARTIFACT, function="audio", path="dist/audio-arm64.zip")

GOLDEN = """\
{
  "artifacts": [
    {
      "actions": {
        "arm64": "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee/100"
      },
      "architectures": [
        "arm64"
      ],
      "cached": false,
      "code_sha256": "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=",
      "content": "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
      "findings": [
        {
          "file": "bootstrap",
          "fix": "do this",
          "message": "so it is",
          "rule": "LB999",
          "severity": "note"
        }
      ],
      "function": "orders",
      "path": "dist/orders-arm64.zip",
      "runtime": "provided.al2023",
      "sha256": "abababababababababababababababababababababababababababababababab",
      "supports": {
        "provided.al2023": [
          "arm64"
        ]
      },
      "unzipped": 20,
      "zipped": 10
    }
  ],
  "version": 1
}
"""


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    (tmp_path / "dist").mkdir()
    return tmp_path / "dist"


def test_build_json_is_this() -> None:
    assert describe([ARTIFACT]).decode() == GOLDEN


def test_build_json_knows_no_time() -> None:
    later = dataclasses.replace(ARTIFACT, seconds=9.0, status="unchanged")

    assert describe([later]) == describe([ARTIFACT])


def test_artifacts_are_in_order() -> None:
    amd64 = dataclasses.replace(ARTIFACT, architectures=(Architecture.AMD64,), path="dist/orders-amd64.zip")

    told = json.loads(describe([ARTIFACT, OTHER, amd64]))["artifacts"]

    assert [(one["function"], *one["architectures"]) for one in told] == [
        ("audio", "arm64"),
        ("orders", "amd64"),
        ("orders", "arm64"),
    ]
    assert describe([amd64, ARTIFACT, OTHER]) == describe([ARTIFACT, OTHER, amd64])


def test_what_an_earlier_build_described_is_kept(dist: Path) -> None:
    (dist / "build.json").write_bytes(describe([ARTIFACT]))

    assert describe([OTHER], kept=described(dist.parent)) == describe([ARTIFACT, OTHER])


@pytest.mark.parametrize(
    "report", ["", "[]", "{}", '{"artifacts": 1}', '{"artifacts": [1]}', '{"artifacts": [{"path": "dist"}]}', "\xff"]
)
def test_a_build_json_that_is_not_ours_keeps_nothing(dist: Path, report: str) -> None:
    (dist / "build.json").write_text(report, encoding="latin-1")

    assert described(dist.parent) == []


@pytest.mark.parametrize("path", ["../evil.zip", "/etc/evil.zip", "dist/../evil.zip", "dist/a/b.zip", "evil.zip"])
def test_a_build_json_that_points_elsewhere_keeps_nothing(dist: Path, path: str) -> None:
    (dist / "build.json").write_bytes(describe([OTHER, dataclasses.replace(ARTIFACT, path=path)]))

    assert described(dist.parent) == []


def test_no_build_json_keeps_nothing(tmp_path: Path) -> None:
    assert described(tmp_path) == []


def test_files_appear_together_with_what_describes_them(dist: Path) -> None:
    with staging(dist) as staged:
        (staged / "a.zip").write_text("new")
        publish(dist, staged, ["a.zip"], b"report")

    assert {path.name: path.read_text() for path in dist.iterdir()} == {"a.zip": "new", "build.json": "report"}


def test_while_files_move_nothing_is_described(dist: Path) -> None:
    (dist / "build.json").write_text("of the old file")
    (dist / "a.zip").write_text("old")

    with staging(dist) as staged, pytest.raises(EnvironmentFailure) as caught:
        (staged / "a.zip").write_text("new")
        publish(dist, staged, ["a.zip", "gone.zip"], b"report")

    assert caught.value.message == f"`{dist}/gone.zip` cannot be replaced: No such file or directory"
    assert caught.value.hint == "move away what is in its place; the next build completes what is missing"
    assert {path.name: path.read_text() for path in dist.iterdir()} == {"a.zip": "new"}


@pytest.mark.parametrize("name", ["a.zip", "build.json"])
def test_a_folder_in_the_way_is_told_before_anything_moves(dist: Path, name: str) -> None:
    (dist / name).mkdir()
    (dist / "b.zip").write_text("old")

    with staging(dist) as staged, pytest.raises(EnvironmentFailure) as caught:
        for one in ("a.zip", "b.zip"):
            (staged / one).write_text("new")
        publish(dist, staged, ["b.zip", "a.zip"], b"report")

    assert caught.value.message == f"`{dist}/{name}` cannot be replaced: it is a folder"
    assert caught.value.hint == "move it away"
    assert (dist / "b.zip").read_text() == "old"


def test_what_is_the_same_is_not_touched(dist: Path) -> None:
    for name in ("a.zip", "build.json"):
        (dist / name).write_text("same")
        os.utime(dist / name, (1, 1))

    with staging(dist) as staged:
        (staged / "a.zip").write_text("same")
        publish(dist, staged, ["a.zip"], b"same")

    assert {path.stat().st_mtime for path in dist.iterdir()} == {1}


def test_a_report_that_changed_is_written_though_no_file_moved(dist: Path) -> None:
    (dist / "build.json").write_text("old")

    with staging(dist) as staged:
        publish(dist, staged, [], b"new")

    assert (dist / "build.json").read_text() == "new"


def test_staging_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), staging(tmp_path / "dist") as staged:
        (staged / "half.zip").write_text("x")
        raise ZeroDivisionError

    assert list(tmp_path.iterdir()) == []


def test_two_builds_stage_apart(dist: Path) -> None:
    with staging(dist) as one, staging(dist) as other:
        assert one != other
        assert one.stat().st_dev == dist.stat().st_dev


def test_a_dist_that_cannot_be_made_is_the_machines_fault(tmp_path: Path) -> None:
    (tmp_path / "dist").write_text("a file")

    with pytest.raises(EnvironmentFailure) as caught, staging(tmp_path / "dist"):
        pass

    assert caught.value.message == f"`{tmp_path}/dist` cannot be made: Not a directory"
    assert caught.value.hint == "check the permissions of the project's folder"
    assert caught.value.exit_code == 4


@pytest.mark.parametrize("architectures", [[], ["x86_64"], [["amd64"]], "amd64", None, {"amd64": 1}])
def test_a_build_json_of_another_shape_keeps_nothing(dist: Path, architectures: object) -> None:
    told = json.loads(describe([OTHER]))
    told["artifacts"][0]["architectures"] = architectures
    (dist / "build.json").write_text(json.dumps(told))

    assert described(dist.parent) == []

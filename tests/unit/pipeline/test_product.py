"""A build, from source to checked zips: what the compiler said, and what stays as it was."""

import json
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from lambdabuild.errors import CompileError, UsageError
from lambdabuild.io.store import Store
from lambdabuild.model.artifact import Selection
from lambdabuild.model.events import Event, Finished
from lambdabuild.model.plan import Toolchain
from lambdabuild.model.platform import Architecture
from lambdabuild.pipeline.building import build
from lambdabuild.pipeline.checking import check
from lambdabuild.pipeline.request import Request
from tests.support.cli import ROOT
from tests.support.golang import RunGo
from tests.support.processes import light_cache
from tests.support.shapes import MAIN, Shape, module, write

AMD64 = Selection(architectures=frozenset({Architecture.AMD64}))
BROKEN = "package main\n\nfunc main() { %s() }\n"


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
def asked(tmp_path: Path, toolchain: Toolchain, user_go: RunGo, events: list[Event]) -> Request:
    """A build of two functions, each in a module of its own."""
    files = {f"{name}/{file}": text for name in ("one", "two") for file, text in {
        "go.mod": module(f"example.com/{name}"), "main.go": MAIN % name,
    }.items()}  # fmt: skip
    shape = Shape(files=files, packages={"one": "./one", "two": "./two"}, fields={"tags": "[lambda.norpc]"})
    project = write(shape, tmp_path / "project", user_go)
    return Request(
        spec_file=project / "buildspec.yaml",
        lock_file=ROOT / "images.lock",
        store=Store(root=light_cache(tmp_path / "cache")),
        environ={"HOME": str(tmp_path), "PATH": "", "GOPROXY": "off"},
        emit=events.append,
        selection=AMD64,
    )


def test_artifacts_are_described_as_they_are(asked: Request) -> None:
    report = build(asked)

    dist = asked.spec_file.parent / "dist"
    assert report.published
    assert [(one.function, one.path, one.status) for one in report.artifacts] == [
        ("one", "dist/one-amd64.zip", "built"),
        ("two", "dist/two-amd64.zip", "built"),
    ]
    assert {path.name for path in dist.iterdir()} == {"one-amd64.zip", "two-amd64.zip", "build.json"}
    with zipfile.ZipFile(dist / "one-amd64.zip") as bundle:
        assert bundle.namelist() == ["bootstrap"]
    assert [one.path for one in check(asked)] == ["dist/one-amd64.zip", "dist/two-amd64.zip"]


def test_a_second_build_says_that_nothing_changed(asked: Request) -> None:
    first = build(asked)
    described = (first.folder / "build.json").read_bytes()

    second = build(asked)

    assert {one.status for one in second.artifacts} == {"unchanged"}
    assert (second.folder / "build.json").read_bytes() == described


@pytest.mark.parametrize("functions", [(), ("one", "two"), ("two",)])
def test_a_check_of_what_was_not_built_does_not_pass(asked: Request, functions: tuple[str, ...]) -> None:
    amd64 = AMD64.architectures
    build(replace(asked, selection=Selection(functions=frozenset({"one"}), architectures=amd64)))

    with pytest.raises(UsageError) as caught:
        check(replace(asked, selection=Selection(functions=frozenset(functions), architectures=amd64)))

    assert caught.value.message == f"`{asked.spec_file.parent}/dist` has no artifact of two-amd64"
    assert caught.value.hint == "run `lambdabuild build`"
    (verdict,) = check(replace(asked, selection=Selection(functions=frozenset({"one"}), architectures=amd64)))
    assert verdict.path == "dist/one-amd64.zip"


def test_what_the_spec_dropped_is_described_no_longer(asked: Request) -> None:
    dist = build(asked).folder
    told = json.loads((dist / "build.json").read_text())
    dropped = [{**told["artifacts"][0], "architectures": ["arm64"], "path": "dist/one-arm64.zip"}]
    dropped += [{**told["artifacts"][0], "function": "gone", "path": "dist/gone-amd64.zip"}]
    for one in dropped:
        (asked.spec_file.parent / one["path"]).write_bytes(b"built before the spec changed")
    (dist / "build.json").write_text(json.dumps({**told, "artifacts": [*told["artifacts"], *dropped]}))
    spec = asked.spec_file.read_text()
    asked.spec_file.write_text(re.sub(r"(?m)^architectures: .*$", "architectures: [amd64]", spec))

    build(replace(asked, selection=Selection(functions=frozenset({"one"}))))

    assert json.loads((dist / "build.json").read_text()) == told


def test_every_compiler_is_heard_and_dist_stays_as_it_was(asked: Request, events: list[Event]) -> None:
    before = {path.name: path.read_bytes() for path in build(asked).folder.iterdir()}
    for name in ("one", "two"):
        (asked.spec_file.parent / name / "main.go").write_text(BROKEN % name)

    with pytest.raises(CompileError) as caught:
        build(asked)

    assert caught.value.message == "one-amd64, two-amd64: the compile failed"
    assert caught.value.output == (
        "# example.com/one\n./main.go:3:15: undefined: one\n# example.com/two\n./main.go:3:15: undefined: two"
    )
    assert caught.value.exit_code == 1
    dist = asked.spec_file.parent / "dist"
    assert {path.name: path.read_bytes() for path in dist.iterdir()} == before
    ended = [one for one in events if isinstance(one, Finished) and one.work == "compile"]
    assert [one.ok for one in ended] == [True, True, False, False]

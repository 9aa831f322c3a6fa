"""What doctor sees before a build would stumble over it."""

import platform
import shutil
from pathlib import Path

import pytest

from lambdabuild.io.store import Store
from lambdabuild.pipeline.diagnosis import diagnose
from lambdabuild.pipeline.request import Request
from tests.support.cli import ROOT

SPEC = """\
version: 1
go: "1.26.8"
runtime: provided.al2023
architectures: [arm64]
images: {provided.al2023: "public.ecr.aws/lambda/provided:al2023"}
functions: {orders: {package: ./cmd/orders}}
"""


@pytest.fixture
def asked(tmp_path: Path) -> Request:
    """A spec with the lock of this repository."""
    (tmp_path / "buildspec.yaml").write_text(SPEC)
    shutil.copy(ROOT / "images.lock", tmp_path)
    return Request(
        spec_file=tmp_path / "buildspec.yaml",
        lock_file=tmp_path / "images.lock",
        store=Store(root=tmp_path / "cache"),
        environ={"PATH": "", "HOME": str(tmp_path)},
        emit=lambda _: None,
    )


def test_a_lock_that_covers_the_spec_and_this_machine_is_well(asked: Request) -> None:
    (symptom,) = [one for one in diagnose(asked) if one.name == "lock"]

    assert (symptom.state, symptom.mend) == ("ok", None)


def test_a_machine_that_the_spec_does_not_list_is_a_symptom(asked: Request, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")

    (symptom,) = [one for one in diagnose(asked) if one.name == "lock"]

    assert symptom.state == "missing"
    assert symptom.says == f"`{asked.spec_file}`: `hosts` does not list linux/riscv64, which this machine is"
    assert symptom.mend == "add it, run `lambdabuild lock`, commit both files"

"""What doctor sees before a build would stumble over it."""

import platform
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from lambdabuild.io.store import Store
from lambdabuild.lock import read_lock, write_lock
from lambdabuild.model.lock import LockedZig
from lambdabuild.model.platform import host_platform
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


WITH_ZIG = SPEC.replace("functions:", 'zig: "0.17.1"\nfunctions:').replace("package: ", "cgo: zig, package: ")


def test_a_zig_that_is_not_here_will_be_fetched(asked: Request, monkeypatch: pytest.MonkeyPatch) -> None:
    asked.spec_file.write_text(WITH_ZIG)

    (symptom,) = [one for one in diagnose(asked) if one.name == "toolchains"]
    monkeypatch.setitem(sys.modules, "pip", None)
    (without_pip,) = [one for one in diagnose(asked) if one.name == "toolchains"]

    assert (symptom.state, symptom.says) == ("ok", "Go 1.26.8, zig 0.17.1 will be fetched by the first build")
    assert without_pip.state == "missing"
    assert without_pip.mend is not None
    assert "pip install 'lambdabuild[zig]'" in without_pip.mend


def test_a_zig_that_is_here_needs_no_pip(asked: Request, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pip", None)
    asked.spec_file.write_text(WITH_ZIG)
    locked = read_lock(asked.lock_file)
    digest = f"sha256:{'a' * 64}"
    zigs = {host_platform(): LockedZig(wheel=digest), "linux/amd64": LockedZig(wheel=digest, tree=f"{digest}/1")}
    write_lock(asked.lock_file, replace(locked, zigs={"zig@0.17.1": zigs}))
    (asked.store.toolchains / f"zig0.17.1.{host_platform().replace('/', '-')}-{'a' * 16}").mkdir(parents=True)

    (symptom,) = [one for one in diagnose(asked) if one.name == "toolchains"]

    assert symptom.says == "Go 1.26.8 will be fetched by the first build"

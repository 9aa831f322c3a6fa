"""The project that tests of what goes wrong begin with."""

import shutil
from pathlib import Path

import pytest

from lambdabuild.model.plan import Toolchain
from tests.support.cli import Cli
from tests.support.project import write_project


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, toolchain: Toolchain) -> Path:
    """Built once; beside its artifacts lies a zip of another time."""
    project = write_project(tmp_path_factory.mktemp("built"))
    Cli().done("build", cwd=project)
    (project / "dist" / "legacy-amd64.zip").write_bytes(b"of another time")
    return project


@pytest.fixture
def project(built: Path, tmp_path: Path) -> Path:
    """A copy of it, dist/ and all."""
    return Path(shutil.copytree(built, tmp_path / "project"))

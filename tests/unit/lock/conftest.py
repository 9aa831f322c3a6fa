"""A spec, and sources of facts that a test decides."""

from pathlib import Path

import pytest

from tests.unit.lock.support import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(file=tmp_path / "buildspec.yaml")

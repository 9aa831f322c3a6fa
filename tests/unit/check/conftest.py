"""What tests of rules share."""

from pathlib import Path

import pytest

from tests.support.artifact import Artifact


@pytest.fixture
def artifact(tmp_path: Path) -> Artifact:
    """An empty one for amd64 and provided.al2023, that should be static."""
    return Artifact(tmp_path)

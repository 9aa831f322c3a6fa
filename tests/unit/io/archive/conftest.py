"""Bytes opened as a zip, as a fixture."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lambdabuild.io.archive import open_zip
from lambdabuild.model.artifact import Opened


@pytest.fixture
def opened(tmp_path: Path) -> Callable[[bytes], Opened]:
    def open_bytes(content: bytes) -> Opened:
        archive = tmp_path / "an artifact.zip"
        archive.write_bytes(content)
        into = tmp_path / "into"
        into.mkdir(exist_ok=True)
        return open_zip(archive, into)

    return open_bytes

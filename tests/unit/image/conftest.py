"""A plain registry for all tests, a machine for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.registry import RunningRegistry, running_registry
from tests.support.registry_client import Machine


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegistry]:
    """A docker-registry on plain HTTP, open to all."""
    with running_registry(tmp_path_factory.mktemp("hub")) as running:
        yield running


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A user's machine that knows of nothing yet."""
    home = tmp_path / "home"
    home.mkdir()
    return Machine(home)

"""An engine, a registry with stand-ins of both runtimes, and a command line that knows both."""

from collections.abc import Iterator

import pytest

from tests.support.cli import Cli
from tests.support.engine import RunningEngine, running_engine
from tests.support.registry import RunningRegistry, public_ecr_at, running_registry
from tests.support.standins import AL2, AL2023, push_release


@pytest.fixture(scope="session")
def engine() -> Iterator[RunningEngine]:
    with running_engine() as running:
        yield running


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegistry]:
    with running_registry(tmp_path_factory.mktemp("registry")) as running:
        push_release(running, AL2023, tag="al2023")
        push_release(running, AL2, tag="al2")
        yield running


@pytest.fixture(scope="session")
def cli(engine: RunningEngine, registry: RunningRegistry, tmp_path_factory: pytest.TempPathFactory) -> Cli:
    mirrors = public_ecr_at(registry.host, tmp_path_factory.mktemp("user"))
    return Cli(environ={**mirrors, **engine.environ})

"""What is made once, before anything is measured."""

import pytest

from lambdabuild.model.platform import Architecture
from tests.support.inventories import al2023


@pytest.fixture(scope="session", autouse=True)
def runtimes() -> None:
    for architecture in Architecture:
        al2023(architecture)

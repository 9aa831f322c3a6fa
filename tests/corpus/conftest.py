"""The court that all tests of the corpus share."""

import os
from pathlib import Path

import pytest

from lambdabuild.model.plan import Toolchain
from tests.corpus.catalogue import RECIPES
from tests.corpus.court import Court
from tests.corpus.recipe import artifacts
from tests.corpus.workshop import PROGRAMS, Workshop
from tests.support.gates import require


@pytest.fixture(scope="session")
def court(tmp_path_factory: pytest.TempPathFactory, toolchain: Toolchain) -> Court:
    for program in PROGRAMS:
        require(program)
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    (shared / "court").mkdir(exist_ok=True)
    return Court(folder=shared / "court", workshop=Workshop(go=Path(toolchain.root)), artifacts=artifacts(*RECIPES))

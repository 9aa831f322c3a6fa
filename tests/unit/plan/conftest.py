"""A user's machine that plans: a cache of ours that is empty, a module cache of the user's, a proxy."""

from pathlib import Path

import pytest

from lambdabuild.model.plan import Toolchain
from tests.support.golang import RunGo
from tests.support.goproxy import ModuleProxy
from tests.support.planning import Machine


@pytest.fixture
def machine(tmp_path: Path, toolchain: Toolchain, proxy: ModuleProxy, user_go: RunGo) -> Machine:
    return Machine(folder=tmp_path, toolchain=toolchain, environ=proxy.environ, user_go=user_go)

"""The grounds, each made when it is first asked for."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest

from lambdabuild.model.platform import Architecture, host_platform
from tests.differential.ground import Ground
from tests.support.clink import Compiler
from tests.support.gates import need
from tests.support.standins import AL2023, AL2023_2023_6, RELEASES, Release

Grounds = Callable[[Release, Architecture], Ground]
Compilers = Callable[[Architecture], Compiler]

_HANDWRITTEN = [*((release, Architecture.AMD64) for release in RELEASES), (AL2023_2023_6, Architecture.ARM64)]
_OF_THE_COMPILER = [(AL2023_2023_6, Architecture.AMD64), (AL2023, Architecture.AMD64), (AL2023, Architecture.ARM64)]
EACH = [(release, architecture) for architecture in Architecture for release in RELEASES]


def named(which: tuple[Release, Architecture]) -> str:
    return f"{which[0].name}-{which[1]}"


@pytest.fixture(scope="session")
def grounds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grounds]:
    with ExitStack() as stack:

        @cache
        def ground(release: Release, architecture: Architecture) -> Ground:
            folder = tmp_path_factory.mktemp("ground") / "root"
            return stack.enter_context(Ground(release, architecture, folder))

        yield ground


@pytest.fixture(params=_HANDWRITTEN, ids=named)
def ground(request: pytest.FixtureRequest, grounds: Grounds) -> Ground:
    """Every loader, and one of arm64: for worlds that are written by hand."""
    return grounds(*request.param)


@pytest.fixture(params=_OF_THE_COMPILER, ids=named)
def modern(request: pytest.FixtureRequest, grounds: Grounds) -> Ground:
    """Those on which what this machine's compilers make can run: it needs GLIBC_2.34."""
    return grounds(*request.param)


@pytest.fixture(params=EACH, ids=named)
def any_ground(request: pytest.FixtureRequest, grounds: Grounds) -> Ground:
    return grounds(*request.param)


@pytest.fixture(scope="session")
def own_architecture() -> Architecture:
    """The CPU of this machine."""
    known = [each for each in Architecture if each.platform == host_platform()]
    need(bool(known), "needs Linux on amd64 or arm64")
    return known[0]


@pytest.fixture(scope="session")
def compilers(tmp_path_factory: pytest.TempPathFactory) -> Compilers:
    """One with a folder of its own, each time."""
    return lambda architecture: Compiler(folder=tmp_path_factory.mktemp("cc"), architecture=architecture)

"""What tests need once: caches, the locked toolchain in one, a module proxy, the go of a user."""

import signal
from pathlib import Path

import pytest
from hypothesis import settings

from lambdabuild.io.process import run
from lambdabuild.io.store import Store
from lambdabuild.model.plan import Toolchain
from tests.support.cli import CACHE
from tests.support.golang import RunGo, locked_toolchain, seed_by_hand
from tests.support.goproxy import ModuleProxy
from tests.support.shapes import GREETER, module

pytest_plugins = ["tests.support.no_skips"]


def pytest_configure() -> None:
    """Let the programs under test be signalled: what starts us in the background (`&`, nohup) has signals ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    settings.register_profile("lambdabuild", deadline=None)  # a crowded machine decides no test
    settings.load_profile("lambdabuild")


@pytest.fixture(scope="session", autouse=True)
def by_hand() -> None:
    """For every test: functions that compile by hand name no fixture."""
    seed_by_hand()


@pytest.fixture(scope="session")
def store() -> Store:
    return Store(root=CACHE)


@pytest.fixture(scope="session")
def toolchain(store: Store) -> Toolchain:
    """The Go of the repository's own lock."""
    return locked_toolchain(store)


@pytest.fixture(scope="session")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> ModuleProxy:
    made = ModuleProxy(folder=tmp_path_factory.mktemp("proxy"))
    made.publish("example.com/Greeter", "v1.0.0", GREETER)
    made.publish("example.com/Greeter", "v1.1.0", GREETER | {"greeter.go": 'package greeter\n\nconst Word = "hi"\n'})
    made.publish(
        "example.com/chain",
        "v1.0.0",
        {
            "go.mod": module("example.com/chain", "require example.com/Greeter v1.0.0"),
            "chain.go": 'package chain\n\nconst Word = "chain"\n',
            "more/more.go": 'package more\n\nimport "example.com/Greeter"\n\nconst Word = greeter.Word\n',
        },
    )
    return made


@pytest.fixture(scope="session")
def user_go(toolchain: Toolchain, proxy: ModuleProxy, tmp_path_factory: pytest.TempPathFactory) -> RunGo:
    """Go as the user of a project runs it, with a module cache of the user's."""
    home = tmp_path_factory.mktemp("user")

    def go(arguments: tuple[str, ...], folder: Path) -> None:
        env = {**proxy.environ, "HOME": str(home), "GOTOOLCHAIN": "local", "GOFLAGS": "-modcacherw"}
        done = run([toolchain.root / "bin" / "go", *arguments], env=env, cwd=folder)
        assert done.ok, done.stderr

    return go

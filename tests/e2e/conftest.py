"""What every end-to-end test needs once: the locked toolchain in a cache, and a module proxy."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lambdabuild.io.process import run
from lambdabuild.io.store import Store
from lambdabuild.lock import read_lock
from lambdabuild.model.plan import Toolchain
from lambdabuild.model.platform import host_platform
from lambdabuild.toolchain import GoToolchains
from tests.support.cli import CACHE, ROOT
from tests.support.goproxy import ModuleProxy
from tests.support.shapes import GREETER, module

GO = "1.26.8"
RunGo = Callable[[tuple[str, ...], Path], None]


@pytest.fixture(scope="session")
def store() -> Store:
    return Store(root=CACHE)


@pytest.fixture(scope="session")
def toolchain(store: Store) -> Toolchain:
    """The Go of the repository's own lock, fetched as `build` does."""
    locked = read_lock(ROOT / "images.lock").toolchains[f"go@{GO}"][host_platform()]
    return GoToolchains(store=store, environ=dict(os.environ)).install(GO, host_platform(), locked)


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

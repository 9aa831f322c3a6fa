"""A machine that is not as one would like it: no network, no room, no permission, another user."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lambdabuild.model.plan import Toolchain
from lambdabuild.model.platform import host_platform
from tests.support.bad import kept, told
from tests.support.cli import ROOT, Cli
from tests.support.disks import small_disk
from tests.support.gates import require
from tests.support.golang import GO, RunGo
from tests.support.goproxy import ModuleProxy
from tests.support.processes import light_cache
from tests.support.project import digests, write_mains
from tests.support.registry import free_port
from tests.support.shapes import SHAPES, write
from tests.support.stranger import Stranger, copied_cache, stranger


@pytest.fixture(scope="module")
def other() -> Iterator[Stranger]:
    with stranger() as someone:
        yield someone


def test_with_a_warm_cache_no_network_is_needed(tmp_path: Path, user_go: RunGo, proxy: ModuleProxy) -> None:
    project = write(SHAPES["a fetched module"], tmp_path / "project", user_go)
    shutil.copy(ROOT / "images.lock", project)
    Cli(environ=proxy.environ).done("build", cwd=project)
    wanted = digests(project)
    shutil.rmtree(project / "dist")

    nowhere = f"http://127.0.0.1:{free_port()}"
    offline = Cli(environ={"HTTP_PROXY": nowhere, "HTTPS_PROXY": nowhere, "GOPROXY": nowhere})
    offline.done("build", cwd=project, prefix=(require("unshare"), "-n") if os.geteuid() == 0 else ())

    assert digests(project) == wanted


def test_a_build_needs_no_home(tmp_path: Path, user_go: RunGo, proxy: ModuleProxy) -> None:
    """A systemd unit, a bare CI: modules are fetched all the same."""
    project = write(SHAPES["a fetched module"], tmp_path / "project", user_go)
    shutil.copy(ROOT / "images.lock", project)
    cli = Cli(cache=light_cache(tmp_path / "cache"), environ=proxy.environ)
    bare = {name: cli.env[name] for name in (*proxy.environ, "PATH", "PYTHONPATH", "LAMBDABUILD_CACHE_DIR")}

    answer = subprocess.run(cli.argv("build"), cwd=project, env=bare, capture_output=True, text=True, check=False)

    assert answer.returncode == 0, answer.stderr


def test_another_user_with_another_cache_gets_the_same_bytes(
    built: Path, other: Stranger, toolchain: Toolchain
) -> None:
    cache = copied_cache(other, toolchain.root)
    project = other.given(built, "project")
    wanted = digests(built)
    shutil.rmtree(project / "dist")

    other.cli(cache).done("build", cwd=project, prefix=other.prefix)

    assert digests(project).items() <= wanted.items()
    assert {path.stat().st_uid for path in (project / "dist").iterdir()} == {project.stat().st_uid}


def test_a_project_that_may_not_be_written_is_told(built: Path, other: Stranger, toolchain: Toolchain) -> None:
    project = other.given(built, "someone else's")
    shutil.rmtree(project / "dist")
    for path in (project, *project.rglob("*")):
        os.chown(path, 0, 0)
    project.chmod(0o755)
    other.given(toolchain.root, f"second/toolchains/{toolchain.root.name}")

    answer = other.cli(other.folder / "second").run("build", cwd=project, prefix=other.prefix)

    assert answer.returncode == 4, answer.stderr
    assert answer.stderr == (
        "error: `dist` cannot be made: Permission denied\n\nhint: check the permissions of the project's folder\n"
    )


def test_a_cache_that_may_not_be_written_is_told(built: Path, other: Stranger, tmp_path: Path) -> None:
    project = other.given(built, "third")
    before = kept(project)
    cache = other.folder / "cache of root"
    (cache / "scratch").mkdir(parents=True)

    answer = other.cli(cache).run("build", cwd=project, prefix=other.prefix)

    errors, hints = told(answer.stderr)
    assert answer.returncode == 4, answer.stderr
    assert len(errors) == 1
    assert str(cache) in errors[0]
    assert hints == ["hint: set LAMBDABUILD_CACHE_DIR to a folder that can be written"]
    assert kept(project) == before


def test_a_cache_that_cannot_be_is_told(project: Path) -> None:
    before = kept(project)

    answer = Cli(cache=project / "go.mod" / "cache").run("build", cwd=project)

    errors, hints = told(answer.stderr)
    assert answer.returncode == 4, answer.stderr
    assert len(errors) == len(hints) == 1
    assert kept(project) == before


def test_a_toolchain_that_is_not_the_locked_one_is_refused(project: Path, tmp_path: Path) -> None:
    proxy = ModuleProxy(folder=tmp_path / "proxy")
    version = f"v0.0.1-go{GO}.{host_platform().replace('/', '-')}"
    proxy.publish("golang.org/toolchain", version, {"go.mod": "module golang.org/toolchain\n", "bin/go": "evil"})
    before = kept(project)

    cli = Cli(cache=tmp_path / "cache", environ={**proxy.environ, "HOME": str(tmp_path)})
    answer = cli.run("build", cwd=project)

    errors, hints = told(answer.stderr)
    assert answer.returncode == 4, answer.stderr
    assert len(errors) == 1
    assert errors[0].startswith(f"error: Go {GO} for {host_platform()}: expected h1:")
    assert hints == ["hint: the source served other bytes than were locked; do not use it until you know why"]
    assert not list((cli.cache / "toolchains").glob("*"))
    assert kept(project) == before


def test_a_disk_that_is_full_keeps_what_was_there(project: Path, tmp_path: Path) -> None:
    old = shutil.copytree(project / "dist", tmp_path / "old")
    room = sum(path.stat().st_size for path in old.iterdir()) + 100_000
    write_mains(project, "of another length, and so with other bytes")

    with small_disk(project / "dist", str(room)):
        shutil.copytree(old, project / "dist", dirs_exist_ok=True)
        before = kept(project)
        answer = Cli().run("build", cwd=project)
        assert kept(project) == before

    errors, hints = told(answer.stderr)
    assert answer.returncode == 4, answer.stderr
    assert len(errors) == len(hints) == 1
    assert errors[0].endswith("cannot be written: No space left on device")


def test_a_disk_that_fills_up_during_the_compile_is_not_the_compilers_refusal(project: Path, tmp_path: Path) -> None:
    cli = Cli(cache=light_cache(tmp_path / "cache"))
    (cli.cache / "scratch").mkdir()
    before = kept(project)
    write_mains(project, "of another length, and so with other bytes")

    with small_disk(cli.cache / "scratch", "300k"):
        answer = cli.run("build", cwd=project)

    errors, hints = told(answer.stderr)
    assert answer.returncode == 4, answer.stderr
    assert errors == ["error: orders-amd64, users-amd64: the disk filled up during the compile"]
    assert hints == ["hint: make room in the cache folder, or move it with LAMBDABUILD_CACHE_DIR"]
    assert kept(project) == before

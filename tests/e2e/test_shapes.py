"""The same bytes from every folder, user and environment, for every shape of project; plain go build's, too."""

import json
import os
import shutil
import stat
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from lambdabuild.io.golang import locked_go
from lambdabuild.io.store import Store
from lambdabuild.lock import read_lock
from lambdabuild.model.artifact import Selection
from lambdabuild.model.plan import Action, Group, Toolchain
from lambdabuild.plan import Planner
from lambdabuild.spec import load
from tests.support.cli import CACHE, ROOT, Cli
from tests.support.gates import require
from tests.support.golang import GO, RunGo
from tests.support.goproxy import ModuleProxy
from tests.support.hermetic import run_alone
from tests.support.shapes import SHAPES, Shape, write

YEARS_AGO = 946684800
PLAIN = CACHE / "plain"
"""What plain go has compiled, beginning with the standard library: nothing of it comes of a build of ours."""


def made(shape: Shape, folder: Path, go: RunGo) -> Path:
    project = write(shape, folder, go)
    shutil.copy(ROOT / "images.lock", project)
    return project


def hostile(folder: Path) -> dict[str, str]:
    """The environment of a user with settings of every kind."""
    home = folder / "home of someone"
    (home / ".config" / "go").mkdir(parents=True)
    (home / ".config" / "go" / "env").write_text("GOFLAGS=-tags=evil\nGOAMD64=v3\nCGO_ENABLED=1\n")
    return {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "GOFLAGS": "-tags=evil -race",
        "GOEXPERIMENT": "rangefunc",
        "GOAMD64": "v3",
        "GOARCH": "386",
        "GOOS": "windows",
        "GOROOT": "/nonexistent",
        "GODEBUG": "gotypesalias=0",
        "CC": "/bin/false",
        "CGO_ENABLED": "1",
        "TZ": "Asia/Kathmandu",
        "LANG": "tr_TR.UTF-8",
        "LC_ALL": "tr_TR.UTF-8",
    }


def age(folder: Path) -> None:
    """Other times, other permissions, as another checkout has them."""
    for path in folder.rglob("*"):
        if path.is_file():
            path.chmod(stat.S_IRUSR | stat.S_IXUSR)
            os.utime(path, (YEARS_AGO, YEARS_AGO))


def commit(folder: Path) -> None:
    """A git checkout with a dirty tree."""
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", "-C", str(folder)]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "one"]):
        subprocess.run([*git, *arguments], check=True)
    (folder / "untracked").write_text("dirty")


def zips(project: Path) -> Mapping[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((project / "dist").glob("*.zip"))}


def binary(project: Path, action: Action) -> bytes:
    with zipfile.ZipFile(project / "dist" / f"{action.function}-{action.architecture}.zip") as bundle:
        return bundle.read("bootstrap")


def digests(plan: str) -> list[str]:
    return [action["digest"] for action in json.loads(plan)["actions"]]


def plain_build(group: Group, action: Action, toolchain: Toolchain, into: Path, proxy: ModuleProxy) -> bytes:
    """What the same go gives to a user who builds by hand."""
    output = into / "plain"
    subprocess.run(
        [toolchain.root / "bin" / "go", "build", *group.flags, "-o", output, action.package],
        cwd=group.folder,
        env={
            **os.environ,
            **proxy.environ,
            "HOME": str(into),
            "GOTOOLCHAIN": "local",
            "CGO_ENABLED": "0",
            "GOFLAGS": "-modcacherw",
            "GOCACHE": str(PLAIN),
            "GOARCH": str(action.architecture),
            "GOAMD64": group.env.get("GOAMD64", "v1"),
            "GOARM64": group.env.get("GOARM64", "v8.0"),
        },
        check=True,
    )
    return output.read_bytes()


@pytest.mark.parametrize("name", SHAPES)
def test_two_folders_and_plain_go_agree(
    name: str, tmp_path: Path, user_go: RunGo, toolchain: Toolchain, proxy: ModuleProxy, store: Store
) -> None:
    shape = SHAPES[name]
    here = made(shape, tmp_path / "here", user_go)
    there = made(shape, tmp_path / "eine Mappe mit Ümläuten" / "tief" / "unten", user_go)
    age(tmp_path / "eine Mappe mit Ümläuten")
    commit(tmp_path / "eine Mappe mit Ümläuten")
    ours = Cli(environ=proxy.environ)
    theirs = Cli(environ=proxy.environ | hostile(tmp_path))

    assert digests(ours.done("plan", "--json", cwd=here)) == digests(theirs.done("plan", "--json", cwd=there))
    ours.done("build", cwd=here)
    theirs.done("build", cwd=there, prefix=(require("taskset"), "-c", "0", "sh", "-c", 'umask 077; exec "$@"', "sh"))

    assert len(zips(here)) == 2 * len(shape.packages)
    assert zips(here) == zips(there)
    plan = Planner(
        spec=load(here / "buildspec.yaml"),
        lock=read_lock(here / "images.lock"),
        store=store,
        gos={GO: locked_go(toolchain, store, {})},
        emit=lambda _: None,
    ).plan(Selection())
    for group in plan.groups:
        for number, action in enumerate(group.actions):
            scratch = tmp_path / f"{action.function}-{action.architecture}-{number}"
            scratch.mkdir()
            built = binary(here, action)
            assert built == run_alone(action, toolchain, scratch, gocache=store.builds)
            assert built == plain_build(group, action, toolchain, scratch, proxy)

"""Killed at any moment, a build leaves whole and right files; the next one makes it good."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from lambdabuild.model.plan import Toolchain
from tests.support.cli import Cli
from tests.support.processes import descendants, light_cache, naming
from tests.support.project import described, digests, write_mains, write_project

SEED = int(os.environ.get("LAMBDABUILD_TEST_SEED") or random.randrange(1 << 32))
ROUNDS = 25
WORDS = ("one", "two", "three")


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory, toolchain: Toolchain) -> Mapping[str, Mapping[str, str]]:
    """The digests of the zips of each source, as a build that no one disturbs makes them."""
    project = write_project(tmp_path_factory.mktemp("right"))
    found = {}
    for word in WORDS:
        write_mains(project, word)
        Cli().done("build", cwd=project)
        found[word] = digests(project)
    return found


@pytest.mark.parametrize("whom", ["lambdabuild alone", "lambdabuild and all that it started"])
def test_dist_is_whole_after_a_kill_and_right_after_the_next_build(
    whom: str, tmp_path: Path, right: Mapping[str, Mapping[str, str]]
) -> None:
    print(f"LAMBDABUILD_TEST_SEED={SEED}")
    chance = random.Random(f"{SEED} {whom}")
    cli = Cli(cache=light_cache(tmp_path / "cache"))
    project = write_project(tmp_path / "project", WORDS[0])
    cli.done("build", cwd=project)
    began = time.monotonic()
    cli.done("build", cwd=project)
    seconds = time.monotonic() - began

    for number in range(ROUNDS):
        old, new = WORDS[number % len(WORDS)], WORDS[(number + 1) % len(WORDS)]
        write_mains(project, new)
        build = start(cli, project)
        if number % 2:
            until_published_next(project, build)
            time.sleep(chance.uniform(0, 0.03))
        else:
            time.sleep(chance.uniform(0, seconds))
        kill(build, [] if whom == "lambdabuild alone" else descendants(build.pid))

        assert_whole(project, right[old], right[new])
        cli.done("build", cwd=project)
        assert digests(project) == described(project) == right[new]
        assert {path.name for path in (project / "dist").iterdir()} == {*right[new], "build.json"}

    while naming(str(cli.cache)):
        time.sleep(0.05)
    cli.done("build", cwd=project)
    assert list((cli.cache / "scratch").iterdir()) == []


def start(cli: Cli, project: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        cli.argv("build"),
        cwd=project,
        env=cli.env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def until_published_next(project: Path, build: subprocess.Popen[bytes]) -> None:
    """Wait for the last zip before it is moved to its place."""
    while build.poll() is None and not list((project / "dist" / ".staging").glob("*/users-amd64.zip")):
        time.sleep(0.003)


def kill(build: subprocess.Popen[bytes], others: list[int]) -> None:
    build.kill()
    for pid in others:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    build.wait(10)


def assert_whole(project: Path, old: Mapping[str, str], new: Mapping[str, str]) -> None:
    """Each zip is the old one or the new one, and build.json, where there is one, describes those that are there."""
    there = digests(project)
    assert there.keys() == new.keys()
    assert all(digest in (old[name], new[name]) for name, digest in there.items())
    if (project / "dist" / "build.json").exists():
        assert described(project) == there

"""Interrupted, ended, left by its reader, or one of several at once: a build is done or has never been."""

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from lambdabuild.io.store import Store
from lambdabuild.pipeline.request import name_of
from tests.support.bad import kept
from tests.support.cli import Cli
from tests.support.gates import require
from tests.support.processes import descendants, light_cache, naming, program
from tests.support.project import described, digests, repack, write_mains, write_slow

AT_ONCE = 4


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """With a cache of its own, by which its processes are known."""
    return Cli(cache=light_cache(tmp_path / "cache"))


def start(cli: Cli, project: Path, *arguments: str, prefix: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    """In a process group of its own, as a shell starts a command; Ctrl-C is not ignored."""
    return subprocess.Popen(
        [*prefix, *cli.argv("build", *arguments)],
        cwd=project,
        env=cli.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )


def on_its_own_terminal(cli: Cli, project: Path) -> tuple[subprocess.Popen[str], int]:
    """A build whose controlling terminal is one of ours, and our end of it."""
    ours, theirs = os.openpty()
    build = subprocess.Popen(
        [require("setsid"), "--ctty", *cli.argv("build")],
        cwd=project, env=cli.env, stdin=theirs, stdout=theirs, stderr=theirs, text=True,
    )  # fmt: skip
    os.close(theirs)
    return build, ours


def until_compiling(build: subprocess.Popen[str]) -> None:
    while "compile" not in map(program, descendants(build.pid)):
        assert build.poll() is None, build.communicate()
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("number", "code", "says"),
    [
        (signal.SIGINT, 130, "error: interrupted"),
        (signal.SIGTERM, 143, "error: terminated"),
        (signal.SIGHUP, 129, "error: hung up"),
    ],
)
def test_a_signal_in_the_middle_of_a_compile_leaves_nothing_behind(
    number: signal.Signals, code: int, says: str, project: Path, cli: Cli
) -> None:
    write_slow(project)
    before = kept(project)
    build = start(cli, project, "--json")
    until_compiling(build)

    began = time.monotonic()
    os.killpg(build.pid, number)
    stdout, stderr = build.communicate(timeout=10)
    seconds = time.monotonic() - began

    assert build.returncode == code
    assert stderr.strip() == says
    assert json.loads(stdout)["error"]["exit_code"] == code
    assert seconds < 2
    assert naming(str(cli.cache)) == []
    assert kept(project) == before
    assert not (project / "dist" / ".staging").exists()
    assert list((cli.cache / "scratch").iterdir()) == []


def test_a_terminal_that_closes_in_the_middle_of_a_compile_leaves_nothing_behind(project: Path, cli: Cli) -> None:
    write_slow(project)
    before = kept(project)
    build, ours = on_its_own_terminal(cli, project)
    until_compiling(build)

    os.close(ours)
    code = build.wait(10)

    assert code == 129
    assert naming(str(cli.cache)) == []
    assert kept(project) == before
    assert list((cli.cache / "scratch").iterdir()) == []


def test_a_build_without_a_terminal_to_lose_goes_on(project: Path, cli: Cli) -> None:
    """As `nohup` starts it."""
    write_slow(project)
    build = start(cli, project, prefix=("nohup",))
    until_compiling(build)

    build.send_signal(signal.SIGHUP)

    assert build.communicate(timeout=100)[0].splitlines() == ["dist/orders-amd64.zip", "dist/users-amd64.zip"]
    assert build.returncode == 0


def test_several_builds_of_one_source_are_one_build(project: Path, cli: Cli) -> None:
    wanted = digests(project)
    for path in (project / "dist").iterdir():
        path.unlink()

    builds = [start(cli, project) for _ in range(AT_ONCE)]
    ends = [(build.communicate(timeout=100), build.returncode) for build in builds]

    assert [code for _, code in ends] == [0] * AT_ONCE, ends
    assert digests(project) == described(project)
    assert digests(project).items() <= wanted.items()
    assert {path.name for path in (project / "dist").iterdir()} == {*digests(project), "build.json"}


def test_several_builds_of_several_versions_leave_one_of_them(project: Path, cli: Cli) -> None:
    versions = [f"version={number}" for number in range(AT_ONCE)]
    possible = []
    for version in versions:
        cli.done("build", "--set", version, cwd=project)
        possible.append(described(project))

    for _ in range(2):
        builds = [start(cli, project, "--set", version) for version in versions]
        ends = [(build.communicate(timeout=100), build.returncode) for build in builds]
        assert [code for _, code in ends] == [0] * AT_ONCE, ends
        assert described(project) in possible
        assert described(project).items() <= digests(project).items()


def test_what_another_build_published_meanwhile_is_replaced(project: Path, cli: Cli, tmp_path: Path) -> None:
    """The one that waits has found its zips in dist/ already, and they are others when it is its turn."""
    wanted = described(project)
    other = shutil.copytree(project, tmp_path / "other")
    cli.done("build", "--set", "version=other", cwd=other)

    with Store(root=cli.cache).alone(name_of("dist", project / "dist")):
        build = start(cli, project)
        while len(list((project / "dist" / ".staging").glob("*/*.zip"))) < len(wanted):
            assert build.poll() is None, build.communicate()
            time.sleep(0.02)
        time.sleep(1)
        shutil.copytree(other / "dist", project / "dist", dirs_exist_ok=True)
    build.communicate(timeout=100)

    assert build.returncode == 0
    assert described(project) == wanted
    assert described(project).items() <= digests(project).items()


def test_a_reader_that_goes_is_no_failure(project: Path, cli: Cli) -> None:
    write_mains(project, "other")
    answers = [
        pipe(cli.argv(*arguments), cli, project, head)
        for arguments, head in (
            (("build",), "true"),
            (("build", "--json"), "head -n 1"),
            (("plan", "--json"), "head -n 1"),
            (("plan", "-v"), "true"),
            (("--help",), "true"),
        )
    ]

    assert {answer.returncode for answer in answers} == {0}
    assert not any("Traceback" in answer.stderr or "error" in answer.stderr.lower() for answer in answers)


@pytest.mark.parametrize("arguments", [(), ("--json",), ("--color", "always")])
@pytest.mark.parametrize(("redirect", "reader"), [("", "true"), ("2>&1", "true"), ("", "head -n 1")])
def test_a_reader_that_goes_changes_no_exit_code(
    arguments: tuple[str, ...], redirect: str, reader: str, project: Path, cli: Cli
) -> None:
    repack(project, "orders", {"bootstrap": b"MZ\0"})
    a_check = pipe(cli.argv("check", *arguments), cli, project, reader, redirect=redirect)
    (project / "cmd" / "orders" / "main.go").write_text("package main\n\nfunc main() { absent() }\n")
    a_compile = pipe(cli.argv("build", *arguments), cli, project, reader, redirect=redirect)
    (project / "images.lock").unlink()
    a_lock = pipe(cli.argv("plan", *arguments), cli, project, reader, redirect=redirect)

    assert [a_check.returncode, a_compile.returncode, a_lock.returncode] == [5, 1, 3]
    assert "Traceback" not in a_check.stderr + a_compile.stderr + a_lock.stderr


def test_a_build_whose_words_no_one_reads_is_done_all_the_same(project: Path, cli: Cli) -> None:
    write_mains(project, "other")
    before = digests(project)

    answer = pipe(cli.argv("build"), cli, project, "true", redirect="2>&1 >/dev/null")

    assert answer.returncode == 0
    assert digests(project).keys() == before.keys()
    assert digests(project) != before
    assert described(project).items() <= digests(project).items()


def test_a_stdout_that_is_full_is_told(project: Path, cli: Cli) -> None:
    answer = subprocess.run(
        ["sh", "-c", '"$@" > /dev/full', "sh", *cli.argv("plan")],
        cwd=project, env=cli.env, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert answer.returncode == 4
    assert answer.stderr == "error: No space left on device\n\nhint: check the free space and the permissions there\n"


def test_a_stdout_that_is_closed_is_no_failure(project: Path, cli: Cli) -> None:
    answer = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *cli.argv("build", "-q")],
        cwd=project, env=cli.env, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (answer.returncode, answer.stderr) == (0, "")


def pipe(
    argv: list[str], cli: Cli, project: Path, reader: str, *, redirect: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run `argv | reader`; the exit code is that of argv."""
    script = f'set -o pipefail; "$@" {redirect} | {reader}'
    return subprocess.run(
        [require("bash"), "-c", script, "bash", *argv],
        cwd=project,
        env=cli.env,
        capture_output=True,
        text=True,
        check=False,
    )

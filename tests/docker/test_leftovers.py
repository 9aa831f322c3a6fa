"""What a killed build leaves in the engine: doctor finds it, and it or the next build removes it, and nothing else."""

import json
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.cli import Cli
from tests.support.docker_project import SPEC, locked, write_small
from tests.support.engine import RunningEngine

NATIVE = SPEC.replace("architectures: [arm64, amd64]", "architectures: [amd64]")


@pytest.fixture
def project(cli: Cli, tmp_path: Path) -> Path:
    """One that compiles for long."""
    folder = locked(cli, write_small(tmp_path / "project", NATIVE))
    write_slow(folder)
    return folder


def write_slow(project: Path) -> None:
    body = "func f%d(m map[string]int) {\n\tfor k, v := range m {\n\t\tm[k+salt] = v * %d\n\t}\n}\n\n"
    functions = "".join(body % (number, number) for number in range(4000))
    (project / "cmd" / "small" / "slow.go").write_text(
        f'package main\n\nconst salt = "{time.time_ns()}"\n\n{functions}'
    )


def started(cli: Cli, project: Path, engine: RunningEngine) -> subprocess.Popen[bytes]:
    """A build whose container is there."""
    build = subprocess.Popen(
        cli.argv("build"), cwd=project, env=cli.env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    while not engine.running():
        assert build.poll() is None, build.communicate()[1].decode()
        time.sleep(0.02)
    return build


def killed(cli: Cli, project: Path, engine: RunningEngine) -> None:
    build = started(cli, project, engine)
    build.send_signal(signal.SIGKILL)
    build.communicate()


def test_doctor_finds_and_removes_what_a_kill_left(cli: Cli, project: Path, engine: RunningEngine) -> None:
    killed(cli, project, engine)
    (left,) = engine.containers()

    found = cli.run("doctor", cwd=project)
    cleaned = cli.run("doctor", "--clean", "--json", cwd=project)

    assert found.returncode == 4
    assert f"runs that were killed left container {left[:12]}" in found.stdout
    assert "run `lambdabuild doctor --clean`" in found.stdout
    assert json.loads(cleaned.stdout)["removed"] == [f"container {left}"]
    assert (cleaned.returncode, engine.containers()) == (0, [])


def test_the_next_build_removes_what_a_kill_left(cli: Cli, project: Path, engine: RunningEngine) -> None:
    killed(cli, project, engine)
    (left,) = engine.containers()
    (project / "cmd" / "small" / "slow.go").unlink()

    cli.done("build", cwd=project)

    assert left not in engine.containers()


def test_what_another_build_uses_now_is_left_alone(cli: Cli, project: Path, engine: RunningEngine) -> None:
    build = started(cli, project, engine)
    (running,) = engine.containers()

    cli.done("doctor", "--clean", cwd=project)

    assert engine.containers() == [running]
    _, stderr = build.communicate()
    assert build.returncode == 0, stderr.decode()


@pytest.mark.parametrize(
    ("number", "code", "says"),
    [
        (signal.SIGINT, 130, "error: interrupted"),
        (signal.SIGTERM, 143, "error: terminated"),
        (signal.SIGHUP, 129, "error: hung up"),
    ],
)
def test_a_signal_in_the_middle_of_a_compile_leaves_no_container(
    number: signal.Signals, code: int, says: str, cli: Cli, project: Path, engine: RunningEngine
) -> None:
    build = started(cli, project, engine)

    began = time.monotonic()
    build.send_signal(number)
    _, stderr = build.communicate(timeout=30)

    assert build.returncode == code, stderr
    assert says in stderr.decode()
    assert "Traceback" not in stderr.decode()
    assert time.monotonic() - began < 20
    assert engine.containers() == []
    assert not list((project / "dist").glob("*"))

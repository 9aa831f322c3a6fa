"""The one door for subprocesses: what goes in, what comes out, and that nothing stays."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Event, Timer

import pytest

from lambdabuild.errors import EnvironmentFailure
from lambdabuild.io.process import GRACE, Stopped, run
from tests.support.cli import ROOT

PATH = {"PATH": os.defpath}

RUN_A_SLEEP = """
import sys
from pathlib import Path
from lambdabuild.io.process import run
run(["sh", "-c", "echo $$ > pid; exec sleep 60"], env={"PATH": "/usr/bin:/bin"}, cwd=Path(sys.argv[1]))
"""


def sh(script: str, folder: Path, *, stop: Event | None = None) -> object:
    return run(["sh", "-c", script], env=PATH, cwd=folder, stop=stop)


def written(file: Path) -> int:
    """The process id that a script has written to a file, as soon as it is there."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if file.is_file() and (text := file.read_text()).endswith("\n"):
            return int(text)
        time.sleep(0.02)
    raise AssertionError(f"{file} was not written")


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not waited for does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def gone(pid: int) -> bool:
    end = time.monotonic() + 2
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return not alive(pid)


def stop_soon() -> Event:
    stop = Event()
    Timer(0.3, stop.set).start()
    return stop


def test_the_environment_is_exactly_what_is_said(tmp_path: Path) -> None:
    assert run(["/usr/bin/env"], env={"A": "ä", "B": ""}, cwd=tmp_path).stdout == "A=ä\nB=\n".encode()


def test_a_failure_is_data(tmp_path: Path) -> None:
    done = run(["sh", "-c", "echo out; echo words >&2; exit 3"], env=PATH, cwd=tmp_path)

    assert (done.exit_code, done.ok, done.stdout, done.stderr) == (3, False, b"out\n", "words\n")


def test_a_signal_is_a_negative_exit_code(tmp_path: Path) -> None:
    assert run(["sh", "-c", "kill -9 $$"], env=PATH, cwd=tmp_path).exit_code == -signal.SIGKILL


def test_words_that_are_not_utf8_are_shown_nevertheless(tmp_path: Path) -> None:
    assert run(["printf", r"a\377b"], env=PATH, cwd=tmp_path).stdout == b"a\xffb"
    assert run(["sh", "-c", r"printf 'a\377b' >&2"], env=PATH, cwd=tmp_path).stderr == "a\ufffdb"


def test_there_is_nothing_to_read(tmp_path: Path) -> None:
    assert run(["cat"], env=PATH, cwd=tmp_path).stdout == b""


def test_a_program_that_is_not_there_is_the_machines_fault(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFailure) as caught:
        run([tmp_path / "go", "version"], env=PATH, cwd=tmp_path)

    assert caught.value.message == f"`{tmp_path}/go` cannot be run: No such file or directory"
    assert caught.value.hint == "run `lambdabuild doctor`"
    assert caught.value.exit_code == 4


def test_a_program_that_may_not_be_run_is_the_machines_fault(tmp_path: Path) -> None:
    (tmp_path / "go").write_text("#!/bin/sh\n")

    with pytest.raises(EnvironmentFailure, match=r"/go` cannot be run: Permission denied$"):
        run([tmp_path / "go"], env=PATH, cwd=tmp_path)


def test_stop_ends_the_process_and_its_children_at_once(tmp_path: Path) -> None:
    began = time.monotonic()

    with pytest.raises(Stopped):
        sh("sleep 60 & echo $! > pid; wait", tmp_path, stop=stop_soon())

    assert time.monotonic() - began < GRACE
    assert gone(written(tmp_path / "pid"))


def test_a_process_that_will_not_end_is_killed(tmp_path: Path) -> None:
    with pytest.raises(Stopped):
        sh("trap '' TERM; echo $$ > pid; while :; do sleep 1; done", tmp_path, stop=stop_soon())

    assert gone(written(tmp_path / "pid"))


def test_a_child_that_will_not_end_does_not_outlive_its_parent(tmp_path: Path) -> None:
    script = "(trap '' TERM; echo $(exec sh -c 'echo $PPID') > pid; exec sleep 60) >/dev/null 2>&1 & wait"

    with pytest.raises(Stopped):
        sh(script, tmp_path, stop=stop_soon())

    assert gone(written(tmp_path / "pid"))


def test_a_stop_that_is_never_set_changes_nothing(tmp_path: Path) -> None:
    assert run(["sh", "-c", "sleep 0.3; echo done"], env=PATH, cwd=tmp_path, stop=Event()).stdout == b"done\n"


def test_an_interrupt_while_a_process_starts_ends_it(tmp_path: Path) -> None:
    """The child interrupts us before we have it in hand, as often as not."""
    pids = []
    for number in range(20):
        folder = tmp_path / str(number)
        folder.mkdir()
        with pytest.raises(KeyboardInterrupt):
            sh(f"echo $$ > pid; kill -INT {os.getpid()}; exec sleep 60", folder)
        pids.append(written(folder / "pid"))

    assert all(map(gone, pids))


def test_an_interrupt_leaves_no_process_behind(tmp_path: Path) -> None:
    ours = subprocess.Popen(
        [sys.executable, "-c", RUN_A_SLEEP, tmp_path], env={"PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE
    )
    pid = written(tmp_path / "pid")

    ours.send_signal(signal.SIGINT)

    assert b"KeyboardInterrupt" in ours.communicate(timeout=GRACE)[1]
    assert gone(pid)

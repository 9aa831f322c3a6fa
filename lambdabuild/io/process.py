"""The one door for subprocesses: an explicit environment, whole output, nothing left running."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from lambdabuild.errors import EnvironmentFailure

GRACE = 5.0
"""Seconds between SIGTERM and SIGKILL."""

POLL = 0.1
"""Seconds between two looks at `stop`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """How a process ended. A negative `exit_code` is the signal that killed it."""

    exit_code: int
    stdout: bytes
    stderr: str

    @property
    def ok(self) -> bool:
        """Whether it exited 0."""
        return self.exit_code == 0


class Stopped(Exception):  # noqa: N818 - nothing is wrong: the user, or another failure, ended the command
    """The process was ended because `stop` was set."""


def run(argv: Sequence[str | Path], *, env: Mapping[str, str], cwd: Path, stop: Event | None = None) -> Completed:
    """Run to the end in a session of its own; on any exception here its whole process group is ended.

    The environment is exactly `env`. A failure of the program is data, a program that cannot be started is an
    EnvironmentFailure. A thread sets `stop` to end the process of another, which then raises Stopped.
    """
    try:
        process = subprocess.Popen(
            [str(part) for part in argv],
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise EnvironmentFailure(
            f"`{argv[0]}` cannot be run: {error.strerror}", hint="run `lambdabuild doctor`"
        ) from error
    try:
        stdout, stderr = _communicate(process, stop)
    except BaseException:
        _end(process)
        raise
    return Completed(exit_code=process.returncode, stdout=stdout, stderr=stderr.decode("utf-8", errors="replace"))


def _communicate(process: subprocess.Popen[bytes], stop: Event | None) -> tuple[bytes, bytes]:
    while True:
        try:
            return process.communicate(timeout=None if stop is None else POLL)
        except subprocess.TimeoutExpired:
            if stop is not None and stop.is_set():
                raise Stopped from None


def _end(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM to the whole group; SIGKILL to what is left of it after GRACE, or at a second interrupt."""
    try:
        _signal(process, signal.SIGTERM)
        _reap(process)
    finally:
        _signal(process, signal.SIGKILL)
        _reap(process)


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _reap(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.communicate(timeout=GRACE)

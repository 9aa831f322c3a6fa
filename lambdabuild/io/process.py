"""The one door for subprocesses: an explicit environment, whole output, nothing left running."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event, current_thread, main_thread
from typing import TypeVar

from lambdabuild.errors import EnvironmentFailure

GRACE = 5.0
"""Seconds between SIGTERM and SIGKILL."""

Item = TypeVar("Item")

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


def unless_stopped(items: Iterable[Item], stop: Event) -> Iterator[Item]:
    """The same, for as long as `stop` is not set; Stopped then."""
    for item in items:
        if stop.is_set():
            raise Stopped
        yield item


def run(
    argv: Sequence[str | Path], *, env: Mapping[str, str], cwd: Path, stop: Event | None = None, umask: int = -1
) -> Completed:
    """Run to the end in a session of its own; on any exception here its whole process group is ended.

    The environment is exactly `env`. A failure of the program is data, a program that cannot be started is an
    EnvironmentFailure. A thread sets `stop` to end the process of another, which then raises Stopped. `umask` is that
    of the program; -1 is ours.
    """
    process = None
    try:
        with _signals_held_back():
            process = _start(argv, env, cwd, umask)
        stdout, stderr = _communicate(process, stop)
    except BaseException:
        if process is not None:
            _end(process)
        raise
    return Completed(exit_code=process.returncode, stdout=stdout, stderr=stderr.decode("utf-8", errors="replace"))


def _start(argv: Sequence[str | Path], env: Mapping[str, str], cwd: Path, umask: int) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            [str(part) for part in argv],
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            umask=umask,
        )
    except OSError as error:
        raise EnvironmentFailure(
            f"`{argv[0]}` cannot be run: {error.strerror}", hint="run `lambdabuild doctor`"
        ) from error


@contextlib.contextmanager
def _signals_held_back() -> Iterator[None]:
    """Let Ctrl-C and its like wait until a process that starts is known to us: before that no one could end it.

    Signals are handled in the main thread alone, so nothing has to wait in another.
    """
    if current_thread() is not main_thread():
        yield
        return
    held: list[int] = []
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    ours = {number: handler for number, handler in handlers.items() if callable(handler)}
    for number in ours:
        signal.signal(number, lambda number, _: held.append(number))
    try:
        yield
    finally:
        for number, handler in ours.items():
            signal.signal(number, handler)
        for waiting in held:
            signal.raise_signal(waiting)


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

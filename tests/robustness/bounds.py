"""What one input may cost: seconds of CPU, and memory of the process."""

import resource
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

MOST_SECONDS: Final = 2.0
"""Of CPU, so that a busy machine fails no test."""

MOST_MEMORY: Final = 1 << 30


class TooLongError(BaseException):
    """Past every `except Exception`."""


@contextmanager
def within(seconds: float = MOST_SECONDS) -> Iterator[None]:
    """Raise TooLongError where the block takes longer, also where it took longer in one call of a library."""
    before = signal.signal(signal.SIGPROF, _too_long)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    began = time.process_time()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    if time.process_time() - began > seconds:
        raise TooLongError


@contextmanager
def little_memory(most: int = MOST_MEMORY) -> Iterator[None]:
    """Let the block take `most` bytes of addresses more than there are now; then it gets a MemoryError."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def _too_long(number: int, frame: FrameType | None) -> NoReturn:
    raise TooLongError

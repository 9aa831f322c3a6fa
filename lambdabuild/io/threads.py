"""The same work on several things at once, where the work is a process that another thread can end."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from threading import Event
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST = 4
"""Processes at once: a `go build` uses all CPUs by itself, so more of them only take memory."""


def each(work: Callable[[Item], Result], items: Sequence[Item], *, stop: Event) -> list[Result]:
    """The results in the order of the items. The first failure, or Ctrl-C, sets `stop` and is raised when all are done.

    `work` is expected to end soon after `stop` is set, as `io.process.run` does.
    """
    with ThreadPoolExecutor(max_workers=min(MOST, _cpus())) as pool:
        try:
            futures = [pool.submit(work, item) for item in items]
            for future in wait(futures, return_when=FIRST_EXCEPTION).done:
                future.result()
            return [future.result() for future in futures]
        except BaseException:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _cpus() -> int:
    """Those that this process may use, where the system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

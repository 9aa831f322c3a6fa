"""The same work on several things at once: results in order, the first failure ends the rest."""

import os
import time
from threading import Event

import pytest

from lambdabuild.io.process import Stopped
from lambdabuild.io.threads import MOST, each


def test_results_are_in_the_order_of_the_items() -> None:
    def work(item: int) -> int:
        time.sleep(0.05 / (item + 1))
        return item * item

    assert each(work, range(6), stop=Event()) == [0, 1, 4, 9, 16, 25]


def test_no_items_are_no_work() -> None:
    assert each(str, [], stop=Event()) == []


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system has no affinity")
def test_no_more_run_at_once_than_there_are_cpus_to_use() -> None:
    here = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(here)})
        assert at_once() == 1
    finally:
        os.sched_setaffinity(0, here)


def test_few_run_at_once_however_many_cpus_there_are() -> None:
    assert at_once() <= MOST


def at_once() -> int:
    """How many of many works overlap."""
    running: set[int] = set()
    counts = []

    def work(item: int) -> None:
        running.add(item)
        counts.append(len(running))
        time.sleep(0.02)
        running.remove(item)

    each(work, range(12), stop=Event())
    return max(counts)


def test_the_first_failure_in_time_ends_the_rest() -> None:
    stop = Event()

    def work(item: str) -> None:
        if item == "bad":
            raise ZeroDivisionError
        if stop.wait(10):
            raise Stopped

    began = time.monotonic()
    with pytest.raises(ZeroDivisionError):
        each(work, ["slow", "bad"], stop=stop)

    assert stop.is_set()
    assert time.monotonic() - began < 5


def test_what_has_not_begun_does_not_begin_after_a_failure() -> None:
    begun = []

    def work(item: int) -> None:
        begun.append(item)
        if item == 0:
            raise ZeroDivisionError
        time.sleep(0.05)

    with pytest.raises(ZeroDivisionError):
        each(work, range(1000), stop=Event())

    assert len(begun) < 1000


def test_stop_is_not_set_where_all_is_well() -> None:
    stop = Event()

    each(str, [1, 2], stop=stop)

    assert not stop.is_set()

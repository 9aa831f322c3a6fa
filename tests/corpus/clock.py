"""Processes that believe it is another day, so that what is said of a runtime's end is the same on every day."""

import subprocess
from datetime import UTC, date, datetime
from pathlib import Path

from tests.support.gates import require

_SOURCE = """#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *now)
{
    const char *day = getenv("CORPUS_DAY");
    int failed = (int)syscall(SYS_clock_gettime, clock, now);
    if (!failed && clock == CLOCK_REALTIME && day)
        now->tv_sec = now->tv_sec % 86400 + atol(day);
    return failed;
}
"""


def build_clock(folder: Path) -> Path:
    """The library that stands before libc's clock_gettime(2)."""
    (folder / "clock.c").write_text(_SOURCE)
    library = folder / "clock.so"
    subprocess.run([require("gcc"), "-shared", "-fPIC", "-o", library, folder / "clock.c"], check=True)
    return library


def on(day: date, clock: Path) -> dict[str, str]:
    """The environment of a process on that day."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return {"LD_PRELOAD": str(clock), "CORPUS_DAY": str(int(midnight.timestamp()))}

"""`make bench`: all of it, or what is named, as in `make bench BENCH_ARGS='check inventory'`."""

import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.building import builds, starts
from benchmarks.checking import checks
from benchmarks.deploying import sams, synths
from benchmarks.dispatching import dispatching
from benchmarks.executors import executors
from benchmarks.inventories import inventories
from benchmarks.native import native
from benchmarks.newcomer import newcomer
from benchmarks.peaks import peaks

BENCHMARKS: Mapping[str, Callable[[Path], None]] = {
    "start": starts,
    "build": builds,
    "executor": executors,
    "cgo": native,
    "check": checks,
    "inventory": inventories,
    "memory": peaks,
    "cdk": synths,
    "sam": sams,
    "newcomer": newcomer,
    "dispatch": dispatching,
}


def main(names: list[str]) -> None:
    """Measure, and print medians and ratios."""
    if unknown := set(names) - BENCHMARKS.keys():
        sys.exit(f"there is no benchmark {', '.join(sorted(unknown))}, only {', '.join(BENCHMARKS)}")
    for name in names or BENCHMARKS:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            BENCHMARKS[name](Path(folder))


if __name__ == "__main__":
    main(sys.argv[1:])

"""Time and memory of what is run, side by side."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]

Run = Callable[[], None]
Environ = Mapping[str, str]
NOTHING: Environ = {}

_PEAK = "LAMBDABUILD_BENCH_PEAK"
_MEASURED = f"""
import os, pathlib, re
from lambdabuild.cli import main
try:
    main()
finally:
    peak = re.search(r"VmHWM:\\s*(\\d+)", pathlib.Path("/proc/self/status").read_text())[1]
    pathlib.Path(os.environ["{_PEAK}"]).write_text(peak)
"""


def pair(name: str, ours: Run, other: str, theirs: Run, rounds: int) -> tuple[float, float]:
    """Run both in turn, so that a change of the machine's speed meets both; the first round does not count.

    The medians, in seconds.
    """
    times: list[tuple[float, float]] = []
    for number in range(rounds + 1):
        measured = (seconds(ours), seconds(theirs))
        if number:
            times.append(measured)
    mine, peer = (statistics.median(column) for column in zip(*times, strict=True))
    ratio = statistics.median(a / b for a, b in times)
    print(f"{name:<56} {mine:8.3f} s   {other:<28} {peer:8.3f} s   ratio {ratio:.2f}", flush=True)
    return mine, peer


def alone(name: str, ours: Run, rounds: int) -> None:
    """What no one else does. The first round does not count."""
    times = [seconds(ours) for _ in range(rounds + 1)][1:]
    print(f"{name:<56} {statistics.median(times):8.3f} s", flush=True)


def memory(name: str, *arguments: str | Path, scratch: Path, environ: Environ) -> None:
    """The most memory that a command of ours takes: its resident set, with the pages of files that it has mapped."""
    peak = scratch / "peak"
    argv = [sys.executable, "-c", _MEASURED, *arguments]
    process(argv, codes=(0, 5), environ={**environ, _PEAK: str(peak)})()
    print(f"{name:<56} {int(peak.read_text()) / 1024:8.0f} MiB at its peak", flush=True)


def seconds(run: Run) -> float:
    """Wall-clock seconds of one run."""
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def process(
    argv: Sequence[str | Path], *, cwd: Path = ROOT, codes: Sequence[int] = (0,), environ: Environ = NOTHING
) -> Run:
    """A whole process, that must end with one of these exit codes."""

    def run() -> None:
        done = subprocess.run(argv, cwd=cwd, env={**os.environ, **environ}, check=False, capture_output=True)
        assert done.returncode in codes, f"{argv}: {done.stderr.decode()}"

    return run


def command(*arguments: str | Path) -> list[str | Path]:
    """Something of this environment's bin folder."""
    return [Path(sys.executable).parent / arguments[0], *arguments[1:]]

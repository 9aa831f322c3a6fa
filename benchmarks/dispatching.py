"""What a forward-compatible zip adds to a cold start: its dispatcher against the program alone."""

import os
import shutil
from pathlib import Path

from benchmarks.measuring import Run, pair, process
from lambdabuild.package import write_dispatcher

SHELLS = (("dash",), ("bash", "--posix"), ("busybox", "sh"))
STARTS, ROUNDS = 100, 9


def dispatching(scratch: Path) -> None:
    """A program that ends at once, by each shell that is here."""
    bootstrap = write_dispatcher(scratch / "bootstrap")
    for name in ("true", "true_arm64"):
        shutil.copy("/bin/true", scratch / name)
    environ = {"_HANDLER": "true", "LAMBDA_TASK_ROOT": str(scratch), "PATH": os.defpath}
    alone = times(process([scratch / "true"], environ=environ))
    for shell, *options in SHELLS:
        if (found := shutil.which(shell)) is None:
            continue
        through = times(process([found, *options, bootstrap], environ=environ))
        ours, theirs = pair(
            f"{STARTS} starts through {' '.join((shell, *options))}", through, "by itself", alone, ROUNDS
        )
        print(f"{'':<56} {(ours - theirs) / STARTS * 1000:8.1f} ms for each start", flush=True)


def times(run: Run) -> Run:
    """As often as it can be measured."""

    def repeated() -> None:
        for _ in range(STARTS):
            run()

    return repeated

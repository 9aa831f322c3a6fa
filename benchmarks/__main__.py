"""`make bench`: start-up against a bare Python, builds against `go build` and `zip -9` of the same mains."""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from lambdabuild.io.store import Store, cache_folder
from lambdabuild.lock import read_lock
from lambdabuild.model.plan import Toolchain
from lambdabuild.model.platform import host_platform
from lambdabuild.model.spec import Spec
from lambdabuild.spec import load
from lambdabuild.toolchain import GoToolchains

ROOT = Path(__file__).parents[1]
SPEC = ROOT / "buildspec.example.yaml"
STARTS, BUILDS = 15, 3
FLAGS = ("-trimpath", "-buildvcs=false", "-tags=lambda.norpc", "-ldflags=-s -w -buildid=")

Run = Callable[[], None]


def main() -> None:
    """Measure, and print medians and ratios."""
    spec = load(SPEC)
    store = Store(root=cache_folder(os.environ))
    toolchain = installed(spec, store)
    bare = [sys.executable, "-c", "pass"]
    for option in ("--version", "--help"):
        pair(f"lambdabuild {option}", process(command("lambdabuild", option)), "python -c pass", process(bare), STARTS)
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        for name, fresh in (("cold", True), ("warm", False)):
            ours = lambdabuild(toolchain, scratch / "ours", fresh=fresh)
            theirs = by_hand(spec, toolchain, scratch / "theirs", fresh=fresh)
            pair(f"lambdabuild build, {name}", ours, "go build + zip -9", theirs, BUILDS)


def pair(name: str, ours: Run, other: str, theirs: Run, rounds: int) -> None:
    """Run both in turn, so that a change of the machine's speed meets both; the first round does not count."""
    times: list[tuple[float, float]] = []
    for number in range(rounds + 1):
        measured = (seconds(ours), seconds(theirs))
        if number:
            times.append(measured)
    mine, peer = (statistics.median(column) for column in zip(*times, strict=True))
    ratio = statistics.median(a / b for a, b in times)
    print(f"{name:<24} {mine:8.3f} s   {other:<20} {peer:8.3f} s   ratio {ratio:.2f}", flush=True)


def seconds(run: Run) -> float:
    """Wall-clock seconds of one run."""
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def process(argv: Sequence[str | Path], *, cwd: Path = ROOT, **environ: str) -> Run:
    """A whole process, that must succeed."""

    def run() -> None:
        subprocess.run(argv, cwd=cwd, env={**os.environ, **environ}, check=True, capture_output=True)

    return run


def command(*arguments: str) -> list[str | Path]:
    """Something of this environment's bin folder."""
    return [Path(sys.executable).parent / arguments[0], *arguments[1:]]


def installed(spec: Spec, store: Store) -> Toolchain:
    """The locked Go: both sides compile with it."""
    host = host_platform()
    locked = read_lock(ROOT / "images.lock").toolchains[f"go@{spec.go}"][host]
    return GoToolchains(store=store, environ=os.environ).install(spec.go, host, locked)


def lambdabuild(toolchain: Toolchain, scratch: Path, *, fresh: bool) -> Run:
    """`lambdabuild build` of the examples, in a copy; `fresh` with nothing compiled before."""
    copy_of_project(scratch)
    cache = scratch / "cache"
    (cache / "toolchains").mkdir(parents=True, exist_ok=True)
    link = cache / "toolchains" / toolchain.root.name
    if not link.exists():
        link.symlink_to(toolchain.root)
    argv = command("lambdabuild", "build", "--file", SPEC.name)

    def run() -> None:
        if fresh:
            shutil.rmtree(cache / "go" / "builds", ignore_errors=True)
        process(argv, cwd=scratch, LAMBDABUILD_CACHE_DIR=str(cache))()

    return run


def by_hand(spec: Spec, toolchain: Toolchain, scratch: Path, *, fresh: bool) -> Run:
    """What a Makefile does: one `go build` and one `zip -9` for each function and architecture."""
    copy_of_project(scratch)
    environ = {"GOCACHE": str(scratch / "gocache"), "CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOFLAGS": ""}
    steps: list[Run] = []
    for function in spec.functions.values():
        for architecture in function.architectures:
            out = scratch / "out" / f"{function.name}-{architecture}"
            out.mkdir(parents=True, exist_ok=True)
            package = scratch / function.package
            build: list[str | Path] = [toolchain.root / "bin" / "go", "build", *FLAGS, "-o", out / "bootstrap", "."]
            included = [scratch / one.source for one in function.include]
            steps.append(process(build, cwd=package, GOARCH=str(architecture), **environ))
            archive: list[str | Path] = ["zip", "-9", "-j", out.with_suffix(".zip"), out / "bootstrap", *included]
            steps.append(process(archive))

    def run() -> None:
        if fresh:
            shutil.rmtree(scratch / "gocache", ignore_errors=True)
        for path in (scratch / "out").glob("*.zip"):
            path.unlink()
        for step in steps:
            step()

    return run


def copy_of_project(scratch: Path) -> None:
    """The examples with their spec and lock, once."""
    if not scratch.is_dir():
        shutil.copytree(ROOT / "examples", scratch / "examples")
        shutil.copy(SPEC, scratch)
        shutil.copy(ROOT / "images.lock", scratch)


if __name__ == "__main__":
    main()

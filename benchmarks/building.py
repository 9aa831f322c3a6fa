"""Start-up against a bare Python, builds against `go build` and `zip -9` of the same mains."""

import os
import shutil
import sys
from pathlib import Path

from benchmarks.measuring import ROOT, Run, command, pair, process
from lambdabuild.io.store import Store, cache_folder
from lambdabuild.lock import read_lock
from lambdabuild.model.plan import Toolchain
from lambdabuild.model.platform import host_platform
from lambdabuild.model.spec import Spec
from lambdabuild.spec import load
from lambdabuild.toolchain import GoToolchains

SPEC = ROOT / "buildspec.example.yaml"
STARTS, BUILDS = 15, 3
FLAGS = ("-trimpath", "-buildvcs=false", "-tags=lambda.norpc", "-ldflags=-s -w -buildid=")


def starts(scratch: Path) -> None:  # noqa: ARG001 - as all benchmarks
    """What every command pays."""
    bare = process([sys.executable, "-c", "pass"])
    for option in ("--version", "--help"):
        pair(f"lambdabuild {option}", process(command("lambdabuild", option)), "python -c pass", bare, STARTS)


def builds(scratch: Path) -> None:
    """The examples, with nothing compiled before and with all of it."""
    spec = load(SPEC)
    toolchain = installed(spec, Store(root=cache_folder(os.environ)))
    for name, fresh in (("cold", True), ("warm", False)):
        ours = lambdabuild(toolchain, scratch / "ours", fresh=fresh)
        theirs = by_hand(spec, toolchain, scratch / "theirs", fresh=fresh)
        pair(f"lambdabuild build, {name}", ours, "go build + zip -9", theirs, BUILDS)


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
        process(argv, cwd=scratch, environ={"LAMBDABUILD_CACHE_DIR": str(cache)})()

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
            steps.append(process(build, cwd=package, environ={**environ, "GOARCH": architecture}))
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

"""C by zig, and by gcc in a locked image, against plain `go build` with the gcc of this machine."""

import os
import shutil
from pathlib import Path

from benchmarks.building import installed
from benchmarks.executors import environment
from benchmarks.measuring import ROOT, Run, command, pair, process
from lambdabuild.io.store import Store, cache_folder
from lambdabuild.spec import load
from tests.support.gcc_image import gcc_image
from tests.support.registry import RunningRegistry
from tests.support.zigs import write_native

ROUNDS = 1
SPEC = """version: 1
go: "1.26.8"
zig: "0.17.1"
runtime: provided.al2023
architectures: [amd64]
hosts: [linux/amd64]
images:
  provided.al2023: public.ecr.aws/lambda/provided:al2023
  gcc: public.ecr.aws/build/gcc:12
functions:
  query: {package: ./cmd/query, tags: [lambda.norpc], %s}
"""


def native(scratch: Path) -> None:
    """SQLite: what zig has of its own C library is there, nothing of Go's or of the program is compiled before."""
    with environment(scratch, push) as environ:
        peer = by_hand(scratch / "by hand")
        for name, fields in (
            ("cgo: zig", "cgo: zig"),
            ("cgo: image", "cgo: image, build_image: gcc, executor: docker"),
        ):
            pair(name, ours(scratch / name.split()[-1], fields, environ), "go build with gcc", peer, ROUNDS)


def push(registry: RunningRegistry) -> None:
    """The build image."""
    registry.push_index("build/gcc", "12", [registry.push_image("build/gcc", gcc_image())])


def ours(folder: Path, fields: str, environ: dict[str, str]) -> Run:
    """`lambdabuild build` with no compiled package in its cache."""
    write_native(folder)
    (folder / "buildspec.yaml").write_text(SPEC % fields)
    process(command("lambdabuild", "lock"), cwd=folder, environ=environ)()
    process(command("lambdabuild", "build"), cwd=folder, environ=environ)()
    builds = Store(root=cache_folder(os.environ)).root / "go"

    def run() -> None:
        for compiled in ("builds", "images"):
            shutil.rmtree(builds / compiled, ignore_errors=True)
        process(command("lambdabuild", "build"), cwd=folder, environ=environ)()

    return run


def by_hand(folder: Path) -> Run:
    """One `go build` with an empty cache."""
    write_native(folder)
    go = installed(load(ROOT / "buildspec.example.yaml"), Store(root=cache_folder(os.environ))).root / "bin" / "go"
    environ = {"GOCACHE": str(folder / "gocache"), "CGO_ENABLED": "1", "CC": "gcc", "GOTOOLCHAIN": "local"}
    build = process(
        [go, "build", "-trimpath", "-ldflags=-s -w", "-o", folder / "out", "./cmd/query"], cwd=folder, environ=environ
    )

    def run() -> None:
        shutil.rmtree(folder / "gocache", ignore_errors=True)
        build()

    return run

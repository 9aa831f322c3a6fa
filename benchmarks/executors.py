"""The docker executor against the host's own: what a container costs a group of functions, and twenty functions."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measuring import ROOT, Run, command, pair, process
from tests.support.engine import running_engine
from tests.support.registry import RunningRegistry, public_ecr_at, running_registry
from tests.support.standins import AL2023, push_release

MANY, ROUNDS = 20, 5
SPEC = """version: 1
go: "1.26.8"
runtime: provided.al2023
architectures: [%s]
images: {provided.al2023: "public.ecr.aws/lambda/provided:al2023"}
defaults: {executor: %s, tags: [lambda.norpc]}
functions:
"""


def executors(scratch: Path) -> None:
    """Everything is compiled and loaded before: what is left is what each build pays. A CPU is a group."""
    with environment(scratch) as environ:
        for count, architectures in ((1, "amd64"), (MANY, "amd64, arm64")):
            groups = architectures.count(",") + 1
            name = f"{count} × {architectures}"
            docker, host = (
                build(scratch / f"{executor}-{count}", executor, count, architectures, environ)
                for executor in ("docker", "host")
            )
            mine, theirs = pair(f"executor: docker, {name}", docker, "executor: host", host, ROUNDS)
            print(f"{'':<56} {(mine - theirs) / groups:8.3f} s   for each of {groups} groups", flush=True)


@contextmanager
def environment(scratch: Path, push: Callable[[RunningRegistry], None] | None = None) -> Iterator[dict[str, str]]:
    """An engine, and a registry with a stand-in of the runtime, and with what `push` puts there."""
    with running_engine() as engine, running_registry(scratch / "registry") as registry:
        push_release(registry, AL2023, tag="al2023")
        if push is not None:
            push(registry)
        home = scratch / "home"
        home.mkdir()
        yield {**public_ecr_at(registry.host, home), **engine.environ, "HOME": os.environ["HOME"]}


def build(folder: Path, executor: str, count: int, architectures: str, environ: dict[str, str]) -> Run:
    """`lambdabuild build` of copies of an example, locked."""
    example = ROOT / "examples"
    shutil.copytree(example, folder)
    functions = []
    for number in range(count):
        name = f"f{number:02}"
        shutil.copytree(example / "cmd" / "orders", folder / "cmd" / name)
        functions.append(f"  {name}: {{package: ./cmd/{name}}}\n")
    (folder / "buildspec.yaml").write_text(SPEC % (architectures, executor) + "".join(functions))
    lock = (ROOT / "images.lock").read_text()
    (folder / "images.lock").write_text("version: 1\n" + lock[lock.index("toolchains:") :])
    process(command("lambdabuild", "lock"), cwd=folder, environ=environ)()
    return process(command("lambdabuild", "build"), cwd=folder, environ=environ)

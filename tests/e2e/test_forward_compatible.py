"""One zip for every runtime that Go has had, and both CPUs: booted on each, and moved on while it is asked."""

import json
import shutil
import subprocess
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from lambdabuild.model.plan import Toolchain
from lambdabuild.model.platform import Architecture
from tests.support import go1x
from tests.support.cli import ROOT, Cli
from tests.support.gates import require
from tests.support.rooted import SHELLS, debian_root
from tests.support.runtime_api import BootError, invoke
from tests.support.standins import AL2, AL2023, own_root, running_root

AMD64, ARM64 = Architecture.AMD64, Architecture.ARM64
RUNTIMES = {"provided.al2": AL2, "provided.al2023": AL2023}
HANDLERS = ("orders", "orders_arm64")
ORDER = {"customer": "c-1042", "items": [{"sku": "cup", "quantity": 2, "unit_cents": 450}]}
EVENT = json.dumps({"body": json.dumps(ORDER)})

SPEC = """version: 1
go: "1.26.8"
runtime: provided.al2023
architectures: [arm64, amd64]
images:
  provided.al2: public.ecr.aws/lambda/provided:al2
  provided.al2023: public.ecr.aws/lambda/provided:al2023
defaults:
  tags: [lambda.norpc]
  layout: forward-compatible
functions:
  orders:
    package: ./cmd/orders
    floor: [go1.x]
  receipts:
    package: ./cmd/receipts
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("forward") / "a project"
    shutil.copytree(ROOT / "examples", folder)
    (folder / "buildspec.yaml").write_text(SPEC)
    shutil.copy(ROOT / "images.lock", folder)
    Cli().done("build", cwd=folder)
    return folder


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, toolchain: Toolchain) -> Path:
    return go1x.client(tmp_path_factory.mktemp("rpc") / "client", toolchain)


def unpacked(built: Path, task: Path) -> Path:
    task.mkdir(parents=True, exist_ok=True)
    subprocess.run([require("unzip"), "-q", built / "dist" / "orders.zip", "-d", task], check=True)
    return task


def total(answer: bytes) -> int:
    """What an order costs, by the answer of `orders`."""
    response = json.loads(answer)
    assert response["statusCode"] == 201, response
    cents = json.loads(response["body"])["total_cents"]
    assert isinstance(cents, int)
    return cents


def settings(folder: Path) -> dict[str, dict[str, str]]:
    """What go's build info says of each program of a folder: its architecture and its tags."""
    found = {}
    for name in HANDLERS:
        said = subprocess.run(
            [require("go"), "version", "-m", folder / name], capture_output=True, text=True, check=True
        ).stdout
        rows = [line.split("\t")[-1].partition("=") for line in said.splitlines() if "\tbuild\t" in line]
        found[name] = {key: value for key, _, value in rows}
    return found


# What is in it


def test_it_holds_a_dispatcher_and_a_program_for_each_cpu(built: Path) -> None:
    with zipfile.ZipFile(built / "dist" / "orders.zip") as bundle:
        modes = {entry.filename: entry.external_attr >> 16 & 0o777 for entry in bundle.infolist()}

    assert modes == {"bootstrap": 0o755, "orders": 0o755, "orders_arm64": 0o755}


def test_rpc_is_left_in_for_go1x_and_nowhere_else(built: Path, tmp_path: Path) -> None:
    of_orders = settings(unpacked(built, tmp_path))
    with zipfile.ZipFile(built / "dist" / "receipts.zip") as bundle:
        bundle.extractall(tmp_path)
    for suffix in ("", "_arm64"):
        (tmp_path / f"receipts{suffix}").replace(tmp_path / f"orders{suffix}")
    of_receipts = settings(tmp_path)

    assert of_orders["orders"]["GOARCH"] == "amd64"
    assert "-tags" not in of_orders["orders"]
    assert (of_orders["orders_arm64"]["GOARCH"], of_orders["orders_arm64"]["-tags"]) == ("arm64", "lambda.norpc")
    assert {program["-tags"] for program in of_receipts.values()} == {"lambda.norpc"}


def test_build_json_says_where_it_may_be_deployed(built: Path) -> None:
    artifacts = json.loads((built / "dist" / "build.json").read_text())["artifacts"]

    assert [(one["path"], one["architectures"], one["supports"]) for one in artifacts] == [
        (
            "dist/orders.zip",
            ["amd64", "arm64"],
            {"go1.x": ["amd64"], "provided.al2023": ["amd64", "arm64"]},
        ),
        ("dist/receipts.zip", ["amd64", "arm64"], {"provided.al2023": ["amd64", "arm64"]}),
    ]
    assert all(set(one["actions"]) == {"amd64", "arm64"} for one in artifacts)


def test_check_says_where_it_may_be_deployed(built: Path) -> None:
    done = Cli().run("check", cwd=built)

    assert done.returncode == 0
    assert done.stderr.splitlines() == [
        "dist/orders.zip: for provided.al2023 (amd64, arm64), go1.x (amd64)",
        "dist/receipts.zip: for provided.al2023 (amd64, arm64)",
        "2 checked, 0 findings",
    ]


def test_check_knows_one_that_no_spec_describes(built: Path, tmp_path: Path) -> None:
    shutil.copy(built / "dist" / "receipts.zip", tmp_path / "f.zip")

    done = Cli().run("check", "f.zip", cwd=tmp_path)

    assert (done.returncode, done.stderr.splitlines()) == (
        0,
        ["f.zip: for provided.al2023 (amd64, arm64)", "1 checked, 0 findings"],
    )
    for handler in ("receipts", "receipts_arm64"):
        assert Cli().run("check", "f.zip", "--handler", handler, cwd=tmp_path).returncode == 0
    on_go1x = Cli().run("check", "f.zip", "--runtime", "go1.x", "--handler", "receipts", cwd=tmp_path)
    assert (on_go1x.returncode, on_go1x.stderr.split(": ")[:4]) == (
        5,
        [
            "error",
            "LB604",
            "f.zip",
            "`receipts` was built with the tag `lambda.norpc`, and go1.x is among its runtimes\nhint",
        ],
    )


def test_one_cpu_is_not_built_without_the_other(built: Path, tmp_path: Path) -> None:
    before = (built / "dist" / "orders.zip").read_bytes()

    shown = Cli().done("build", "-q", "--function", "orders", "--arch", "arm64", cwd=built)

    assert shown == "dist/orders.zip\n"
    assert (built / "dist" / "orders.zip").read_bytes() == before


# It boots


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("architecture", Architecture)
def test_it_boots_under_every_shell(built: Path, architecture: Architecture, shell: str, tmp_path: Path) -> None:
    root = own_root(debian_root(architecture), tmp_path / "root")
    (root / "bin/sh").unlink(missing_ok=True)
    (root / "bin/sh").symlink_to(SHELLS[shell])
    unpacked(built, root / "var/task")

    for handler in HANDLERS:
        (answer,) = invoke(
            Path("/var/task/bootstrap"), [EVENT.encode()], architecture=architecture, handler=handler, root=root
        )
        assert total(answer.body) == 900


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("architecture", Architecture)
def test_it_boots_on_every_runtime(built: Path, architecture: Architecture, runtime: str, tmp_path: Path) -> None:
    """With their environment and layout; the stand-ins' shell is busybox."""
    root = rooted(built, runtime, architecture, tmp_path / "root")

    (answer,) = invoke(
        Path("/var/task/bootstrap"), [EVENT.encode()], architecture=architecture, handler="orders", root=root
    )

    assert total(answer.body) == 900


def test_go1x_drives_it_by_rpc(built: Path, client: Path, tmp_path: Path) -> None:
    task = unpacked(built, tmp_path / "task")

    assert total(go1x.invoke(client, task, "orders", EVENT, "r-1")) == 900


def test_a_program_that_is_missing_is_named_where_it_starts(built: Path, tmp_path: Path) -> None:
    root = rooted(built, "provided.al2023", ARM64, tmp_path / "root")
    (root / "var/task/orders_arm64").unlink()

    with pytest.raises(BootError) as caught:
        invoke(Path("/var/task/bootstrap"), [EVENT.encode()], architecture=ARM64, handler="orders", root=root)

    assert "bootstrap: `/var/task/orders_arm64` is missing: the handler is `orders`, and the CPU aarch64" in str(
        caught.value
    )


def rooted(built: Path, runtime: str, architecture: Architecture, folder: Path) -> Path:
    """The stand-in of a runtime with the zip in its task root."""
    root = own_root(running_root(RUNTIMES[runtime], architecture), folder)
    (root / "usr/bin/uname").symlink_to("busybox")
    unpacked(built, root / "var/task")
    return root


# And it is moved, while it is asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What Lambda is told of a function."""

    runtime: str
    architecture: Architecture
    handler: str


class Lambda:
    """Answers each request by the configuration of the moment, with an environment of its own for each."""

    def __init__(self, built: Path, client: Path, folder: Path) -> None:
        self._built, self._client, self._folder = built, client, folder
        self._roots: dict[tuple[str, Architecture], Path] = {}
        self.configuration = Configuration(runtime="go1.x", architecture=AMD64, handler="orders")

    def prepare(self, runtime: str, architecture: Architecture) -> None:
        """Unpack the zip where a runtime has it."""
        folder = self._folder / f"{runtime}-{architecture}"
        go = runtime == "go1.x"
        self._roots[runtime, architecture] = (
            unpacked(self._built, folder) if go else rooted(self._built, runtime, architecture, folder)
        )

    def answer(self, number: int) -> tuple[Configuration, int]:
        """One request: the configuration that it was answered by, and the answer."""
        now = self.configuration
        root = self._roots[now.runtime, now.architecture]
        if now.runtime == "go1.x":
            return now, total(go1x.invoke(self._client, root, now.handler, EVENT, f"r-{number}"))
        (answer,) = invoke(
            Path("/var/task/bootstrap"),
            [EVENT.encode()],
            architecture=now.architecture,
            handler=now.handler,
            root=root,
        )
        return now, total(answer.body)


@pytest.fixture
def service(built: Path, client: Path, tmp_path: Path) -> Lambda:
    made = Lambda(built, client, tmp_path)
    made.prepare("go1.x", AMD64)
    for runtime in RUNTIMES:
        for architecture in Architecture:
            made.prepare(runtime, architecture)
    return made


def moves(first: Configuration) -> Iterator[Configuration]:
    """From go1.x on amd64 to AL2023 on arm64, one thing at a time; handler and CPU in both orders."""
    yield first
    al2 = replace(first, runtime="provided.al2")
    yield al2
    yield replace(al2, handler="orders_arm64")
    yield replace(al2, handler="orders_arm64", architecture=ARM64)
    yield replace(al2, architecture=ARM64)
    yield replace(al2, runtime="provided.al2023", architecture=ARM64)
    yield replace(al2, runtime="provided.al2023")


def test_runtime_handler_and_cpu_move_while_requests_are_answered(service: Lambda) -> None:
    answers: list[tuple[Configuration, int]] = []
    done = threading.Event()

    def asking(first: int) -> None:
        number = first
        while not done.is_set():
            answers.append(service.answer(number))
            number += 2

    steps = list(moves(service.configuration))
    with ThreadPoolExecutor(2) as clients:
        asked = [clients.submit(asking, first) for first in (0, 1)]
        try:
            for step in steps:
                service.configuration = step
                wait_for(lambda: sum(by == step for by, _ in answers) >= 2 or any(one.done() for one in asked))  # noqa: B023
        finally:
            done.set()
        for one in asked:
            one.result()

    assert {by for by, _ in answers} == set(steps)
    assert {cents for _, cents in answers} == {900}


def wait_for(holds: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)

"""What is refused before anything runs."""

import shutil
from pathlib import Path

import pytest

from lambdabuild.errors import BrokenSealError, LambdabuildError, MissingLockError, StaleLockError, UsageError
from lambdabuild.io.store import Store
from lambdabuild.model.artifact import Selection
from lambdabuild.model.platform import Architecture
from lambdabuild.pipeline.building import build, plan
from lambdabuild.pipeline.checking import check
from lambdabuild.pipeline.request import Request, read_fresh
from lambdabuild.spec import load
from tests.support.cli import ROOT

SPEC = """\
version: 1
go: "1.26.8"
runtime: provided.al2023
architectures: [arm64]
images: {provided.al2023: "public.ecr.aws/lambda/provided:al2023"}
functions:
  orders: {package: ./cmd/orders}
  audio: {package: ./cmd/audio, architectures: [amd64]}
"""


def request(folder: Path, text: str = SPEC, *, functions: tuple[str, ...] = (), arch: tuple[str, ...] = ()) -> Request:
    (folder / "buildspec.yaml").write_text(text)
    return Request(
        spec_file=folder / "buildspec.yaml",
        lock_file=folder / "images.lock",
        store=Store(root=folder / "cache"),
        environ={"PATH": "", "HOME": str(folder)},
        emit=lambda _: None,
        selection=Selection(functions=frozenset(functions), architectures=frozenset(map(Architecture, arch))),
    )


def refusal(asked: Request) -> LambdabuildError:
    """What `plan` and `build` say; nothing was made."""
    before = beside(asked)
    with pytest.raises(LambdabuildError) as planned:
        plan(asked)
    with pytest.raises(type(planned.value)) as built:
        build(asked)
    assert built.value.message == planned.value.message
    assert beside(asked) == before
    return planned.value


def beside(asked: Request) -> set[str]:
    """What lies in the project, but for our cache."""
    return {path.name for path in asked.spec_file.parent.iterdir()} - {"cache"}


@pytest.fixture
def locked(tmp_path: Path) -> Path:
    """A project's folder with the lock of this repository."""
    shutil.copy(ROOT / "images.lock", tmp_path)
    return tmp_path


def test_what_this_version_cannot_do_is_told(locked: Path) -> None:
    error = refusal(request(locked, SPEC.replace("./cmd/orders", "./cmd/orders, executor: remote")))

    assert type(error) is UsageError
    assert error.message == "`functions.orders.executor`: this version cannot build `remote` yet"
    assert error.hint == "write `executor: host`, or choose others with `--function`"
    assert error.exit_code == 2


def test_what_is_not_chosen_is_not_refused(locked: Path) -> None:
    text = SPEC.replace("./cmd/orders", "./cmd/orders, executor: remote")

    error = refusal(request(locked, text, functions=("audio",)))

    assert "this version cannot build" not in error.message


def test_a_function_that_is_not_there_is_told_with_those_that_are(locked: Path) -> None:
    error = refusal(request(locked, functions=("orders", "order", "zebra")))

    assert type(error) is UsageError
    assert error.message == f"`{locked}/buildspec.yaml` has no function `order`"
    assert error.hint == "it has audio, orders"


def test_an_architecture_that_no_chosen_function_has_is_told(locked: Path) -> None:
    error = refusal(request(locked, functions=("audio",), arch=("arm64",)))

    assert error.message == f"no chosen function of `{locked}/buildspec.yaml` is built for arm64"
    assert error.hint == "look at `architectures` in the spec"


def test_a_machine_that_the_spec_does_not_list_is_told(locked: Path) -> None:
    asked = request(locked)
    spec = load(asked.spec_file)

    with pytest.raises(UsageError) as caught:
        read_fresh(asked, spec, tuple(spec.functions.values()), hosts=("darwin/amd64",))

    assert caught.value.message == f"`{spec.file}`: `hosts` does not list darwin/amd64, which this machine is"
    assert caught.value.hint == "add it, run `lambdabuild lock`, commit both files"


def test_without_a_lock_nothing_is_built(tmp_path: Path) -> None:
    assert type(refusal(request(tmp_path))) is MissingLockError


def test_a_stale_lock_stops_everything(locked: Path) -> None:
    error = refusal(request(locked, SPEC.replace("1.26.8", "1.25.1")))

    assert type(error) is StaleLockError
    assert "`go@1.25.1 linux/amd64`" in error.message
    assert error.exit_code == 3


def test_a_lock_is_stale_only_for_what_is_chosen(locked: Path) -> None:
    text = SPEC.replace("./cmd/orders", './cmd/orders, go: "1.25.1"')

    assert type(refusal(request(locked, text, functions=("orders",)))) is StaleLockError
    assert type(refusal(request(locked, text, functions=("audio",)))) is not StaleLockError


def test_a_zig_that_is_not_locked_stops_everything(locked: Path) -> None:
    text = 'zig: "0.17.1"\n' + SPEC.replace("./cmd/orders", "./cmd/orders, cgo: zig")

    error = refusal(request(locked, text))

    assert type(error) is StaleLockError
    assert "`zig@0.17.1 linux/amd64`" in error.message


def test_a_pin_that_was_moved_by_hand_stops_everything(locked: Path) -> None:
    lock = locked / "images.lock"
    lock.write_text(lock.read_text().replace("@sha256:2", "@sha256:3"))

    assert type(refusal(request(locked))) is BrokenSealError


def test_what_was_not_built_is_not_checked_but_named(locked: Path) -> None:
    with pytest.raises(UsageError) as caught:
        check(request(locked))

    assert caught.value.message == f"`{locked}/dist` has no artifact of audio-amd64, orders-arm64"
    assert caught.value.hint == "run `lambdabuild build`"

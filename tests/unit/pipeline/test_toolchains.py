"""Toolchains for another platform than this machine's: a container engine's, which the lock may not have."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lambdabuild.errors import UsageError
from lambdabuild.io.store import Store
from lambdabuild.model.lock import Lock
from lambdabuild.pipeline.request import Request
from lambdabuild.pipeline.toolchains import Toolchains


@pytest.mark.parametrize(
    ("ask", "what"),
    [
        (lambda tools: tools.go("1.26.8", "linux/arm64"), "Go 1.26.8"),
        (lambda tools: tools.zig("0.17.1", "linux/arm64"), "zig 0.17.1"),
    ],
)
def test_a_platform_that_is_not_locked_is_told(ask: Callable[[Toolchains], object], what: str, tmp_path: Path) -> None:
    request = Request(
        spec_file=tmp_path / "buildspec.yaml",
        lock_file=tmp_path / "images.lock",
        store=Store(root=tmp_path / "cache"),
        environ={},
        emit=lambda _: None,
    )

    with pytest.raises(UsageError) as caught:
        ask(Toolchains(request=request, locked=Lock()))

    assert caught.value.message == (
        f"`{tmp_path / 'buildspec.yaml'}`: `hosts` does not list linux/arm64, which the container engine runs:"
        f" {what} for it is not locked"
    )
    assert caught.value.hint == "add it, run `lambdabuild lock`, commit both files"

"""What compilers said, and how often it is shown."""

import pytest

from lambdabuild.errors import CompileError
from lambdabuild.pipeline.compiling import refuse_if_any_failed


def test_what_one_build_said_twice_is_shown_once() -> None:
    same = [CompileError(f"{name}: the compile failed", output="# x\nwords\n") for name in ("a-amd64", "a-arm64")]

    with pytest.raises(CompileError) as caught:
        refuse_if_any_failed(same)

    assert caught.value.message == "a-amd64, a-arm64: the compile failed"
    assert caught.value.output == "# x\nwords"

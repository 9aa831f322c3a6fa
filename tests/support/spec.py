"""Specs for tests: a good one to add to, and what a bad one is told."""

from pathlib import Path
from typing import NamedTuple

import pytest

from lambdabuild.errors import SpecError
from lambdabuild.spec import load

IMAGE = "public.ecr.aws/lambda/provided:al2023"

TOP = f"""\
version: 1
go: "1.26.8"
runtime: al2023
architectures: [arm64]
images: {{al2023: "{IMAGE}"}}
"""

FUNCTION = f"""\
{TOP}functions:
  orders:
    package: ./cmd/orders
"""


class Bad(NamedTuple):
    """A spec, and what is said of it: line and column, what is wrong, what to write."""

    text: str
    where: str
    message: str
    hint: str


def expect(bad: Bad, folder: Path) -> None:
    """Load it; every word must be the one that is expected."""
    file = folder / "buildspec.yaml"
    file.write_text(bad.text)
    with pytest.raises(SpecError) as caught:
        load(file)
    assert caught.value.message == f"`{file}:{bad.where}`: {bad.message}"
    assert caught.value.hint == bad.hint
    assert caught.value.exit_code == 2

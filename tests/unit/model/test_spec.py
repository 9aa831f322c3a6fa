"""What a function becomes, and for which runtimes, on each CPU."""

from pathlib import Path

import pytest

from lambdabuild.model.platform import Architecture
from lambdabuild.model.spec import Function
from lambdabuild.spec import load
from tests.support.spec import FUNCTION

AMD64, ARM64 = Architecture.AMD64, Architecture.ARM64
BOTH = "    architectures: [arm64, amd64]\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "buildspec.yaml"


def function(file: Path, text: str) -> Function:
    file.write_text(FUNCTION + text)
    return load(file).functions["orders"]


def test_an_artifact_is_for_one_cpu(file: Path) -> None:
    assert function(file, BOTH).artifacts == {"orders-arm64": (ARM64,), "orders-amd64": (AMD64,)}


def test_a_forward_compatible_one_is_for_both(file: Path) -> None:
    assert function(file, BOTH + "    layout: forward-compatible\n").artifacts == {"orders": (ARM64, AMD64)}


def test_go1x_counts_on_amd64_alone(file: Path) -> None:
    one = function(file, BOTH + "    floor: [go1.x]\n    tags: [a, lambda.norpc, b]\n")

    assert (one.runtimes(AMD64), one.runtimes(ARM64)) == (("al2023", "go1.x"), ("al2023",))
    assert (one.tags_on(AMD64), one.tags_on(ARM64)) == (("a", "b"), ("a", "lambda.norpc", "b"))
    assert one.supports((AMD64, ARM64)) == {"al2023": (AMD64, ARM64), "go1.x": (AMD64,)}
    assert one.supports((ARM64,)) == {"al2023": (ARM64,)}


def test_tags_stay_where_go1x_is_not_named(file: Path) -> None:
    one = function(file, BOTH + "    tags: [lambda.norpc]\n")

    assert one.tags_on(AMD64) == one.tags_on(ARM64) == ("lambda.norpc",)

"""What we show is what we would write: the examples pass their own tests and `go vet`."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.cli import Cli
from tests.support.gates import require
from tests.support.golang import BY_HAND

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("command", ["vet", "test"])
def test_go_is_content_with_the_examples(command: str) -> None:
    done = subprocess.run(
        [require("go"), command, "./..."],
        cwd=EXAMPLES,
        env={**os.environ, **BY_HAND, "CGO_ENABLED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_lock_of_the_examples_covers_their_spec() -> None:
    assert Cli().run("lock", "--check", cwd=EXAMPLES).returncode == 0

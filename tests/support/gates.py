"""Tests that need a real program say so, and how to get it."""

import os
import shutil

import pytest


def require(program: str) -> str:
    """The path of `program`; without it the test is skipped, or fails where `LAMBDABUILD_NO_SKIPS=1`."""
    path = shutil.which(program)
    if path is not None:
        return path
    reason = f"needs {program}: run make services"
    if os.environ.get("LAMBDABUILD_NO_SKIPS") == "1":
        pytest.fail(reason)
    pytest.skip(reason)

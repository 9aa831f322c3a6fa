"""Tests that need a real program say so, and how to get it."""

import os
import shutil

import pytest


def require(program: str) -> str:
    """The path of `program`; without it the test is skipped, or fails where `LAMBDABUILD_NO_SKIPS=1`."""
    path = shutil.which(program)
    need(path is not None, f"needs {program}: run make services")
    assert path is not None
    return path


def need(here: bool, reason: str) -> None:
    """Skip the test, or fail it where `LAMBDABUILD_NO_SKIPS=1`, unless what it needs is here."""
    if here:
        return
    if os.environ.get("LAMBDABUILD_NO_SKIPS") == "1":
        pytest.fail(reason)
    pytest.skip(reason)

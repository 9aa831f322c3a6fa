"""Runs the blocks of a page, in order, in one copy of the project that it names, with the lambdabuild of this tree."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.docs.pages import Block, Page
from tests.support.cli import ROOT, Cli
from tests.support.sam import QUIET, SAM

_LEFT_BEHIND = ("dist", "node_modules", "cdk.out", ".aws-sam", ".terraform", "*.egg-info", "__pycache__")
_LOCKS = re.compile(r"\blambdabuild lock\b(?! --check)")
_IMAGES = re.compile(r"^images:\n.*(?=^toolchains:)", re.MULTILINE | re.DOTALL)
_TIMEOUT = 600
"""Seconds of one block."""


class FailedBlockError(Exception):
    """A block that did not end as its page says."""


def run_page(page: Page, scratch: Path, environ: Mapping[str, str]) -> int:
    """Run every block that is to be run; how many there were. FailedBlockError, with what it said, at the first."""
    if not page.runs:
        return 0
    assert page.project is not None, "a page whose blocks are run"
    folder = _copy(page.project, scratch)
    env = _environment(scratch, environ)
    if any(_LOCKS.search(block.text) for block in page.runs):
        _lock_anew(folder, env)
    for block in page.runs:
        _run(page, block, folder, env)
    return len(page.runs)


def _copy(project: str, scratch: Path) -> Path:
    """The folder in a copy of all examples, since some share what lies beside them."""
    top = Path(project).parts[0]
    shutil.copytree(ROOT / top, scratch / top, ignore=shutil.ignore_patterns(*_LEFT_BEHIND), symlinks=True)
    folder = scratch / project
    assert folder.is_dir(), f"there is no {project}"
    return folder


def _environment(scratch: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """A user's, whose `lambdabuild` is this one, with the toolchain of all tests in its cache, and who has `sam`."""
    programs = scratch / "bin"
    programs.mkdir()
    started = programs / "lambdabuild"
    started.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m lambdabuild "$@"\n')
    started.chmod(0o755)
    env = Cli().env
    del env["PYTHONPATH"]
    (programs / "sam").symlink_to(SAM)  # beside it lies a python of its own
    return {**env, **QUIET, **environ, "PATH": f"{programs}{os.pathsep}{env['PATH']}"}


def _lock_anew(folder: Path, env: Mapping[str, str]) -> None:
    """Let the lock of the copy pin what the registry of the tests has, since the image that it pins is not there.

    Where a page writes the spec itself, there is nothing to lock before.
    """
    for lock in (folder / "images.lock", folder.parent / "images.lock"):
        if lock.is_file():
            lock.write_text(_IMAGES.sub("", lock.read_text(encoding="utf-8")), encoding="utf-8")
            if (lock.parent / "buildspec.yaml").is_file():
                subprocess.run(["lambdabuild", "lock", "-q"], cwd=lock.parent, env=env, check=True)


def _run(page: Page, block: Block, folder: Path, env: Mapping[str, str]) -> None:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.text],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=_TIMEOUT,
    )
    if done.returncode != block.expected:
        raise FailedBlockError(
            f"{page.path.name}:{block.line}: exit {done.returncode}, expected {block.expected}\n"
            f"{block.text}\n{done.stdout}"
        )

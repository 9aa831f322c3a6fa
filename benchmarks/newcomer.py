"""A new user's path: from a folder with a Go Lambda, and nothing else, to a checked zip. Each step by itself."""

import os
import shutil
import sys
from pathlib import Path

from benchmarks.measuring import ROOT, process, seconds
from tests.support.registry import public_ecr_at, running_registry
from tests.support.standins import AL2023, push_release


def newcomer(scratch: Path) -> None:
    """Cold is without any cache of ours and of pip, `warm` with those that the first time left.

    Go's toolchains and Python's packages come as they do for users; the image is a stand-in on loopback.
    """
    with running_registry(scratch / "registry") as registry:
        push_release(registry, AL2023, tag="al2023")
        environ = {
            **public_ecr_at(registry.host, scratch),
            "HOME": os.environ["HOME"],
            "LAMBDABUILD_CACHE_DIR": str(scratch / "cache"),
            "PIP_CACHE_DIR": str(scratch / "pip"),
        }
        for name in ("cold", "warm"):
            _walk(name, scratch / name, environ)


def _walk(name: str, folder: Path, environ: dict[str, str]) -> None:
    project = folder / "project"
    shutil.copytree(ROOT / "examples" / "hello", project, ignore=shutil.ignore_patterns("*.lock"))
    bin_ = folder / "venv" / "bin"
    source = shutil.copytree(ROOT, folder / "source", ignore=shutil.ignore_patterns(".*", "tests", "dist"))
    steps: dict[str, list[str | Path]] = {
        "python -m venv": [sys.executable, "-m", "venv", folder / "venv"],
        "pip install": [bin_ / "pip", "install", "--quiet", "--disable-pip-version-check", source],
        **{f"lambdabuild {step}": [bin_ / "lambdabuild", step] for step in ("init", "lock", "build")},
    }
    total = 0.0
    for step, argv in steps.items():
        took = seconds(process(argv, cwd=project, environ=environ))
        total += took
        print(f"{f'{step}, {name}':<56} {took:8.3f} s", flush=True)
    assert (project / "dist" / "hello-arm64.zip").is_file()
    print(f"{f'from a folder with a main to a checked zip, {name}':<56} {total:8.3f} s", flush=True)

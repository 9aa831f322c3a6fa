"""C by zig in a container: the bytes that the host's own zig makes."""

import shutil
from pathlib import Path

import pytest

from tests.support.cli import Cli
from tests.support.docker_project import locked, zips
from tests.support.zigs import PIP_CACHE

SPEC = """version: 1
go: "1.26.8"
zig: "0.17.1"
runtime: provided.al2023
architectures: [amd64]
hosts: [linux/amd64]
images: {{provided.al2023: "public.ecr.aws/lambda/provided:al2023"}}
functions: {{answer: {{package: ., cgo: zig, executor: {executor}}}}}
"""
FILES = {
    "go.mod": "module example.com/answer\n\ngo 1.24\n",
    "main.go": 'package main\n\n// #include "answer.h"\nimport "C"\n\nfunc main() { println(int(C.answer())) }\n',
    "answer.h": "int answer(void);\n",
    "answer.c": '#include <stdlib.h>\n#include "answer.h"\n\nint answer(void) { return abs(-42); }\n',
}

pytestmark = pytest.mark.timeout(900)  # zig compiles its C library once for each cache


def project(folder: Path, executor: str) -> Path:
    folder.mkdir(parents=True)
    for name, content in FILES.items():
        (folder / name).write_text(content)
    (folder / "buildspec.yaml").write_text(SPEC.format(executor=executor))
    return folder


def test_the_bytes_are_those_of_the_host(cli: Cli, tmp_path: Path) -> None:
    cli = Cli(environ={**cli.environ, "PIP_CACHE_DIR": str(PIP_CACHE)}, timeout=800)
    here = locked(cli, project(tmp_path / "here", "host"))
    there = project(tmp_path / "in a container", "docker")
    shutil.copy(here / "images.lock", there)

    cli.done("build", cwd=here)
    cli.done("build", cwd=there)

    assert list(zips(there)) == ["answer-amd64.zip"]
    assert zips(there) == zips(here)

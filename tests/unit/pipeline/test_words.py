"""Warnings of a build that was made, in the words of real compilers."""

import os
import subprocess
from pathlib import Path

from lambdabuild.model.plan import Toolchain
from lambdabuild.pipeline.words import shared_at_runtime
from tests.support.gates import require
from tests.support.golang import BY_HAND
from tests.support.shapes import MAIN, module

LOOKS_UP = """package main

// #include <netdb.h>
// #include <pwd.h>
// static int found(void) {
//     struct addrinfo *one;
//     return getaddrinfo("localhost", 0, 0, &one) == 0 && getpwnam("root") != 0;
// }
import "C"

func main() { println(C.found()) }
"""


def said(folder: Path, toolchain: Toolchain, *flags: str) -> str:
    """What `go build` writes of two programs, one of which looks up names by glibc."""
    for name, text in {"go.mod": module("example.com/app"), "a/main.go": LOOKS_UP, "b/main.go": MAIN % "b"}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    env = {name: value for name, value in os.environ.items() if not name.startswith(("GO", "CGO"))}
    done = subprocess.run(
        [toolchain.root / "bin" / "go", "build", *flags, "-o", f"{folder / 'out'}/", "./a", "./b"],
        cwd=folder,
        env={**env, **BY_HAND, "CGO_ENABLED": "1", "CC": require("gcc"), "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr


def test_what_the_linker_warns_of_is_told_of_the_program_that_it_is_in(tmp_path: Path, toolchain: Toolchain) -> None:
    output = said(tmp_path, toolchain, "-ldflags=-linkmode external -extldflags -static")

    assert shared_at_runtime(output, "example.com/app/a") == ("getaddrinfo", "getpwnam")
    assert shared_at_runtime(output, "example.com/app/b") == ()


def test_of_a_dynamic_program_nothing_is_said(tmp_path: Path, toolchain: Toolchain) -> None:
    assert shared_at_runtime(said(tmp_path, toolchain), "example.com/app/a") == ()

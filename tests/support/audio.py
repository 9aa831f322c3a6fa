"""A Go program with C++ in it that needs GCC 12's libstdc++: what the incident was about."""

import os
import subprocess
from pathlib import Path

from lambdabuild.model.plan import Toolchain
from lambdabuild.model.platform import Architecture
from tests.support.gates import require
from tests.support.golang import BY_HAND

COMPILERS = {Architecture.AMD64: ("gcc", "g++"), Architecture.ARM64: ("aarch64-linux-gnu-gcc", "aarch64-linux-gnu-g++")}
NODE = "GLIBCXX_3.4.30"
"""What the program needs beyond GCC 11."""

SOURCES = {
    "go.mod": "module example.com/audio\n\ngo 1.24\n",
    "main.go": """package main

// int wait_until(int done);
import "C"
import "fmt"

func main() { fmt.Println("waited", C.wait_until(1)) }
""",
    "wait.cc": """#include <condition_variable>
#include <mutex>

extern "C" int wait_until(int done) {
    std::mutex mutex;
    std::condition_variable changed;
    std::unique_lock<std::mutex> lock(mutex);
    changed.wait(lock, [&] { return done != 0; });
    return done;
}
""",
}


def write_audio(folder: Path) -> Path:
    """Its sources."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in SOURCES.items():
        (folder / name).write_text(content)
    return folder


def built(folder: Path, architecture: Architecture, toolchain: Toolchain) -> Path:
    """The program of the sources in `folder`, linked by this machine's g++ of GCC 12."""
    compilers = dict(zip(("CC", "CXX"), map(require, COMPILERS[architecture]), strict=True))
    env = {name: value for name, value in os.environ.items() if not name.startswith(("GO", "CGO"))}
    go = {**BY_HAND, "CGO_ENABLED": "1", "GOARCH": architecture}
    program = folder / architecture / "bootstrap"
    argv = [str(toolchain.root / "bin" / "go"), "build", "-o", str(program), "."]
    done = subprocess.run(argv, cwd=folder, env={**env, **go, **compilers}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return program

"""What is checked: a large static program of Go, and a very large dynamic one."""

import os
import subprocess
from pathlib import Path
from random import Random

GO = """package main

import (
	_ "archive/zip"
	_ "database/sql"
	_ "encoding/xml"
	_ "go/types"
	_ "html/template"
	_ "image/png"
	_ "log/slog"
	"net/http"
	_ "net/http/pprof"
	_ "net/rpc/jsonrpc"
	_ "net/smtp"
)

func main() { http.ListenAndServe(":8080", nil) }
"""
CPP = """#include <condition_variable>
#include <iostream>
#include <map>
#include <mutex>
#include <regex>
#include <thread>
extern const char blob[];
extern const void *const places[];
int main(int count, char **words) {
    std::map<std::string, std::thread> threads;
    std::regex pattern(words[0]);
    std::cout << std::regex_match("x", pattern) << blob[count] << places[count] << threads.size() << std::endl;
}
"""
BLOB = 90 << 20
PLACES, FUNCTIONS = 50_000, 5_000


def static_go(folder: Path) -> Path:
    """12 MB, without a loader."""
    folder.mkdir()
    (folder / "go.mod").write_text("module example.com/large\n\ngo 1.24\n")
    (folder / "main.go").write_text(GO)
    env = {**os.environ, "CGO_ENABLED": "0", "GOARCH": "amd64", "GOFLAGS": "", "GOOS": "linux", "GOTOOLCHAIN": "local"}
    program = folder / "bootstrap"
    _done(["go", "build", "-buildvcs=false", "-o", str(program), "."], folder, env)
    return program


def dynamic(folder: Path) -> Path:
    """100 MB: 90 of pseudo-random data, 50,000 relative relocations, 5,000 functions that others may find."""
    folder.mkdir()
    (folder / "blob").write_bytes(Random(1).randbytes(BLOB))
    names = [f"function_{number}_of_a_module_with_a_name" for number in range(FUNCTIONS)]
    code = "".join(f".globl {name}\n.type {name},@function\n{name}: ret\n" for name in names)
    places = "".join(f".quad {names[number % FUNCTIONS]} + {number % 16}\n" for number in range(PLACES))
    (folder / "data.s").write_text(
        f'.section .rodata\n.globl blob\nblob: .incbin "blob"\n.text\n{code}'
        f'.section .data.rel.ro,"aw"\n.globl places\nplaces:\n{places}.section .note.GNU-stack,"",@progbits\n'
    )
    (folder / "main.cc").write_text(CPP)
    program = folder / "bootstrap"
    _done(["g++", "-O1", "-rdynamic", "-o", str(program), "main.cc", "data.s"], folder, dict(os.environ))
    (folder / "blob").unlink()
    return program


def zipped(program: Path) -> Path:
    """It alone in a zip, as `zip` makes it."""
    archive = program.with_suffix(".zip")
    _done(["zip", "-q", "-j", str(archive), str(program)], program.parent, dict(os.environ))
    return archive


def _done(argv: list[str], folder: Path, env: dict[str, str]) -> None:
    subprocess.run(argv, cwd=folder, env=env, check=True, capture_output=True)

"""Real ELF bytes: what compilers make, and what becomes of it by hand."""

import os
import struct
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.support.gates import require
from tests.support.golang import BY_HAND

Programs = Callable[[str], bytes]
"""The fixture `programs`: a real program by its name."""

MAIN = """package main

func main() {}
"""
MAIN_WITH_CGO = """package main

import "C"

func main() {}
"""


def go_build(folder: Path, *, goos: str = "linux", goarch: str = "amd64", cgo: bool = False) -> bytes:
    """A program that does nothing, in the module `example.com/nothing`. Go's own cache keeps it cheap."""
    folder.mkdir(parents=True)
    (folder / "go.mod").write_text("module example.com/nothing\n\ngo 1.24\n")
    (folder / "main.go").write_text(MAIN_WITH_CGO if cgo else MAIN)
    env = {
        **os.environ,
        **BY_HAND,
        "GOENV": "off",
        "CGO_ENABLED": "1" if cgo else "0",
        "GOARCH": goarch,
        "GOOS": goos,
    }
    run([require("go"), "build", "-o", "out", "."], folder, env)
    return (folder / "out").read_bytes()


def gcc(folder: Path, *flags: str, source: str = "int main(void) { return 0; }\n") -> bytes:
    """What gcc makes of a program, with these flags."""
    folder.mkdir(parents=True)
    (folder / "main.c").write_text(source)
    run([require("gcc"), "-o", "out", *flags, "main.c"], folder, dict(os.environ))
    return (folder / "out").read_bytes()


def run(argv: Sequence[str], folder: Path, env: dict[str, str]) -> None:
    done = subprocess.run(argv, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def without_sections(elf: bytes) -> bytes:
    """A 64-bit little-endian file whose header knows of no sections."""
    return patched(patched(elf, 0x28, bytes(8)), 0x3C, bytes(4))


def patched(content: bytes, offset: int, new: bytes) -> bytes:
    """Other bytes in one place."""
    return content[:offset] + new + content[offset + len(new) :]


def header(*, bits: int = 64, order: str = "<", kind: int = 2, machine: int = 62, headers: int = 0) -> bytes:
    """An ELF header, with as many program headers as it claims to have, all PT_NULL."""
    ident = bytes([0x7F, *b"ELF", bits // 32, 1 if order == "<" else 2, 1]).ljust(16, b"\0")
    size, entry = (64, 56) if bits == 64 else (52, 32)
    word = "Q" if bits == 64 else "I"
    tail = struct.pack(
        f"{order}HHI3{word}I6H", kind, machine, 1, 0, size if headers else 0, 0, 0, size, entry, headers, 0, 0, 0
    )
    return ident + tail + bytes(entry * headers)

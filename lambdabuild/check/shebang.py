"""The first line of a script, as Linux reads it (execve(2), fs/binfmt_script.c)."""

from dataclasses import dataclass
from pathlib import PurePosixPath

LONGEST = 256
"""BINPRM_BUF_SIZE: the kernel reads no more of the line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shebang:
    """`interpreter` is what the kernel starts; `program` what in the end reads the script: `env` looks it up."""

    interpreter: str
    program: str
    crlf: bool


def read_shebang(head: bytes) -> Shebang:
    """Read a file that begins with `#!`.

    All that follows the interpreter is one argument, so `#!/usr/bin/env bash -e` looks for a program
    `bash -e`; `env -S` splits it.
    """
    line = head[:LONGEST].partition(b"\n")[0].decode("utf-8", "backslashreplace").removeprefix("#!")
    interpreter, _, argument = line.strip(" \t\r").replace("\t", " ").partition(" ")
    argument = argument.strip()
    program = interpreter
    if PurePosixPath(interpreter).name == "env":
        program = _first_program(argument.removeprefix("-S")) if argument.startswith("-S") else argument
    return Shebang(interpreter=interpreter, program=program, crlf=line.endswith("\r"))


def _first_program(words: str) -> str:
    return next((word for word in words.split() if "=" not in word), "")

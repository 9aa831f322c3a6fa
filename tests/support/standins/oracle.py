"""What the real loader says of a program in a running root, and what the program does there."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lambdabuild.model.platform import Architecture
from tests.support.gates import need
from tests.support.standins.release import ENVIRON
from tests.support.standins.roots import emulator

_TRACE = {"LD_TRACE_LOADED_OBJECTS": "1", "LD_WARN": "yes", "LD_BIND_NOW": "yes"}
ENTER = """\
import json, os, sys
root, environ, *argv = sys.argv[1:]
os.chroot(root)
os.chdir("/var/task")
try:
    os.execve(argv[0], argv, json.loads(environ))
except OSError as error:
    sys.exit(f"{argv[0]}: {error.strerror}")
"""
"""A Python program that runs another in a root: its arguments are the root, the environment, and a command line."""
_SECONDS = 60

_REQUIRED_BY = r"\(required by (?P<requirer>.+)\)"
_VERSION = re.compile(rf"[^:]+: (?P<file>[^:]+): (?P<weak>weak )?version `(?P<node>[^']+)' not found {_REQUIRED_BY}")
_NO_VERSIONS = re.compile(rf"[^:]+: (?P<file>[^:]+): no version information available {_REQUIRED_BY}")
_SYMBOL = re.compile(r"undefined symbol: (?P<name>[^\s,]+)(?:, version (?P<node>\S+))?\s+\((?P<requirer>.+)\)")
_FATAL = re.compile(r".*: error while loading shared libraries: (.+)|(Inconsistency detected by ld\.so: .+)")
_LIBRARY = re.compile(r"\t(\S+) => (not found|\S+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingVersion:
    """`file` was loaded and lacks `node`, which `requirer` needs; where the need is weak that is only a warning."""

    file: str
    node: str
    requirer: str
    weak: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WithoutVersions:
    """`file` was loaded and has no version definitions, though `requirer` needs some of it: a warning."""

    file: str
    requirer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UndefinedSymbol:
    """No library has what `requirer` uses. On arm64 the loader leaves the node out where the library is missing too."""

    name: str
    node: str | None
    requirer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoaderSays:
    """The trace of a program, each finding once, in the loader's order. Paths are inside the root.

    `loaded` has the path of each library by the name that is needed. `fatal` is what ended the trace itself. The exit
    code is mostly 0, whatever is missing.
    """

    loaded: Mapping[str, str]
    missing_libraries: tuple[str, ...]
    missing_versions: tuple[MissingVersion, ...]
    without_versions: tuple[WithoutVersions, ...]
    undefined: tuple[UndefinedSymbol, ...]
    fatal: str | None
    exit_code: int
    stdout: str
    stderr: str

    @property
    def loads(self) -> bool:
        """Whether the program would start, warnings or not."""
        strong = [each for each in self.missing_versions if not each.weak]
        return self.exit_code == 0 and not (self.missing_libraries or strong or self.undefined or self.fatal)


def loader_says(
    root: Path, program: str, *, architecture: Architecture, environ: Mapping[str, str] | None = None
) -> LoaderSays:
    """Let the loader of a running root look at a program in it and bind everything at once, without running it.

    The environment is the image's, and `environ` on top; the current folder is /var/task.
    """
    done = runs(root, program, architecture, environ={**_TRACE, **(environ or {})})
    return parse_trace(done.stdout, done.stderr, done.returncode)


def runs(
    root: Path,
    program: str,
    architecture: Architecture,
    *,
    arguments: Sequence[str] = (),
    environ: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a program of a running root in it, with the image's environment and `environ` on top, whatever it exits with.

    A foreign program is run by the emulator that lies in the root, so the kernel need not know of one.
    """
    need(os.geteuid() == 0, "needs to be root, for chroot")
    argv = [program, *arguments] if (path := emulator(architecture)) is None else [path, program, *arguments]
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", ENTER, str(root), json.dumps({**ENVIRON, **(environ or {})}), *argv],
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )


def parse_trace(stdout: str, stderr: str, exit_code: int) -> LoaderSays:
    """Read the words of glibc's elf/rtld.c, elf/dl-version.c and elf/dl-lookup.c."""
    lines = list(dict.fromkeys(stderr.splitlines()))
    libraries = [(match[1], match[2]) for line in stdout.splitlines() if (match := _LIBRARY.match(line))]
    versions = [match for line in lines if (match := _VERSION.fullmatch(line))]
    without = [match for line in lines if (match := _NO_VERSIONS.fullmatch(line))]
    symbols = [match for line in lines if (match := _SYMBOL.fullmatch(line))]
    fatal = next((match for line in lines if (match := _FATAL.fullmatch(line))), None)
    return LoaderSays(
        loaded={name: path for name, path in libraries if path != "not found"},
        missing_libraries=tuple(name for name, path in libraries if path == "not found"),
        missing_versions=tuple(
            MissingVersion(file=each["file"], node=each["node"], requirer=each["requirer"], weak=bool(each["weak"]))
            for each in versions
        ),
        without_versions=tuple(WithoutVersions(file=each["file"], requirer=each["requirer"]) for each in without),
        undefined=tuple(
            UndefinedSymbol(name=each["name"], node=each["node"], requirer=each["requirer"]) for each in symbols
        ),
        fatal=None if fatal is None else fatal[1] or fatal[2],
        exit_code=exit_code,
        stdout=stdout,
        stderr=stderr,
    )

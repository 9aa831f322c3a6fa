"""lambdabuild as a user runs it: a process, with an environment of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
CACHE = Path(os.environ.get("LAMBDABUILD_TEST_CACHE", ROOT / ".services" / "cache"))
"""Toolchain and standard library, fetched and compiled once for all tests of a machine."""

STEERING = ("GO", "CGO", "LAMBDABUILD", "MAKE", "MFLAGS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cli:
    """`environ` is added to what a bare login has; `timeout` is in seconds."""

    cache: Path = CACHE
    environ: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 300

    def run(self, *arguments: str, cwd: Path, prefix: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        """Run to the end, whatever the exit code. `prefix` is a program that runs it: taskset, setpriv."""
        return subprocess.run(
            [*prefix, *self.argv(*arguments)],
            cwd=cwd,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
            timeout=self.timeout,
        )

    def done(self, *arguments: str, cwd: Path, prefix: tuple[str, ...] = ()) -> str:
        """Run, and expect success; what was on stdout."""
        answer = self.run(*arguments, cwd=cwd, prefix=prefix)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    def argv(self, *arguments: str) -> list[str]:
        """The command line."""
        return [sys.executable, "-m", "lambdabuild", *arguments]

    @property
    def env(self) -> dict[str, str]:
        """The environment of the process: this one's, less what would steer go, or a make as one below `make test`."""
        ours = {name: value for name, value in os.environ.items() if not name.startswith(STEERING)}
        for name in ("GOPROXY", "GONOSUMDB", "GOPRIVATE"):
            if name in os.environ:
                ours[name] = os.environ[name]
        return {**ours, "PYTHONPATH": str(ROOT), "LAMBDABUILD_CACHE_DIR": str(self.cache), **self.environ}

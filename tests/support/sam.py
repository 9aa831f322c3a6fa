"""The real SAM, in an environment of its own, without an account and without telemetry."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.cli import ROOT
from tests.support.gates import need
from tests.support.onpath import on_path

SAM = ROOT / ".services" / "sam" / "bin" / "sam"
QUIET = {"SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": "eu-west-1"}
"""No word to anyone, and a region, which `sam validate` wants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sam:
    """`home` is a folder for what it keeps, and for our command on its PATH."""

    home: Path
    environ: Mapping[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run to the end, whatever the exit code."""
        need(SAM.exists(), "needs aws-sam-cli: run make .services/sam")
        environ = {
            **on_path(self.home / "bin"),
            "HOME": str(self.home),
            **QUIET,
            "AWS_ACCESS_KEY_ID": "none",
            "AWS_SECRET_ACCESS_KEY": "none",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        return subprocess.run(
            [SAM, *arguments],
            cwd=cwd,
            env={**environ, **self.environ},
            capture_output=True,
            text=True,
            check=False,
            timeout=500,
        )

    def done(self, *arguments: str, cwd: Path) -> str:
        """Run, and expect success; all that was said."""
        answer = self.run(*arguments, cwd=cwd)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout + answer.stderr


def files(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file below a folder, with its permissions and its bytes."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mode & 0o777, path.read_bytes())
        for path in folder.rglob("*")
        if not path.is_dir()
    }

"""lambdabuild as other tools find it: by its name, on PATH."""

import os
import shlex
import sys
from pathlib import Path

from tests.support.cli import ROOT, Cli


def on_path(folder: Path) -> dict[str, str]:
    """An environment in whose PATH is our `lambdabuild`, written to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    script = folder / "lambdabuild"
    ours = f"PYTHONPATH=${{PYTHONPATH:-{shlex.quote(str(ROOT))}}}"
    script.write_text(f'#!/bin/sh\n{ours} exec {shlex.quote(sys.executable)} -m lambdabuild "$@"\n')
    script.chmod(0o755)
    environ = {name: value for name, value in Cli().env.items() if name != "PYTHONPATH"}
    return {**environ, "PATH": f"{folder}{os.pathsep}{environ['PATH']}"}

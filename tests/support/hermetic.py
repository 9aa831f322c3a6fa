"""An action alone: its input tree on disk and its own command, as a cluster would run it."""

import shutil
import subprocess
from pathlib import Path

from lambdabuild.model.plan import Action, Toolchain


def run_alone(action: Action, toolchain: Toolchain, folder: Path, *, gocache: Path) -> bytes:
    """Write the input tree of `action` below `folder`, run its argv with its environment alone; the binary.

    Only `gocache` is shared with other builds, since the standard library is slow to compile; go keys it by content.
    """
    root = folder / "root"
    for file in action.inputs.files:
        path = root / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content if file.source is None else file.source.read_bytes())
        path.chmod(0o755 if file.executable else 0o644)
    for tree in action.inputs.trees:
        path = root / tree.path
        path.parent.mkdir(parents=True, exist_ok=True)
        if tree.source is None:
            path.symlink_to(toolchain.root)
        else:
            shutil.copytree(tree.source, path)
    (root / "cache").mkdir()
    (root / "cache" / "go").symlink_to(gocache)
    working_directory = root / action.command.working_directory
    done = subprocess.run(
        action.command.argv,
        cwd=working_directory,
        env=dict(action.command.env),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return (working_directory / action.command.outputs[0]).read_bytes()

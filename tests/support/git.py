"""Real repositories and checkouts, with no settings but those that a test gives."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.gates import require

ALONE: Mapping[str, str] = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_{what}": "somebody" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}
"""The environment of a git that nobody has set up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A working tree."""

    folder: Path

    def git(self, *arguments: str) -> str:
        """Run git in it; what is on stdout."""
        done = subprocess.run(
            [require("git"), "-c", "protocol.file.allow=always", *arguments],
            cwd=self.folder,
            env={**os.environ, **ALONE},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def commit(self) -> None:
        """Commit all that is there."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "all")

    def clone(self, folder: Path, *settings: str) -> "Checkout":
        """Check the same commit out elsewhere, with `settings` of that repository (`core.autocrlf=true`)."""
        told = [word for setting in settings for word in ("--config", setting)]
        self.git("clone", "--quiet", "--no-hardlinks", *told, str(self.folder), str(folder))
        return Checkout(folder=folder)

    def again(self, *names: str) -> None:
        """Remove files and check them out anew."""
        for name in names:
            (self.folder / name).unlink()
        self.git("checkout", "--", *names)


def repository(folder: Path) -> Checkout:
    """What is in `folder`, committed."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Checkout(folder=folder)
    made.git("init", "--quiet")
    made.commit()
    return made

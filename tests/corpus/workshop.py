"""Makes artifacts with the tools of this machine, each once for a version of its recipe."""

import json
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from shutil import rmtree

from lambdabuild.model.platform import Architecture
from tests.corpus.recipe import COMPILERS, Artifact
from tests.support.cli import ROOT
from tests.support.gates import require
from tests.support.golang import BY_HAND, GO
from tests.support.standins import AL2, AL2023, AL2023_2023_6, Release, stub_root
from tests.support.standins.cache import fetched_once, recipe
from tests.support.standins.debian import libraries

WORKSHOP = Path(os.environ.get("LAMBDABUILD_TEST_CORPUS", ROOT / ".services" / "corpus"))
PROGRAMS = (
    "aarch64-linux-gnu-g++",
    "aarch64-linux-gnu-gcc",
    "ar",
    "g++",
    "gcc",
    "python3",
    "unzip",
    "zip",
)
"""What commands are written with, beside go and what every system has."""

_PLACE = re.compile("-[0-9a-f]{12}")
_MACHINES = {Architecture.AMD64: "x86_64", Architecture.ARM64: "aarch64"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """`go` is the root of the Go that compiles."""

    go: Path

    def make(self, artifact: Artifact) -> Path:
        """The folder of an artifact, in which its recipe was followed. Of older recipes nothing stays."""
        place = place_of(artifact)
        if not (WORKSHOP / place).is_dir():
            for old in WORKSHOP.glob(f"{artifact.slug}-*"):
                if old.name != place and _PLACE.fullmatch(old.name.removeprefix(artifact.slug)):
                    rmtree(old, ignore_errors=True)
        return fetched_once(place, lambda folder: self._follow(artifact, folder), cache=WORKSHOP)

    def _follow(self, artifact: Artifact, folder: Path) -> None:
        for name, content in {**artifact.recipe.files, **artifact.recipe.given}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        script = "\n".join(["set -eu", *artifact.recipe.commands])
        done = subprocess.run(
            ["sh", "-c", script],
            cwd=folder,
            env=self._environment(artifact.architecture),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{artifact.slug}:\n{script}\n{done.stdout}{done.stderr}"

    def _environment(self, architecture: Architecture) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if not name.startswith(("GO", "CGO"))}
        kept = {name: os.environ[name] for name in ("GOPROXY", "GONOSUMDB", "GOPRIVATE") if name in os.environ}
        return {
            **ours,
            **kept,
            **words(architecture),
            **_folders(architecture),
            **BY_HAND,
            "GOENV": "off",
            "LC_ALL": "C.UTF-8",
            "PATH": f"{self.go / 'bin'}:{os.environ['PATH']}",
            "PYTHONWARNINGS": "ignore",
        }


def words(architecture: Architecture) -> Mapping[str, str]:
    """What stands for the variables of commands that are about the CPU."""
    ours = COMPILERS[architecture]
    other = COMPILERS[Architecture(ours["OTHER"])]
    return {**ours, "MACHINE": _MACHINES[architecture], "OTHER_CC": other["CC"]}


def place_of(artifact: Artifact) -> str:
    """The name of its folder: by all that decides what is made."""
    made_of = artifact.recipe
    tools = [words(artifact.architecture), _compiler(), GO, BY_HAND["GOFLAGS"]]
    parts = [made_of.files, made_of.given, made_of.commands, *tools, recipe()]
    return f"{artifact.slug}-{sha256(json.dumps(parts).encode()).hexdigest()[:12]}"


@cache
def _compiler() -> str:
    return subprocess.run([require("gcc"), "--version"], capture_output=True, text=True, check=True).stdout


def _folders(architecture: Architecture) -> dict[str, str]:
    """Folders with the libraries of the images, and of Debian."""
    return {
        **{name: str(stub_root(one, architecture) / "usr/lib64") for name, one in (("AL2", AL2), ("AL2023", AL2023))},
        "BULLSEYE": str(_debian(AL2) / architecture),
        "DEBIAN": str(_debian(AL2023_2023_6) / architecture),
    }


def _debian(release: Release) -> Path:
    return libraries(release.suite, release.packages)

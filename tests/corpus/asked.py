"""Asks a real loader, or the kernel, of an artifact: it is unpacked in a running stand-in and started there."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from lambdabuild.model.platform import Architecture, host_platform
from tests.corpus.images import RELEASES
from tests.corpus.recipe import Artifact, Oracle
from tests.support.gates import require
from tests.support.standins import AL2, AL2023, Release, loader_says, own_root, running_root, runs
from tests.support.standins.roots import EMULATORS

_USER = "sbx_user1051"
"""Whom Lambda runs programs as, by the image's /etc/passwd."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What came of it: the exit code, negative for a signal, what was printed, and whether the loader's trace is clean.

    `loads` is None where the loader was not asked for a trace.
    """

    code: int
    printed: str
    loads: bool | None = None


def ask(artifact: Artifact, made: Path, folder: Path) -> Asked:
    """Start what the oracle of its recipe names, in a root at `folder`; `made` is where the recipe was followed."""
    oracle = artifact.recipe.oracle
    assert oracle is not None
    root = own_root(running_root(release_of(artifact), artifact.architecture), folder)
    _put(made / artifact.recipe.artifact, root, "opt" if artifact.recipe.artifact == "layer.zip" else "var/task")
    for layer in artifact.recipe.layers:
        _put(made / layer, root, "opt")
    done = _started(root, oracle, artifact.architecture)
    loads = None
    if oracle.traced and not oracle.cpu:
        environ = _origin(oracle)
        loads = loader_says(root, oracle.program, architecture=artifact.architecture, environ=environ).loads
    return Asked(code=done.returncode, printed=done.stdout + done.stderr, loads=loads)


def release_of(artifact: Artifact) -> Release:
    """The one whose image it is judged on, or would be."""
    if artifact.recipe.image is not None:
        return RELEASES[artifact.recipe.image]
    return AL2 if artifact.recipe.runtime == "provided.al2" else AL2023


def speaks(artifact: Artifact) -> bool:
    """Whether what refuses the program says why: QEMU has no words for what the kernel would say."""
    oracle = artifact.recipe.oracle
    assert oracle is not None
    return oracle.starts or oracle.traced or artifact.architecture.platform == host_platform()


def _put(what: Path, root: Path, place: str) -> None:
    """Unpack it as Lambda does; a file that is no zip is the program itself."""
    if what.is_dir():
        shutil.copytree(what, root / place, symlinks=True, dirs_exist_ok=True)
    elif what.suffix == ".zip":
        argv = [require("unzip"), "-q", "-o", str(what), "-d", str(root / place)]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        assert done.returncode in (0, 1), done.stderr  # 1 is a warning
    else:
        shutil.copy(what, root / place)


def _started(root: Path, oracle: Oracle, architecture: Architecture) -> subprocess.CompletedProcess[str]:
    if oracle.user:
        arguments = ["su", "-s", "/bin/sh", "-c", oracle.program, _USER]
        return runs(root, "/bin/busybox", architecture, arguments=arguments)
    if not oracle.cpu:
        return runs(root, oracle.program, architecture, environ=_origin(oracle))
    if host_platform() != architecture.platform:
        return runs(root, oracle.program, architecture, environ={"QEMU_CPU": oracle.cpu})
    emulator = EMULATORS[architecture]
    shutil.copy(require(emulator), root / "usr/bin")
    return runs(root, f"/usr/bin/{emulator}", architecture, arguments=["-cpu", oracle.cpu, oracle.program])


def _origin(oracle: Oracle) -> dict[str, str]:
    """What `$ORIGIN` is, which the loader asks of /proc; that is not mounted there (elf/dl-origin.c)."""
    return {"LD_ORIGIN_PATH": str(Path(oracle.program).parent)}

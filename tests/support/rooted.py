"""Programs in a root of their own, of either CPU, with the scripts that they run and the programs that those run."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from lambdabuild.model.platform import Architecture, host_platform
from tests.support.gates import need, require
from tests.support.standins.cache import fetched_once
from tests.support.standins.debian import download
from tests.support.standins.oracle import ENTER
from tests.support.standins.roots import EMULATORS

SHELLS = {"dash": "/bin/dash", "bash": "/bin/bash", "busybox": "/bin/busybox"}
"""What `/bin/sh` may be; bash by that name is in POSIX mode, as on Amazon Linux."""

_PACKAGES = ("bash", "busybox-static", "coreutils", "dash", "libacl1", "libattr1", "libc6", "libgmp10", "libpcre2-8-0",
             "libselinux1", "libssl3", "libtinfo6")  # fmt: skip

# A user namespace has a binfmt_misc of its own since Linux 6.7: nothing of the machine is changed.
_BINFMT = """\
set -e
mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
cat "$1" >/proc/sys/fs/binfmt_misc/register
shift
exec "$@"
"""
_CONFIGURATION = Path("/usr/lib/binfmt.d")


def debian_root(architecture: Architecture) -> Path:
    """Debian with all of `SHELLS` and `uname`, to be changed by no one."""

    def make(root: Path) -> None:
        work = root / "work"
        work.mkdir()
        download("bookworm", [f"{name}:{architecture}" for name in _PACKAGES], work)
        for package in sorted(work.glob(f"*_{architecture}.deb")):
            subprocess.run([require("dpkg-deb"), "-x", package, root], check=True)
        subprocess.run(["rm", "-r", work], check=True)
        (root / "var/task").mkdir(parents=True, exist_ok=True)

    return fetched_once(f"debian/shells-{architecture}", make)


def entering(root: Path, argv: list[str], environ: Mapping[str, str], architecture: Architecture) -> list[str]:
    """The command line that runs `argv` in `root` and its /var/task, with `environ` alone."""
    inside = [sys.executable, "-I", "-S", "-c", ENTER, str(root), json.dumps(dict(environ)), *argv]
    alone = [require("unshare"), "--user", "--map-root-user", "--mount", "--"]
    if host_platform() == architecture.platform:
        return [*alone, *inside]
    configuration = _CONFIGURATION / f"{EMULATORS[architecture].removesuffix('-static')}.conf"
    need(configuration.is_file(), "needs qemu-user-static: run make services")
    return [*alone, "sh", "-c", _BINFMT, "sh", str(configuration), *inside]

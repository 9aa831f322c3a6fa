"""Both flavours of an image's root folder: the exact stub, and the one that runs."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from lambdabuild.model.platform import Architecture, host_platform
from tests.support.gates import require
from tests.support.standins.cache import made_once
from tests.support.standins.debian import libraries
from tests.support.standins.library import Library
from tests.support.standins.overwrite import overwrite
from tests.support.standins.release import LOADERS, MULTIARCH, Release
from tests.support.standins.stub import Stubs
from tests.support.standins.tree import write_tree

EMULATORS = {Architecture.AMD64: "qemu-x86_64-static", Architecture.ARM64: "qemu-aarch64-static"}


def stub_root(release: Release, architecture: Architecture) -> Path:
    """The tree of the image, with stubs for libraries: every (symbol, node) is the real one's, and nothing runs."""
    return made_once(f"stub/{release.name}-{architecture}", lambda root: _stub(release, architecture, root))


def running_root(release: Release, architecture: Architecture) -> Path:
    """The tree of the image with Debian's libraries, in which the nodes above the cut have other names.

    To be changed by no one: see `own_root`. Where the CPU is foreign, /usr/bin has the emulator too.
    GLIBC_ABI_DT_RELR keeps its name, since glibc's own libraries are not loaded without it.
    """
    return made_once(f"running/{release.name}-{architecture}", lambda root: _running(release, architecture, root))


def own_root(root: Path, folder: Path) -> Path:
    """A root at `folder` to put files into. Files of the two are the same, where the file system can: do not edit."""
    shutil.copytree(root, folder, symlinks=True, copy_function=_link_or_copy)
    return folder


def emulator(architecture: Architecture) -> str | None:
    """The program in a running root that runs programs of a foreign CPU."""
    return None if host_platform() == architecture.platform else f"/usr/bin/{EMULATORS[architecture]}"


def _stub(release: Release, architecture: Architecture, root: Path) -> None:
    real = libraries(release.suite, release.packages) / architecture
    with TemporaryDirectory(prefix="standins-") as temporary:
        stubs = Stubs(architecture, Path(temporary))

        def put(library: Library, _: Path, target: Path) -> None:
            stubs.make(library, target)

        write_tree(release, real, LOADERS[architecture], root, put)


def _running(release: Release, architecture: Architecture, root: Path) -> None:
    def put(_: Library, real: Path, target: Path) -> None:
        shutil.copyfile(real, target)
        target.chmod(0o755)
        overwrite(target, release.cuts)

    real = libraries(release.suite, release.packages) / architecture
    write_tree(release, real, LOADERS[architecture], root, put)
    # Debian's loader looks here by default, Amazon's in lib64.
    (root / "usr/lib" / MULTIARCH[architecture]).symlink_to("../lib64")
    if path := emulator(architecture):
        shutil.copy(require(EMULATORS[architecture]), root / path.lstrip("/"))


def _link_or_copy(source: str, target: str) -> None:
    try:
        Path(target).hardlink_to(source)
    except OSError:
        shutil.copy2(source, target)

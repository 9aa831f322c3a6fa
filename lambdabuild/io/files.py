"""Files that appear whole or not at all."""

import errno
import fcntl
import os
import secrets
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock, Timeout

from lambdabuild.errors import EnvironmentFailure

TEMPORARY_PREFIX = ".lambdabuild-"
"""How files are named that are not yet whole."""

_SUFFIX = ".tmp"

_NO_LINKS = frozenset([errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS])
"""What link(2) says on FAT, and in folders that a virtual machine shares."""


@contextmanager
def replacing(
    path: Path, *, mode: int = 0o644, scratch: Path | None = None, name: Callable[[Path, Path], object] = Path.replace
) -> Iterator[BinaryIO]:
    """Write `path` through a temporary file beside it, or in `scratch`: fsync, then rename, by `name`. On an exception
    nothing changes. `scratch` is on the same disk, and whose it is sweeps it after a kill.

    The folder is made where it is absent. A full disk or a read-only folder is an EnvironmentFailure.
    """
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary, new = _held(scratch or path.parent)
        with new as stream:
            yield stream
            stream.flush()
            os.fchmod(stream.fileno(), mode)
            os.fsync(stream.fileno())
            name(temporary, path)
        sync_folder(path.parent)
    except OSError as error:
        raise EnvironmentFailure(
            f"`{path}` cannot be written: {error.strerror or error}",
            hint="check the free space and the permissions of its folder",
        ) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def write_atomically(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """`replacing`, for bytes at hand."""
    with replacing(path, mode=mode) as stream:
        stream.write(content)


def write_new(path: Path, content: bytes, *, exists: Exception) -> None:
    """`write_atomically`, for a file that must not be there: else `exists` is raised, and nothing changes.

    It is linked to its name once it is whole, which replaces nothing that another process has made meanwhile.
    """

    def name_new(temporary: Path, path: Path) -> None:
        try:
            _link_new(temporary, path)
        except FileExistsError:
            raise exists from None

    with replacing(path, name=name_new) as stream:
        stream.write(content)


def _link_new(temporary: Path, path: Path) -> None:
    """FileExistsError where something has the name. Without hard links it is taken first, by an empty file."""
    try:
        path.hardlink_to(temporary)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        path.open("xb").close()
        temporary.replace(path)


def sweep_unfinished(folder: Path) -> None:
    """Remove what `replacing` left in a folder when it was killed; what a live process writes is held by it."""
    for left in folder.glob(f"{TEMPORARY_PREFIX}*{_SUFFIX}"):
        with suppress(OSError), left.open("rb") as stream:
            if _hold(stream):
                left.unlink(missing_ok=True)


def _held(folder: Path) -> tuple[Path, BinaryIO]:
    """A new file that is held; another one where a sweep took it before it was."""
    while True:
        descriptor, name = tempfile.mkstemp(prefix=TEMPORARY_PREFIX, suffix=_SUFFIX, dir=folder)
        stream = os.fdopen(descriptor, "wb")
        with suppress(OSError):
            fcntl.flock(stream, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return Path(name), stream
        stream.close()


def _hold(stream: BinaryIO) -> bool:
    """Until it is closed, or its process ends; False where another one does. Some filesystems know no such thing."""
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextmanager
def scratch_folder(home: Path) -> Iterator[Path]:
    """A fresh folder below `home` that is gone afterwards. What killed processes left there is swept away first.

    A folder is in use for as long as the lock beside it is held, which ends with its process. One that cannot be
    removed, since a process that survived writes to it still, keeps its lock file, and the next sweep tries again.
    """
    _sweep(home)
    folder = home / secrets.token_hex(8)
    lock = scratch_lock(folder)
    with FileLock(lock):
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            _clear(lock)


def scratch_lock(folder: Path) -> Path:
    """The lock that is held for as long as a scratch folder is in use."""
    return folder.with_suffix(".lock")


def _sweep(home: Path) -> None:
    for lock in home.glob("*.lock"):
        with suppress(Timeout, OSError), FileLock(lock, timeout=0):
            _clear(lock)


def _clear(lock: Path) -> None:
    with suppress(OSError):
        remove_tree(lock.with_suffix(""))
        lock.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` last through a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_tree(folder: Path) -> None:
    """Remove a tree even where its folders may not be written or listed; one that is not there is fine.

    However deep it is: what is compiled may nest folders as it likes.
    """
    if not folder.is_dir():
        return
    folders = [folder]
    for one in folders:
        one.chmod(stat.S_IRWXU)
        with os.scandir(one) as found:
            for entry in found:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(Path(entry.path))
                else:
                    Path(entry.path).unlink()
    for one in reversed(folders):
        one.rmdir()


def visible_files(folder: Path) -> frozenset[str]:
    """The names that go looks at in a package's folder: files that do not begin with `.` or `_`."""
    with os.scandir(folder) as found:
        return frozenset(one.name for one in found if not one.name.startswith((".", "_")) and not one.is_dir())

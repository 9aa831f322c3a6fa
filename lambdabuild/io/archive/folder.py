"""A folder that is to become a zip, as SAM, CDK and Terraform take one."""

import os
import stat
from collections import deque
from itertools import islice
from pathlib import Path

from lambdabuild.errors import UsageError
from lambdabuild.io.archive.contents import Contents, special
from lambdabuild.io.archive.faults import FaultError
from lambdabuild.io.archive.limits import MOST_ENTRIES
from lambdabuild.io.archive.names import plain, shown, target_of
from lambdabuild.model.artifact import FaultKind, Opened


def open_folder(path: Path) -> Opened:
    """List a folder, upper levels first, with the modes of the disk. What is wrong in it is a Fault.

    Symbolic links are told of and never followed. A file that may not be read is an entry all the same. UsageError
    where the folder itself cannot be listed.
    """
    folder = _Folder()
    try:
        folder.read(path)
    except OSError as error:
        raise UsageError(
            f"`{path}` cannot be read: {error.strerror or error}", hint="check the path and its permissions"
        ) from error
    return folder.contents.opened()


class _Folder:
    def __init__(self) -> None:
        self.contents = Contents()
        self._left = MOST_ENTRIES
        self._todo: deque[tuple[str, str]] = deque()

    def read(self, root: Path) -> None:
        """List it to the bottom; OSError where the root cannot be listed."""
        self._list(str(root), "")
        while self._todo:
            path, name = self._todo.popleft()
            try:
                self._list(path, f"{name}/")
            except OSError as error:
                self.contents.faults.add(FaultKind.UNREADABLE, name, reason=_reason(error))

    def _list(self, path: str, prefix: str) -> None:
        with os.scandir(path) as found:
            children = sorted(islice(found, self._left + 1), key=lambda child: child.name)
        if len(children) > self._left:
            children.pop()
            self.contents.faults.add(FaultKind.TOO_MUCH, what="files", limit=str(MOST_ENTRIES))
        self._left -= len(children)
        for child in children:
            self._add(prefix + child.name, child)

    def _add(self, written: str, child: os.DirEntry[str]) -> None:
        faults = self.contents.faults
        try:
            name = plain(written)
        except FaultError as fault:
            faults.take(fault, shown(written))
            return
        if "\\" in child.name:
            faults.add(FaultKind.BACKSLASH, name)
        try:
            self._take(name, child)
        except FaultError as fault:
            faults.take(fault, name)
            self.contents.add_unread(name)
        except OSError as error:
            faults.add(FaultKind.UNREADABLE, name, reason=_reason(error))
            self.contents.add_unread(name)

    def _take(self, name: str, child: os.DirEntry[str]) -> None:
        status = child.stat(follow_symlinks=False)
        if stat.S_ISREG(status.st_mode):
            self.contents.add_file(name, mode=status.st_mode, source=Path(child.path), size=status.st_size)
        elif stat.S_ISDIR(status.st_mode):
            self.contents.add_folder(name, status.st_mode)
            self._todo.append((child.path, name))
        elif stat.S_ISLNK(status.st_mode):
            self.contents.add_link(name, target_of(os.fsencode(os.readlink(child.path))))  # noqa: PTH115 - Path tidies the target
        else:
            raise special(status.st_mode)


def _reason(error: OSError) -> str:
    return error.strerror or str(error)

"""The inventory of a folder that lies on disk as the root of a system: what the real loader finds, and nothing else."""

import os
import stat
from collections.abc import Collection, Iterable
from pathlib import Path, PurePosixPath

from lambdabuild.image.inventory import Facts, Looker, inventory_of
from lambdabuild.image.rootfs import File, Root
from lambdabuild.model.abi import Inventory
from lambdabuild.model.platform import Architecture


def inventory_at(
    root: Path, architecture: Architecture, *, below: Iterable[str] = ("/",), environment: Iterable[str] = ()
) -> Inventory:
    """Look at every file `below` these folders of the root, as an image's are looked at."""
    platform = architecture.platform
    walked = _Walk(root, Looker(platform))
    for folder in below:
        walked.walk(folder)
    return inventory_of(walked.root(), manifest="", platform=platform, environment=environment)


class _Walk:
    def __init__(self, root: Path, look: Looker) -> None:
        self._root = root
        self._look = look
        self._files: dict[str, File[Facts]] = {}
        self._links: dict[str, str] = {}
        self._folders: dict[str, Collection[str]] = {}
        self._others: set[str] = set()
        self._inodes: dict[tuple[int, int], File[Facts]] = {}

    def root(self) -> Root[Facts]:
        return Root(files=self._files, links=self._links, folders=self._folders, others=self._others)

    def walk(self, path: str) -> None:
        """`path` itself, and what is below where it is a folder. Links are taken down, and not followed."""
        self._folders.update({str(parent): () for parent in PurePosixPath(path).parents})
        waiting = [path]
        while waiting:
            here = waiting.pop()
            place = self._root / here.lstrip("/")
            status = place.lstat()
            if stat.S_ISLNK(status.st_mode):
                self._links[here] = str(place.readlink())
            elif stat.S_ISDIR(status.st_mode):
                names = sorted(each.name for each in place.iterdir())
                self._folders[here] = names
                waiting += (f"{here.rstrip('/')}/{name}" for name in names)
            elif stat.S_ISREG(status.st_mode):
                self._files[here] = self._file(here, place, status)
            else:
                self._others.add(here)

    def _file(self, path: str, place: Path, status: os.stat_result) -> File[Facts]:
        inode = status.st_dev, status.st_ino
        if inode not in self._inodes:
            with place.open("rb") as stream:
                facts = self._look(path, status.st_size, stream)
            self._inodes[inode] = File(mode=stat.S_IMODE(status.st_mode), size=status.st_size, facts=facts)
        return self._inodes[inode]

"""A filesystem that lies in memory, and what the entries of layers do to it.

OCI image specification 1.1, layer.md, "Applying Changesets". Where that is silent, this does as umoci, which tests hold
it against: the folders of an entry's name are followed through links, inside the root, and made where they are absent;
its last name is never followed, and what was there before goes, but that a folder stays where a folder comes.
"""

import posixpath
from typing import Generic, TypeVar

from lambdabuild.image.stream import DamagedImageError
from lambdabuild.io.links import LONGEST_PATH, resolve
from lambdabuild.io.registry.fields import quoted

_NODE = 400
_T = TypeVar("_T")


class Tree(Generic[_T]):
    """What is where, by real path. `folders` has the names in each folder, from `/` on.

    `memory`: the bytes that paths and targets may take, roughly.
    """

    def __init__(self, memory: int) -> None:
        self.files: dict[str, _T] = {}
        self.links: dict[str, str] = {}
        self.others: set[str] = set()
        self.folders: dict[str, set[str]] = {"/": set()}
        self._about = ""
        self._fresh: set[str] = set()
        self._cleared: set[str] = set()
        self._memory = memory

    def begin(self, about: str) -> None:
        """What comes now is of the next layer, which errors call `about`."""
        self._about = about
        self._fresh = {"/"}
        self._cleared = set()

    def damaged(self, problem: str) -> DamagedImageError:
        """What to raise of the layer at hand, in words that go on after its name."""
        return DamagedImageError(self._about, problem)

    def place(self, path: str) -> str:
        """Where `path` is once the links to its folder have been followed, whether or not it is there."""
        parent, name = posixpath.split(path)
        if parent in self.folders:
            return path
        followed = resolve(parent, self.links)
        if followed is None:
            raise self.damaged(f"has an entry {quoted(path)} below a link that leads nowhere")
        return posixpath.join(followed, name)

    def add_file(self, path: str, file: _T) -> None:
        """Put a file there."""
        self._clear(path)
        self.files[path] = file

    def add_symlink(self, path: str, target: str) -> None:
        """Put a symbolic link there."""
        if not 0 < len(target) <= LONGEST_PATH:
            raise self.damaged(f"has a link {quoted(path)} with a target of {len(target)} characters")
        self._clear(path)
        self._count(target)
        self.links[path] = target

    def add_other(self, path: str) -> None:
        """Put a device or a pipe there."""
        self._clear(path)
        self.others.add(path)

    def add_folder(self, path: str) -> None:
        """Put a folder there; one that is there stays as it is."""
        if path not in self.folders:
            self._clear(path)
            self.folders[path] = set()
        self._touch(path)

    def add_hard_link(self, path: str, target: str) -> None:
        """Put what is at `target` there a second time: a file, a link or a device, of this layer or a lower one."""
        self._clear(path)
        source = self.place(target)
        if (file := self.files.get(source)) is not None:
            self.files[path] = file
        elif (link := self.links.get(source)) is not None:
            self.links[path] = link
        elif source in self.others:
            self.others.add(path)
        else:
            raise self.damaged(f"has a hard link {quoted(path)} to {quoted(target)}, where no file is")

    def white_out(self, path: str) -> None:
        """Take away what lower layers have there; what this layer put there, or below, stays."""
        if path in self._fresh:
            self.make_opaque(path)
        else:
            self._remove(path)

    def make_opaque(self, folder: str) -> None:
        """Take away what lower layers have in a folder. None of it can come back: each folder is looked at once."""
        waiting = [folder]
        while waiting:
            here = waiting.pop()
            names = self.folders.get(here)
            if names is None or here in self._cleared:
                continue
            self._cleared.add(here)
            for path in [posixpath.join(here, name) for name in names]:
                if path in self._fresh:
                    waiting.append(path)
                else:
                    self._remove(path)

    def _clear(self, path: str) -> None:
        """Make room at `path`: its folders are there, and it is not."""
        if path == "/":
            raise self.damaged("puts something in the place of the root folder")
        parent, name = posixpath.split(path)
        self._make_folders(parent)
        self._remove(path)
        self._count(path)
        self.folders[parent].add(name)
        self._touch(path)

    def _make_folders(self, path: str) -> None:
        missing = []
        while path not in self.folders:
            if path in self.files or path in self.links or path in self.others:
                raise self.damaged(f"has an entry below {quoted(path)}, which is no folder")
            missing.append(path)
            path = posixpath.dirname(path)
        for folder in reversed(missing):
            self._count(folder)
            self.folders[folder] = set()
            self.folders[posixpath.dirname(folder)].add(posixpath.basename(folder))

    def _remove(self, path: str) -> None:
        """Whatever is there, and all that is below."""
        parent, name = posixpath.split(path)
        self.folders.get(parent, set()).discard(name)
        waiting = [path]
        while waiting:
            here = waiting.pop()
            waiting += (posixpath.join(here, name) for name in self.folders.pop(here, ()))
            self.files.pop(here, None)
            self.links.pop(here, None)
            self.others.discard(here)

    def _touch(self, path: str) -> None:
        """This layer has it, and so the folders above."""
        while path not in self._fresh:
            self._fresh.add(path)
            path = posixpath.dirname(path)

    def _count(self, text: str) -> None:
        if len(text) > LONGEST_PATH:
            raise self.damaged(f"has a path of {len(text)} characters")
        self._memory -= len(text) + _NODE
        if self._memory < 0:
            raise self.damaged("has more names than an image can have")

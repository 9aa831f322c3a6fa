"""From an image's files to its ABI inventory."""

import mmap
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from lambdabuild.errors import EnvironmentFailure
from lambdabuild.image import cache, packages
from lambdabuild.image.rootfs import Readable, Root
from lambdabuild.io.elf import Content, read_elf, read_linkage
from lambdabuild.model.abi import LOADERS, Inventory, SharedObject
from lambdabuild.model.contents import Packages
from lambdabuild.model.elf import ElfFacts, ElfType, Linkage
from lambdabuild.model.platform import Architecture

_IN_MEMORY: Final = 16 << 20
"""Bytes of a library that are held in memory; a larger one goes through a file that has no name."""

_LARGEST: Final = 4 << 30
"""Bytes of a library that is looked at."""

_MOST_NAMES: Final = 1 << 27
"""Bytes of memory that the symbols of an image take, roughly; those of 300 libraries take a fifteenth."""

_NAME = 48
_LARGEST_CACHE = 16 << 20
_MOST_DATABASES: Final = 4 * packages.LARGEST
"""Bytes of the databases of packages in all layers; a new one hides the old, and is far smaller than this."""

_CHUNK = 1 << 20
_ZEROS = bytes(_CHUNK)
_ANY_MAY_RUN = 0o111
_OF_PATHS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.+-/"
_MOST_PATHS, _LONGEST_PATH, _MOST_DIRECTORIES = 4096, 256, 8
_DEFAULT_DIRECTORIES = ("/lib64", "/usr/lib64")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is remembered of a file: a library, the loader's own directories, the paths of ld.so.cache.

    `database` are the bytes of a database of packages; none of one that is too large.
    """

    object: SharedObject | None = None
    directories: tuple[str, ...] = ()
    cache: Mapping[str, str] | None = None
    database: bytes | None = None


class Looker:
    """Looks at each file of an image for one platform, once, as it passes by."""

    def __init__(self, platform: str) -> None:
        self._architecture = Architecture.of_platform(platform)
        self._left = _MOST_NAMES
        self._databases = _MOST_DATABASES

    def __call__(self, path: str, size: int, stream: Readable) -> Facts | None:
        """What is worth remembering of a file. EnvironmentFailure where all together are too much."""
        if path == cache.PATH:
            return Facts(cache=cache.read_cache(stream.read(_LARGEST_CACHE), self._architecture))
        if path in packages.FILES:
            return Facts(database=self._database(size, stream))
        head = stream.read(4)
        if head != b"\x7fELF" or size > _LARGEST:
            return None
        if size <= _IN_MEMORY:
            return self._elf(head + stream.read())
        with tempfile.TemporaryFile() as file:
            file.write(head)
            while chunk := stream.read(_CHUNK):
                if chunk == _ZEROS:  # a hole, which takes no room
                    file.seek(_CHUNK, os.SEEK_CUR)
                else:
                    file.write(chunk)
            file.truncate(size)
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                return self._elf(content)

    def _database(self, size: int, stream: Readable) -> bytes:
        if size > min(packages.LARGEST, self._databases):
            return b""
        self._databases -= size
        return stream.read()

    def _elf(self, content: Content) -> Facts | None:
        elf = read_elf(content)
        if (
            not isinstance(elf, ElfFacts)
            or elf.architecture is not self._architecture
            or elf.type is not ElfType.SHARED
            or elf.dynamic is None
            or elf.dynamic.pie
        ):
            return None
        linkage = read_linkage(content, elf, references=False)  # what an image asks of itself is not judged
        if not isinstance(linkage, Linkage):
            return None
        self._count(linkage)
        known = SharedObject.of(elf.dynamic, linkage)
        loader = elf.soname is not None and elf.soname in _LOADER_NAMES
        return Facts(object=known, directories=_own_directories(content) if loader else ())

    def _count(self, linkage: Linkage) -> None:
        groups = [each.names for each in linkage.exports]
        self._left -= sum(sum(map(len, names)) + _NAME * len(names) for names in groups)
        if self._left < 0:
            raise EnvironmentFailure(
                f"the libraries of the image have more than {_MOST_NAMES} bytes of symbols",
                hint="give the image of a runtime: it has a tenth of that",
            )


def inventory_of(root: Root[Facts], *, manifest: str, platform: str, environment: Iterable[str]) -> Inventory:
    """Bring together what the looker remembered. `environment` is the config's Env."""
    files = dict(sorted(root.files.items()))
    known = {path: file.facts for path, file in files.items() if file.facts is not None}
    loader = root.resolve(LOADERS[platform])
    cached = root.resolve(cache.PATH)
    found = known.get(cached) if cached else None
    return Inventory(
        manifest=manifest,
        platform=platform,
        loader=loader,
        environment=environment_of(environment),
        directories=(known[loader].directories if loader in known else ()) or _DEFAULT_DIRECTORIES,
        cache=(found.cache if found else None) or {},
        links=dict(sorted(root.links.items())),
        programs=frozenset(
            path
            for path, file in files.items()
            if file.mode & _ANY_MAY_RUN and (file.facts is None or file.facts.object is None)
        ),
        objects={path: facts.object for path, facts in known.items() if facts.object is not None},
    )


def environment_of(lines: Iterable[str]) -> dict[str, str]:
    """Of a config's Env, the value of each name."""
    return dict(sorted(line.partition("=")[::2] for line in lines))


def packages_in(root: Root[Facts]) -> Packages:
    """What is installed, by the database that no upper layer hides."""
    files: dict[str, bytes | None] = {}
    for path in packages.FILES:
        file = root.files.get(root.resolve(path) or "")
        content = file.facts.database if file and file.facts else None
        if file and content is not None:
            files[path] = content if len(content) == file.size else None
    return packages.installed(files)


_LOADER_NAMES = frozenset(path.rpartition("/")[2] for path in LOADERS.values())


def _own_directories(content: Content) -> tuple[str, ...]:
    """The default directories that a loader was built with: elf/dl-load.c, system_dirs, ended by NULs, one by one."""
    best: list[bytes] = []
    run: list[bytes] = []
    slash = end = -1
    for _ in range(_MOST_PATHS):
        slash = content.find(b"/\0", slash + 1)
        if slash < 0:
            break
        before = content[max(0, slash - _LONGEST_PATH) : slash + 1]
        text = before[len(before.rstrip(_OF_PATHS)) :]
        path = text[text.find(b"/") :]
        run = [*run, path] if len(path) == len(text) == slash + 1 - end else [path]
        end = slash + len(b"/\0")
        if len(best) < len(run) <= _MOST_DIRECTORIES and all(b"/lib" in each for each in run):
            best = run
    return tuple(each.decode().rstrip("/") for each in best) if len(best) > 1 else ()

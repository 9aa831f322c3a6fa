"""Where the dynamic loader looks for a library, in its order. glibc: elf/dl-load.c, ld.so(8)."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import PurePosixPath
from typing import Final

from lambdabuild.model.abi import Inventory, SharedObject
from lambdabuild.model.platform import Architecture

TASK: Final = "/var/task"
"""Where Lambda unpacks a function, and where it starts it."""

_MOST = 1000
"""Directories of one path that are looked at, so that one made to take for ever does not."""

_TOKEN = re.compile(r"\$(?:(ORIGIN|LIB|PLATFORM)(?![A-Za-z0-9_])|\{(ORIGIN|LIB|PLATFORM)\})")
_PLATFORMS = {Architecture.AMD64: ("haswell", "x86_64"), Architecture.ARM64: ("aarch64",)}
"""AT_PLATFORM of Linux; but haswell on a CPU of Intel with AVX2, and on none of AMD (sysdeps/x86/cpu-features.c,
init_cpu_features). Lambda has both makers' CPUs, so what is found under either counts."""


class Directories:
    """The lists of one image: LD_LIBRARY_PATH, the cache, the default directories, and what `$LIB` stands for."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._architecture = inventory.architecture
        self._lib = (inventory.directories or ("/lib64",))[0].strip("/")

    def of(self, name: str, chain: Sequence[tuple[SharedObject, str]]) -> Iterator[str]:
        """Paths to try for `name`, which has no slash.

        `chain` is the object that needs it, then the one that loaded that one, and so on to the program, each with its
        `$ORIGIN`. DT_RPATH of all of them counts, unless the first has DT_RUNPATH, which is its own alone.
        """
        needs, origin = chain[0]
        if needs.runpath is None:
            for each, home in chain:
                if each.runpath is None and each.rpath is not None:
                    yield from _in(self.split(each.rpath, home), name)
        yield from _in(self.split(self._inventory.library_path.replace(";", ":"), chain[-1][1]), name)
        if needs.runpath is not None:
            yield from _in(self.split(needs.runpath, origin), name)
        cached = self._inventory.cache.get(name)
        if cached is not None and not (needs.nodeflib and self._is_default(cached)):
            yield cached
        if not needs.nodeflib:
            yield from _in(self._inventory.directories, name)

    def split(self, path: str, origin: str) -> Iterator[str]:
        """The directories of a path; an empty one is where the program was started."""
        for element in islice(dict.fromkeys(path.split(":")), _MOST) if path else ():
            yield from map(absolute, self.expand(element, origin))

    def expand(self, text: str, origin: str) -> Iterator[str]:
        """`text` with its tokens replaced; what else begins with a `$` stays as it is."""
        platforms = _PLATFORMS[self._architecture] if "PLATFORM" in text else ("",)
        for platform in platforms:
            values = {"ORIGIN": origin, "LIB": self._lib, "PLATFORM": platform}
            yield _TOKEN.sub(lambda match: values[match[1] or match[2]], text)  # noqa: B023

    def _is_default(self, path: str) -> bool:
        return any(path.startswith(f"{directory}/") for directory in self._inventory.directories)


def absolute(path: str) -> str:
    """A path from where Lambda starts programs."""
    return str(PurePosixPath(TASK, path))


def _in(directories: Iterator[str] | Sequence[str], name: str) -> Iterator[str]:
    for directory in directories:
        yield f"{directory.rstrip('/')}/{name}"

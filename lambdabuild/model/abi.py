"""The ABI inventory of a runtime image: what a program can load there, by the image's own files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

from lambdabuild.model.elf import Dynamic, Linkage
from lambdabuild.model.platform import Architecture

LOADERS: Final = {"linux/amd64": "/lib64/ld-linux-x86-64.so.2", "linux/arm64": "/lib/ld-linux-aarch64.so.1"}
"""The interpreter that gcc and Go write into programs (x86-64 psABI, 3.3; AArch64 in glibc's shlib-versions)."""

_MOST_DIGITS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedObject:
    """What the loader reads of one library. `rpath` and `runpath` are as written; see `Dynamic` for the flags.

    Of an image's libraries `linkage` has no references.
    """

    soname: str | None = None
    needed: tuple[str, ...] = ()
    rpath: str | None = None
    runpath: str | None = None
    nodeflib: bool = False
    linkage: Linkage = field(default_factory=Linkage)

    @classmethod
    def of(cls, dynamic: Dynamic, linkage: Linkage) -> Self:
        """The part of a file's facts that the loader looks at."""
        return cls(
            soname=dynamic.soname,
            needed=dynamic.needed,
            rpath=dynamic.rpath,
            runpath=dynamic.runpath,
            nodeflib=dynamic.nodeflib,
            linkage=linkage,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """One platform of one image.

    `manifest` is the digest of its manifest, `loader` the canonical path of its dynamic loader, if it has one.
    `objects` are its libraries for `platform` by canonical path, `links` its symbolic links as written, `programs` the
    other files that may be executed. `directories` are where the loader looks by itself, `cache` is ld.so.cache (the
    path of each soname), empty where there is none.
    """

    manifest: str
    platform: str
    loader: str | None
    environment: Mapping[str, str]
    directories: tuple[str, ...]
    cache: Mapping[str, str]
    links: Mapping[str, str]
    programs: frozenset[str]
    objects: Mapping[str, SharedObject]

    @property
    def architecture(self) -> Architecture:
        """The CPU of `platform`."""
        return Architecture.of_platform(self.platform)

    @property
    def library_path(self) -> str:
        """LD_LIBRARY_PATH of the image, which Lambda sets as well."""
        return self.environment.get("LD_LIBRARY_PATH", "")

    @property
    def glibc(self) -> str | None:
        """The newest node of its libc: `GLIBC_2.34`."""
        return newest(self._nodes("libc.so.6"), "GLIBC")

    @property
    def libstdcxx(self) -> str | None:
        """The newest node of its libstdc++: `GLIBCXX_3.4.33`."""
        return newest(self._nodes("libstdc++.so.6"), "GLIBCXX")

    def _nodes(self, soname: str) -> frozenset[str]:
        found = [known.linkage.nodes or frozenset() for known in self.objects.values() if known.soname == soname]
        return frozenset().union(*found)


def newest(nodes: frozenset[str], family: str) -> str | None:
    """The highest of the nodes `family_X.Y.Z`: `GLIBC_2.34`. Only for words: what loads is judged by membership."""
    numbered = [node for node in nodes if version_of(node, family)]
    return max(numbered, key=lambda node: version_of(node, family), default=None)


def version_of(node: str, family: str) -> tuple[int, ...]:
    """`(2, 34)` of `GLIBC_2.34`; empty for a node of another family, or one that is not numbered."""
    prefix, _, number = node.rpartition("_")
    parts = number.split(".")
    numbered = all(part.isdecimal() and part.isascii() and len(part) <= _MOST_DIGITS for part in parts)
    return tuple(map(int, parts)) if prefix == family and numbered else ()

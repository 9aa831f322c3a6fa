"""What moved: between two images of one platform, and for one image between two moments."""

from dataclasses import dataclass

from lambdabuild.model.abi import Inventory
from lambdabuild.model.contents import ImageContents, StoredLayer


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageView:
    """One platform of one image, as far as two are compared.

    `contents` is None of an image of which the inventory alone is known, since its registry has it no longer.
    """

    inventory: Inventory
    contents: ImageContents | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One fact by its name; None where it was not, or is no more."""

    name: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """A library that is in both images and defines other versions: `old` and `new` are all of its version nodes."""

    name: str
    old: frozenset[str]
    new: frozenset[str]

    @property
    def gained(self) -> frozenset[str]:
        """Version nodes that are new."""
        return self.new - self.old

    @property
    def lost(self) -> frozenset[str]:
        """Version nodes that are gone: a program that needs one does not start."""
        return self.old - self.new


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What moved between two images of one platform; all empty where only bytes did.

    Libraries are those that the loader finds by name: by soname, or by that of the file where they have none.
    `renamed` are those whose soname is another, from the one to the other: they are not in `added` and `removed`.
    `setup` is what an engine starts, where, and as whom; `layers` are those of the old image and those of the new one.
    These two and `packages` are None where either image is known by its inventory alone. `packages` is None also where
    either has no database of packages, or one that cannot be read, which `problem` tells.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    renamed: tuple[Moved, ...]
    changed: tuple[Library, ...]
    packages: tuple[Moved, ...] | None
    problem: str | None
    environment: tuple[Moved, ...]
    setup: tuple[Moved, ...] | None
    layers: tuple[tuple[StoredLayer, ...], tuple[StoredLayer, ...]] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformMove:
    """One platform of an image. `old` and `new` are digests of manifests, None where it was not, or is no more.

    `functions` are those that it is for, `judged` those of them whose artifacts are held against its libraries.
    `difference` is None where no one asked for it, or where `unknown` says why it cannot be told.
    """

    platform: str
    old: str | None
    new: str | None
    functions: tuple[str, ...] = ()
    judged: tuple[str, ...] = ()
    difference: Difference | None = None
    unknown: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of two images: what a user calls it, the digest of its index or manifest, and when it was made.

    An image of this machine has no digest that stands for all of its platforms; that of one in whose place a bot wrote
    another is not known.
    """

    name: str
    digest: str | None
    created: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageMove:
    """An image that was, and the one that is in its place.

    `unknown` says why the platforms that it had are not known; then `old` of every platform is None.
    """

    old: Side
    new: Side
    platforms: tuple[PlatformMove, ...]
    unknown: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What an image no longer has for one platform, and the functions that rely on it.

    `versions` of a library; without versions, the `library`; without a library, the platform. `unknown` says why it
    cannot be told what is lost.
    """

    image: str
    platform: str
    functions: tuple[str, ...]
    library: str | None = None
    versions: Library | None = None
    unknown: str | None = None

"""What an image holds besides its libraries: what its config says, its layers, and the packages of its own database."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Packages:
    """What an image's own package manager says is installed.

    `database` is the path of its database, None where there is none that we know. `versions` has under each name all
    that is installed of it, sorted as text: two kernels, or one library for two architectures. A version of an RPM
    package is `[epoch:]version-release.arch` (`2.34-117.amzn2023.0.1.x86_64`), one of a Debian package `version.arch`.
    `problem` says why the database cannot be read, in words that go on after its path; there are no versions then.
    """

    database: str | None = None
    versions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    problem: str | None = None

    @property
    def known(self) -> bool:
        """Whether what is not in `versions` is not installed either."""
        return self.database is not None and self.problem is None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLayer:
    """One layer as a registry has it: the digest of its blob, and the bytes of it, packed as they are.

    `diff_id` is the digest of what it unpacks to.
    """

    digest: str
    diff_id: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageContents:
    """One platform of one image.

    `manifest` is the digest of its manifest, `created` RFC 3339 in seconds and Z. `layers` are from the lowest up.
    """

    manifest: str
    platform: str
    created: str | None
    environment: Mapping[str, str]
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    working_dir: str
    user: str
    layers: tuple[StoredLayer, ...]
    packages: Packages

    @property
    def size(self) -> int:
        """Bytes of all layers, packed: what a pull transfers of an image that shares none."""
        return sum(layer.size for layer in self.layers)

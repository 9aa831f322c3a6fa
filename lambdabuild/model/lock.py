"""What may not move: the pins of `images.lock`."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedPlatform:
    """One linux child of an index. What only a dynamic artifact needs may be absent."""

    digest: str
    abi: str | None = None
    glibc: str | None = None
    libstdcxx: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedImage:
    """One reference of the spec.

    `pin` is `name:tag@sha256:…`, `created` is RFC 3339, keys of `platforms` are as `linux/arm64`.
    """

    pin: str
    created: str | None = None
    platforms: Mapping[str, LockedPlatform] = field(default_factory=dict)
    seal: str

    @property
    def digest(self) -> str:
        """The digest of the index, or of the manifest where there is no index."""
        return self.pin.rpartition("@")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedToolchain:
    """A Go toolchain for one host: `h1` as the checksum database has it, `tree` its REAPI Directory digest."""

    h1: str
    tree: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedZig:
    """zig for one host: `wheel` is the digest of the file that PyPI has, `tree` the REAPI Directory digest of what is
    in it. Only the wheel of the host that actions name has a tree.
    """

    wheel: str
    tree: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """`images` by reference as the spec writes it; `toolchains` by `go@X.Y.Z`, `zigs` by `zig@X.Y.Z`, both then by host
    platform. In the file they stand together.
    """

    images: Mapping[str, LockedImage] = field(default_factory=dict)
    toolchains: Mapping[str, Mapping[str, LockedToolchain]] = field(default_factory=dict)
    zigs: Mapping[str, Mapping[str, LockedZig]] = field(default_factory=dict)

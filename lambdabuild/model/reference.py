"""Image references: `registry/repository[:tag][@digest]` (grammar of distribution/reference)."""

import re
from dataclasses import dataclass, replace
from typing import Self

DIGEST_PATTERN = re.compile(r"sha256:[0-9a-f]{64}")

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REFERENCE = re.compile(
    rf"(?:(?P<registry>(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(?::[0-9]+)?)/)?"
    rf"(?P<repository>{_COMPONENT}(?:/{_COMPONENT})*)"
    r"(?::(?P<tag>\w[\w.-]{0,127}))?"
    rf"(?:@(?P<digest>{DIGEST_PATTERN.pattern}))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageReference:
    """One image on one registry. `docker.io/library/` is spelled out."""

    registry: str
    repository: str
    tag: str | None = None
    digest: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a reference as Docker does; ValueError where it is not one."""
        match = _REFERENCE.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is not an image reference")
        registry, repository = match["registry"], match["repository"]
        if registry is None or not ("." in registry or ":" in registry or registry == "localhost"):
            repository = repository if registry is None else f"{registry}/{repository}"
            registry = "docker.io"
        if registry in {"docker.io", "index.docker.io"}:
            registry = "docker.io"
            repository = repository if "/" in repository else f"library/{repository}"
        if not re.fullmatch(rf"{_COMPONENT}(?:/{_COMPONENT})*", repository):
            raise ValueError(f"{text!r} is not an image reference")
        return cls(registry=registry, repository=repository, tag=match["tag"], digest=match["digest"])

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.registry}/{self.repository}{tag}{digest}"

    @property
    def name(self) -> str:
        """`registry/repository`, without tag and digest."""
        return f"{self.registry}/{self.repository}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    """A registry, or a part of one, that holds copies of the images of other registries."""

    prefix: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `registry[:port][/prefix…]`; ValueError where it is not one."""
        name = f"{text}/x"
        reference = ImageReference.parse(name)
        if reference.name != name:
            raise ValueError(f"{text!r} names no registry")
        return cls(prefix=text)

    def copy_of(self, reference: ImageReference) -> ImageReference:
        """The name of the copy: below the prefix, the host of the original is a folder, so that no two collide."""
        copy = ImageReference.parse(f"{self.prefix}/{_folder(reference.registry)}/{reference.repository}")
        tag = None if reference.digest is None else copied_tag(reference.tag, reference.digest)
        return replace(copy, tag=tag, digest=reference.digest)


def copied_tag(tag: str | None, digest: str) -> str:
    """The tag of a copy, which holds a part of its digest.

    So it never moves, which a repository may refuse, and whatever was ever copied keeps a tag: a registry's cleaning
    takes away what has none.
    """
    return f"{(tag or 'pin')[:100]}-{digest[7:19]}"


def _folder(registry: str) -> str:
    """A host as one component of a repository: the `:` of its port is `_`, those of an IPv6 address are `-`.

    What would be none, such as `example.com.`, is in hexadecimal.
    """
    address, _, port = registry.lower().rpartition("]")
    folder = address.replace("[", "ipv6-").replace(":", "-") + port.replace(":", "_")
    return folder if re.fullmatch(_COMPONENT, folder) else f"hex-{registry.lower().encode().hex()}"

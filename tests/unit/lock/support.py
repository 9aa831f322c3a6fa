"""A project whose images and toolchains a test makes up."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from lambdabuild.diff import changes
from lambdabuild.io.registry import ImageFacts
from lambdabuild.lock import Sources, ask, movable, refresh, update
from lambdabuild.model.lock import Lock, LockedPlatform, LockedToolchain, LockedZig
from lambdabuild.model.reference import ImageReference
from lambdabuild.model.spec import Spec
from lambdabuild.spec import load

IMAGE = "public.ecr.aws/lambda/provided:al2023"
OTHER = "public.ecr.aws/lambda/provided:al2"
HOSTS = ("linux/amd64", "darwin/arm64", "linux/arm64")

SPEC = f"""\
version: 1
go: "1.26.8"
runtime: new
architectures: [arm64, amd64]
hosts: [{", ".join(HOSTS)}]
images:
  new: {IMAGE}
functions:
  orders:
    package: ./cmd/orders
"""

LIBRARIES = LockedPlatform(digest="", abi=f"sha256:{'e' * 64}", glibc="GLIBC_2.34", libstdcxx="GLIBCXX_3.4.33")
"""What is read of every image."""


def digest(letter: str) -> str:
    """A digest that is told from others at a glance."""
    return f"sha256:{letter * 64}"


def image_facts(letter: str, *platforms: str) -> ImageFacts:
    """An index, and a child for each platform, all by one letter."""
    children = {name: f"sha256:{letter * 63}{number}" for number, name in enumerate(platforms)}
    return ImageFacts(digest=digest(letter), created="2026-02-27T21:04:11Z", platforms=children)


def toolchain(version: str, host: str) -> LockedToolchain:
    """The one toolchain of a version for a host."""
    letter = chr(ord("A") + HOSTS.index(host) if host in HOSTS else ord("Z"))
    return LockedToolchain(h1=f"h1:{letter * 43}=", tree=f"{digest(version[-1])}/986")


def zig(version: str, host: str) -> LockedZig:
    """The one wheel of a version for a host."""
    wheel = digest("abcf"[HOSTS.index(host) if host in HOSTS else 3])
    return LockedZig(wheel=wheel, tree=f"{digest(version[-1])}/240" if host == "linux/amd64" else None)


@dataclass(slots=True)
class Project:
    """A spec file, what the registry holds by reference (tag or digest), and what was asked for."""

    file: Path
    registry: dict[str, ImageFacts] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def spec(self, text: str = SPEC) -> Spec:
        """The spec as it is written."""
        self.file.write_text(text)
        return load(self.file)

    def refresh(self, old: Lock, text: str = SPEC) -> tuple[Lock, list[tuple[str, str]]]:
        """The new lock, and what changed: verb and subject."""
        lock = refresh(self.spec(text), old, self.sources)
        return lock, [(change.verb, change.subject) for change in changes(old, lock)]

    def update(self, old: Lock, *names: str, text: str = SPEC) -> Lock:
        """The new lock, its pins where their tags are now."""
        spec = self.spec(text)
        return update(spec, old, self.sources, ask(movable(spec, names), self.sources))

    @property
    def sources(self) -> Sources:
        """Where facts come from."""
        return Sources(image=self._image, abi=self._abi, toolchain=self._toolchain, zig=self._zig)

    def _image(self, reference: ImageReference) -> ImageFacts:
        self.asked.append(str(reference))
        return self.registry[str(reference)]

    def _abi(self, pin: ImageReference, platform: str, manifest: str) -> LockedPlatform:
        self.asked.append(f"{pin} {platform} abi")
        return replace(LIBRARIES, digest=manifest)

    def _toolchain(self, version: str, host: str) -> LockedToolchain:
        self.asked.append(f"go@{version} {host}")
        return toolchain(version, host)

    def _zig(self, version: str, host: str) -> LockedZig:
        self.asked.append(f"zig@{version} {host}")
        return zig(version, host)

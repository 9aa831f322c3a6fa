"""What the user wants: the spec with every default filled in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from lambdabuild.model.platform import Architecture
from lambdabuild.model.reference import Mirror

Executor = Literal["host", "docker", "remote"]
Cgo = Literal["off", "zig", "image"]
Layout = Literal["single", "forward-compatible", "extension"]


DIST = "dist"
"""The folder of artifacts, beside the spec."""

BOOTSTRAP = "bootstrap"
"""What the provided runtimes start (Lambda developer guide, "Building a custom runtime")."""

GO1X = "go1.x"
"""The runtime that Lambda had for Go alone. It ran on amd64, and drives a program by net/rpc, without a Runtime API."""

GO1X_IMAGE = "public.ecr.aws/lambda/go:1"

OF_ARM64 = "_arm64"
"""What is added to a handler for its arm64 program, in a zip that has one for each CPU."""

NO_RPC = "lambda.norpc"
"""The build tag that leaves net/rpc out of aws-lambda-go (its README, "Tag for provided runtimes")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Include:
    """Files that go into the zip beside the binary.

    `source` is a glob relative to the project; `target` a file name, or a folder where it ends in `/`
    or where `source` has wildcards; None keeps the name. `mode` is the permission bits.
    """

    source: str
    target: str | None = None
    mode: int = 0o644


@dataclass(frozen=True, slots=True, kw_only=True)
class Allow:
    """A finding that the user accepts, and why."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One Lambda function, built once for each of its architectures.

    `runtime`, `build_image` values and `floor` are keys of `Spec.images`, but for go1.x where no library is needed: its
    image is as old as that. `package` is relative to the project.
    """

    name: str
    package: str
    module: PurePosixPath | None
    runtime: str
    architectures: tuple[Architecture, ...]
    go: str
    executor: Executor
    build_image: Mapping[Architecture, str]
    cgo: Cgo
    tags: tuple[str, ...]
    ldflags: tuple[str, ...]
    gcflags: tuple[str, ...]
    goamd64: str
    goarm64: str
    goexperiment: str
    gofips140: str
    strip: bool
    env: Mapping[str, str]
    include: tuple[Include, ...]
    layout: Layout
    handler: str | None
    extra_needed: tuple[str, ...]
    floor: tuple[str, ...]
    allow: tuple[Allow, ...]

    @property
    def artifacts(self) -> Mapping[str, tuple[Architecture, ...]]:
        """What it becomes: names in dist/, without `.zip` and what else lies beside it, and the CPUs of each."""
        if self.layout == "forward-compatible":
            return {self.name: self.architectures}
        return {f"{self.name}-{architecture}": (architecture,) for architecture in self.architectures}

    def runtimes(self, architecture: Architecture) -> tuple[str, ...]:
        """The runtimes that it is for on one CPU: its own, then its floor; go1.x was never there for arm64."""
        return tuple(name for name in self._runtimes if name != GO1X or architecture is Architecture.AMD64)

    def supports(self, architectures: Sequence[Architecture]) -> Mapping[str, tuple[Architecture, ...]]:
        """Each of its runtimes, and those of `architectures` that it is for there; the runtime itself comes first."""
        every = {name: tuple(one for one in architectures if name in self.runtimes(one)) for name in self._runtimes}
        return {name: there for name, there in every.items() if there}

    def tags_on(self, architecture: Architecture) -> tuple[str, ...]:
        """Its build tags on one CPU: where go1.x is among its runtimes, without the one that leaves out net/rpc."""
        if GO1X not in self.runtimes(architecture):
            return self.tags
        return tuple(tag for tag in self.tags if tag != NO_RPC)

    @property
    def _runtimes(self) -> tuple[str, ...]:
        return self.runtime, *self.floor

    @property
    def judged(self) -> bool:
        """Whether it `needs_libraries`; what `include` brings may need some, too, which only its check knows."""
        return needs_libraries(self.cgo, self.extra_needed)


def needs_libraries(cgo: Cgo, extra_needed: Sequence[str]) -> bool:
    """Whether a function needs libraries of its runtime and its floor, as far as the spec says: for C, or to open."""
    return cgo != "off" or bool(extra_needed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One project. `images` maps names to references, `hosts` are platforms whose toolchains are locked.

    `vendor` is the folder of copies that locked images are read from, relative to the project; `mirror` a registry.
    """

    file: Path
    go: str
    zig: str | None
    images: Mapping[str, str]
    hosts: tuple[str, ...]
    variables: Mapping[str, str]
    functions: Mapping[str, Function]
    vendor: PurePosixPath | None = None
    mirror: Mirror | None = None

    @property
    def project(self) -> Path:
        """The folder of the spec; every path in it is relative to this one."""
        return self.file.parent

    @property
    def dist(self) -> Path:
        """Where artifacts go; links followed, as in the paths of what is compiled."""
        return self.project.resolve() / DIST

    @property
    def vendor_folder(self) -> Path | None:
        """The folder of copies as a path; None where there is none."""
        return None if self.vendor is None else self.project / self.vendor

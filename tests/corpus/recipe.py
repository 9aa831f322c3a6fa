"""An artifact of the corpus: what makes it, what is found in it, and what a real loader has to say."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from lambdabuild.check import RULES
from lambdabuild.model.finding import Severity
from lambdabuild.model.platform import Architecture

Image = Literal["provided.al2", "provided.al2023-2023.6", "provided.al2023", "provided.al2023-libraries"]
"""A stand-in by the name of its OCI layout. The last one holds libraries that run, all others exact stubs."""

AMD64, ARM64 = Architecture.AMD64, Architecture.ARM64
BOTH = (AMD64, ARM64)
BEFORE = date(2026, 1, 1)
"""The day on which the corpus is judged: no runtime is past its end."""

FUNCTION = "function.zip"
ZIP = "zip -q function.zip bootstrap"

COMPILERS: Mapping[Architecture, Mapping[str, str]] = {
    AMD64: {"CC": "gcc", "CXX": "g++", "ARCH": "amd64", "OTHER": "arm64"},
    ARM64: {"CC": "aarch64-linux-gnu-gcc", "CXX": "aarch64-linux-gnu-g++", "ARCH": "arm64", "OTHER": "amd64"},
}
"""What commands are told of the CPU; `OTHER` is Go's name of the one that the artifact is not for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Oracle:
    """What comes of starting `program` in the running stand-in, where the artifact lies in /var/task or /opt.

    `starts` says whether it exits 0, `says` is a part of what it prints. Where it is `traced`, the loader's own trace
    has to agree. `cpu` is QEMU's name of one that is emulated for it, `user` says that it is not started by root.
    """

    starts: bool
    says: str = ""
    traced: bool = True
    program: str = "/var/task/bootstrap"
    cpu: str = ""
    user: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """`files` are written, then `commands` run by sh; pages show both, but of `given` nothing.

    `artifact` is what is judged, on `image` where it has to be, together with `layers`. `rule` is the one that finds
    it, of the severity `severity` where that is not the rule's own; a good one has none, and at most a note, `note`.
    `by_arch` says that --arch is given, `project` that it is judged as the spec among its files says, `locked` that
    the images are those of its lock, in a registry. `about` is a sentence for readers.
    """

    name: str
    about: str = ""
    files: Mapping[str, str] = field(default_factory=dict, hash=False)
    given: Mapping[str, str] = field(default_factory=dict, hash=False)
    commands: tuple[str, ...] = ()
    architectures: tuple[Architecture, ...] = BOTH
    artifact: str = FUNCTION
    layers: tuple[str, ...] = ()
    runtime: str = "provided.al2023"
    image: Image | None = None
    handler: str | None = None
    by_arch: bool = False
    project: bool = False
    locked: bool = False
    day: date = BEFORE
    rule: str = ""
    severity: Severity | None = None
    note: str = ""
    oracle: Oracle | None = None

    @property
    def expected(self) -> tuple[tuple[str, Severity], ...]:
        """All that is to be found: rules with severities."""
        found = self.rule or self.note
        return ((found, self.severity or RULES[found].severity),) if found else ()

    @property
    def bad(self) -> bool:
        """Whether it has to be found."""
        return bool(self.rule)


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A recipe for one architecture."""

    recipe: Recipe
    architecture: Architecture

    @property
    def slug(self) -> str:
        """The name of its folder."""
        words = re.sub(r"[^a-z0-9]+", "-", self.recipe.name.lower().replace("+", "p")).strip("-")
        return f"{words}-{self.architecture}"


def artifacts(*recipes: Recipe) -> tuple[Artifact, ...]:
    """Each for each of its architectures."""
    return tuple(Artifact(recipe=one, architecture=each) for one in recipes for each in one.architectures)


def go(out: str = "bootstrap", source: str = "main.go", *, goos: str = "linux", goarch: str = "$ARCH") -> str:
    """Compile it without cgo."""
    return f"CGO_ENABLED=0 GOOS={goos} GOARCH={goarch} go build -o {out} {source}"


def refused(says: str, program: str = "/var/task/bootstrap") -> Oracle:
    """The loader gives it up."""
    return Oracle(starts=False, says=says, program=program)


def loads(says: str = "", program: str = "/var/task/bootstrap") -> Oracle:
    """The loader finds all that it needs, and it runs to its end."""
    return Oracle(starts=True, says=says, program=program)


def runs(says: str = "", program: str = "/var/task/bootstrap", *, cpu: str = "") -> Oracle:
    """It needs no loader, and runs to its end."""
    return Oracle(starts=True, says=says, program=program, traced=False, cpu=cpu)


def fails(says: str, program: str = "/var/task/bootstrap", *, cpu: str = "", user: bool = False) -> Oracle:
    """The kernel refuses it, or it ends by itself."""
    return Oracle(starts=False, says=says, program=program, traced=False, cpu=cpu, user=user)

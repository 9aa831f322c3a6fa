"""What a command has to say when it is done."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from lambdabuild.model.artifact import Artifact
from lambdabuild.model.finding import Finding, Severity
from lambdabuild.model.platform import Architecture

if TYPE_CHECKING:
    from lambdabuild.model.comparison import ImageMove, Loss


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that `lock` did."""

    verb: Literal["added", "completed", "dropped"]
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A locked image and its copy. `blobs` were copied, `size` bytes of them; `kept` were there.

    `to` is `oci:DIR:NAME`, or a reference.
    """

    image: str
    digest: str
    to: str
    blobs: int
    size: int
    kept: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolchainMove:
    """A toolchain of which the spec names another version now: `go`, `1.26.7`, `1.26.8`."""

    tool: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LockReport:
    """What `lock` did; unless `written`, what it would do. `images` are the pins that moved.

    `refused`: it does not, for what is lost. `lacking`: an image has no platform that the spec asks for.
    """

    lock: Path
    changes: tuple[Change, ...] = ()
    toolchains: tuple[ToolchainMove, ...] = ()
    images: tuple["ImageMove", ...] = ()
    losses: tuple["Loss", ...] = ()
    copies: tuple[Copy, ...] = ()
    written: bool
    refused: bool = False
    lacking: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What `check` found in one artifact. `function` is None of what no spec describes; a `layer` lies in /opt.

    `architectures` are the CPUs that it was judged for, `supports` the runtimes on each; none where it would fail.
    """

    path: str
    function: str | None
    architectures: tuple[Architecture, ...]
    supports: Mapping[str, tuple[Architecture, ...]]
    layer: bool = False
    findings: tuple[Finding, ...]

    def fails(self, threshold: Severity) -> bool:
        """Whether a finding is as severe as `threshold`."""
        return any(finding.severity.reaches(threshold) for finding in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildReport:
    """Every artifact of a build, in the order of function and architecture.

    `folder` is dist/; unless `published` it is as it was before.
    """

    folder: Path
    artifacts: tuple[Artifact, ...]
    seconds: float
    published: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom:
    """One thing that `doctor` looked at, and the command that mends it."""

    name: str
    state: Literal["ok", "missing"]
    says: str
    mend: str | None

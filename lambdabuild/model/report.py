"""What a command has to say when it is done."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lambdabuild.model.artifact import Artifact
from lambdabuild.model.finding import Finding, Severity
from lambdabuild.model.platform import Architecture


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that `lock` did."""

    verb: Literal["added", "completed", "dropped"]
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What `check` found in one artifact."""

    path: str
    function: str
    architecture: Architecture
    findings: tuple[Finding, ...]

    @property
    def failed(self) -> bool:
        """Whether it will not load, or will crash."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildReport:
    """Every artifact of a build, in the order of function and architecture.

    `folder` is dist/; unless `published` it is as it was before.
    """

    folder: Path
    artifacts: tuple[Artifact, ...]
    seconds: float
    published: bool

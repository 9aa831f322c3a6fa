"""What a check looks for, and what it has found out about an artifact."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from lambdabuild.model.platform import Architecture


class Severity(StrEnum):
    """`error`: it will not load, or will crash. `warning`: it may. `note`: worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """Its place among all, from 0, the most severe."""
        return list(Severity).index(self)

    def reaches(self, threshold: "Severity") -> bool:
        """Whether this is as severe as `threshold`, or more."""
        return self.rank <= threshold.rank


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One root cause. `rule` is stable (`LB101`), `file` the name inside the artifact, `fix` what to do."""

    rule: str
    severity: Severity
    file: str
    message: str
    fix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. `title` says what it finds and `why` what comes of it; `architecture` is the only one it is about.

    `message` and `fix` take the details of a verdict as `{name}`; what stands in `[…]` is said only where all of its
    details are there. `fix` may be one text for each way to build, chosen by the detail `built`.
    """

    id: str
    severity: Severity
    title: str
    message: str
    why: str
    fix: str | Mapping[str, str]
    architecture: Architecture | None = None

"""What a check has found out about an artifact."""

from dataclasses import dataclass
from enum import StrEnum


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

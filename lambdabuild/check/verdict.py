"""What judgement hands to words."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A rule that does not hold for a file, and what its message tells of it. An empty detail is left unsaid.

    `carried` says that nothing is known to start or load the file, or what the file would load.
    """

    rule: str
    file: str
    details: Mapping[str, str] = field(default_factory=dict)
    carried: bool = False

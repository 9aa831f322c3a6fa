"""When runtimes end. Source: docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html, as of 2026-11."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """From these days on: no more fixes, no new functions, no updates. None where AWS has not said."""

    deprecated: date
    no_create: date | None = None
    no_update: date | None = None
    successor: str = "provided.al2023"


RUNTIMES: Final[Mapping[str, Dates]] = {
    "go1.x": Dates(deprecated=date(2024, 1, 8), no_create=date(2024, 2, 8), no_update=date(2027, 3, 3)),
    "provided.al2": Dates(deprecated=date(2026, 7, 31), no_create=date(2027, 2, 1), no_update=date(2027, 3, 3)),
    "provided.al2023": Dates(deprecated=date(2029, 6, 30)),
}

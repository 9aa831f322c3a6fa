"""Trying again, politely and not for ever: what is told in the end is the first error, never the last."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TypeVar

from lambdabuild.errors import EnvironmentFailure

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Time as the client sees it: `elapsed` never goes back, `wall` is Unix time, both in seconds."""

    elapsed: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often, and the seconds between: `first`, then twice as long each time, never over `longest`."""

    attempts: int = 5
    first: float = 0.5
    longest: float = 60.0


class PassingFailure(EnvironmentFailure):
    """A failure that trying again may cure. `wait`: the seconds that the server asked for."""

    def __init__(self, message: str, *, hint: str | None = None, wait: float | None = None) -> None:
        super().__init__(message, hint=hint, temporary=True)
        self.wait = wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """One policy for every request."""

    patience: Patience
    clock: Clock

    def run(self, attempt: Callable[[], _T]) -> _T:
        """Call `attempt` until it raises no PassingFailure; a definite answer (404, 401) ends it at once."""
        first: EnvironmentFailure | None = None
        for number in range(1, self.patience.attempts + 1):
            try:
                return attempt()
            except EnvironmentFailure as failure:
                if first is None:
                    first = failure
                if not failure.temporary:
                    raise
                if not isinstance(failure, PassingFailure) or number == self.patience.attempts:
                    raise _told(first, number) from failure
                self.clock.sleep(self._pause(number, failure.wait))
        raise AssertionError("a policy has at least one attempt")

    def _pause(self, number: int, asked: float | None) -> float:
        wait = self.patience.first * 2 ** (number - 1) if asked is None else asked
        return min(max(wait, 0.0), self.patience.longest)


def _told(first: EnvironmentFailure, attempts: int) -> EnvironmentFailure:
    count = f" (tried {attempts} times)" if attempts > 1 else ""
    return EnvironmentFailure(first.message + count, hint=first.hint, temporary=True)


def retry_after(value: str | None, now: float) -> float | None:
    """Seconds that a `Retry-After` header asks for, by number or HTTP date (RFC 9110, 10.2.3), or None."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - now
        except ValueError:
            return None
    return max(seconds, 0.0) if math.isfinite(seconds) else None

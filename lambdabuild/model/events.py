"""What happens while a command runs. Stages emit events, `report` shows them."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

Work = Literal["resolve", "toolchain", "modules", "plan", "load", "compile", "pack", "inventory", "copy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """Work on `subject` has begun."""

    work: Work
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The work on `subject` has ended after `seconds`; unless `ok` an error is on its way."""

    work: Work
    subject: str
    seconds: float
    ok: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """Something that a person should know, and what to do about it."""

    message: str
    hint: str


Event = Started | Finished | Warned
Emit = Callable[[Event], None]


@contextmanager
def working(emit: Emit, work: Work, subject: str) -> Iterator[None]:
    """Emit that work begins, and that it has ended."""
    began, ok = time.monotonic(), False
    emit(Started(work=work, subject=subject))
    try:
        yield
        ok = True
    finally:
        emit(Finished(work=work, subject=subject, seconds=time.monotonic() - began, ok=ok))

"""Chances."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

_T = TypeVar("_T")


class Draw:
    """Always the same of one seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def likely(self, chance: float) -> bool:
        """True with this chance."""
        return self._random.random() < chance

    def one(self, choices: Sequence[_T]) -> _T:
        """One of them."""
        return self._random.choice(choices)

    def some(self, choices: Sequence[_T], chance: float) -> list[_T]:
        """Each with this chance."""
        return [each for each in choices if self.likely(chance)]

    def several(self, choices: Sequence[_T], number: int) -> list[_T]:
        """As many, no two of them the same, in any order."""
        return self._random.sample(choices, number)

    def number(self, least: int, most: int) -> int:
        """A whole number."""
        return self._random.randint(least, most)

    def weighted(self, choices: Sequence[tuple[_T, int]]) -> _T:
        """One of them, by their weights."""
        return self._random.choices([each for each, _ in choices], [weight for _, weight in choices])[0]

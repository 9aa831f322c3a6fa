"""The word that was meant."""

import difflib
from collections.abc import Collection


def nearest(word: str, known: Collection[str]) -> str | None:
    """The known word that `word` was probably meant to be: by case, by likeness, by its first three letters."""
    folded = {each.lower(): each for each in sorted(known)}
    lower = word.lower()
    if lower in folded:
        return folded[lower]
    if close := difflib.get_close_matches(lower, folded, n=1):
        return folded[close[0]]
    return next((each for key, each in folded.items() if len(lower) > 2 and key.startswith(lower[:3])), None)


def did_you_mean(word: str, known: Collection[str], *, what: str) -> str:
    """A hint: the nearest word, or all of them."""
    if near := nearest(word, known):
        return f"did you mean `{near}`?"
    return f"known {what}: {ticked(known)}"


def ticked(words: Collection[str]) -> str:
    """A list as messages show it."""
    return ", ".join(f"`{word}`" for word in words)


def either(words: Collection[str]) -> str:
    """`a`, `b` or `c`."""
    *most, last = (f"`{word}`" for word in words)
    return f"{', '.join(most)} or {last}" if most else last

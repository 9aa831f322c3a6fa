"""C++ names as people write them."""

from collections.abc import Iterable
from typing import Final

SHOWN: Final = 3
"""How many symbols a message names."""

_LONGEST = 100


def demangled(name: str) -> str:
    """`std::condition_variable::wait(std::unique_lock<std::mutex>&)`; the name itself where it is not of C++."""
    if not name.startswith("_Z"):
        return name
    from itanium_demangler import parse

    try:
        parsed = parse(name)
    except (ValueError, IndexError, KeyError, AttributeError, TypeError, RecursionError, NotImplementedError):
        return name  # its grammar lacks a few rare names
    return str(parsed) if parsed is not None else name


def listed(names: Iterable[str]) -> str:
    """The first few of some symbols between backticks, and how many more there are."""
    every = sorted(set(names))
    shown = ", ".join(f"`{_brief(demangled(name))}`" for name in every[:SHOWN])
    return shown + (f" and {len(every) - SHOWN} more" if len(every) > SHOWN else "")


def _brief(text: str) -> str:
    clean = "".join(each if each.isprintable() and each != "`" else "?" for each in text)
    return clean if len(clean) <= _LONGEST else f"{clean[: _LONGEST - 1]}…"

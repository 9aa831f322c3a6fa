"""C++ names as people write them."""

from collections.abc import Iterable
from typing import Final

SHOWN: Final = 3
"""How many symbols a message names."""

_LONGEST = 100
_LONGEST_MANGLED, _LARGEST = 1024, 5000


def demangled(name: str) -> str:
    """`std::condition_variable::wait(std::unique_lock<std::mutex>&)`; the name itself where it is not of C++."""
    if not name.startswith("_Z") or len(name) > _LONGEST_MANGLED:
        return name
    from itanium_demangler import parse

    try:
        parsed = parse(name)
        short = parsed is not None and _size(parsed, {}) <= _LARGEST
        return str(parsed) if short else name
    except (ValueError, IndexError, KeyError, AttributeError, TypeError, RecursionError, NotImplementedError):
        return name  # its grammar lacks a few rare names


def _size(node: object, known: dict[int, int]) -> int:
    """How many parts a name has when it is written out: n letters can stand for 2^n, by parts that many share."""
    if not isinstance(node, tuple):
        return 1
    if id(node) not in known:
        known[id(node)] = 1 + sum(_size(part, known) for part in node)
    return known[id(node)]


def listed(names: Iterable[str]) -> str:
    """The first few of some symbols between backticks, and how many more there are."""
    every = sorted(set(names))
    shown = ", ".join(f"`{_brief(demangled(name))}`" for name in every[:SHOWN])
    return shown + (f" and {len(every) - SHOWN} more" if len(every) > SHOWN else "")


def _brief(text: str) -> str:
    clean = "".join(each if each.isprintable() and each != "`" else "?" for each in text)
    return clean if len(clean) <= _LONGEST else f"{clean[: _LONGEST - 1]}…"

"""JSON documents that are nearly right."""

from copy import deepcopy
from random import Random
from typing import Any, Final

STRANGE: Final[tuple[object, ...]] = (
    *(None, True, False, 0, -1, 2, 1 << 70, 1.5, float("nan"), "", "x", "\ud800", "\0", "sha256:" + "0" * 64),
    *([], [None], [[]], [["x"]], {}, {"": {}}, {"x": None}, "linux", "amd64", "application/octet-stream"),
)


def changed(tree: Any, chance: Random) -> Any:
    """The same with a few values replaced, taken away, added or moved."""
    new = deepcopy(tree)
    for _ in range(chance.choice([1, 1, 1, 2, 4])):
        place = _place(new, chance)
        if place is None:
            return chance.choice(STRANGE)
        inner, key = place
        match chance.randrange(6):
            case 0:
                del inner[key]
            case 1 if isinstance(inner, dict):
                inner[chance.choice(["", "x", "config", "layers", "manifests", "version"])] = inner[key]
            case 2:
                inner[key] = [inner[key]] if chance.random() < 0.5 else {"x": inner[key]}
            case 3:
                inner[key] = _deep(chance.choice([3, 50, 300]))
            case _:
                inner[key] = deepcopy(chance.choice(STRANGE))
    return new


def _place(tree: Any, chance: Random) -> tuple[Any, Any] | None:
    """A list or an object, and an index or a key of it; None where there is none left."""
    inner = tree
    while isinstance(inner, dict | list) and inner:
        key = chance.choice([*inner]) if isinstance(inner, dict) else chance.randrange(len(inner))
        if chance.random() < 0.4 or not (isinstance(inner[key], dict | list) and inner[key]):
            return inner, key
        inner = inner[key]
    return None


def _deep(levels: int) -> object:
    made: object = "deep"
    for _ in range(levels):
        made = [made]
    return made

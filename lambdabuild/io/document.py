"""A file as plain data that knows where each value was written. Standard library only."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

Plain: TypeAlias = "bool | int | float | str | list[Plain] | dict[str, Plain] | None"
KeyPath: TypeAlias = tuple[str | int, ...]

_PLAIN_KEY: Final = re.compile(r"[\w./@:+-]+", re.ASCII)


class Position(NamedTuple):
    """Counted from 1, as editors do."""

    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One value: its data, its text where it is a plain scalar, and what lies below it.

    `weight` is about its bytes with every alias expanded, `height` how many levels lie below it.
    """

    position: Position
    data: Plain
    weight: int
    height: int = 0
    text: str | None = None
    keys: Mapping[str | int, Position] = field(default_factory=dict)
    children: Mapping[str | int, "Node"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One file. `root` is None where there is nothing in it but comments."""

    file: Path
    root: Node | None

    @property
    def data(self) -> Plain:
        """What was written, as plain data. Aliased values are shared: do not change it."""
        return self.root.data if self.root else None

    def position(self, path: KeyPath, *, key: bool = False) -> Position:
        """Where the value at `path` begins, or its key. A path that is not there gives its nearest parent."""
        node = self.root
        position = node.position if node else Position(1, 1)
        for part in path:
            if node is None or part not in node.children:
                break
            position = node.keys.get(part, node.children[part].position)
            node = node.children[part]
            if not key:
                position = node.position
        return position

    def text(self, path: KeyPath) -> str | None:
        """A plain scalar as it was written (`0644`); None for anything else."""
        node = self.root
        for part in path:
            node = node.children.get(part) if node else None
        return node.text if node else None

    def where(self, path: KeyPath, *, key: bool = False) -> str:
        """`file:line:column`, as messages begin."""
        line, column = self.position(path, key=key)
        return f"`{self.file}:{line}:{column}`"


def dotted(path: KeyPath) -> str:
    """`functions.orders.include[0]`: a path as messages name it."""
    shown = ""
    for part in path:
        match part:
            case int():
                shown += f"[{part}]"
            case _ if _PLAIN_KEY.fullmatch(part):
                shown += f".{part}" if shown else part
            case _:
                shown += f"[{brief(json.dumps(part, ensure_ascii=False))}]"
    return shown


def brief(text: str) -> str:
    """One line of a user's text, short enough for a message between backticks."""
    start = text[:80].replace("`", "'")
    line = "".join(each if each.isprintable() else repr(each)[1:-1] for each in start)
    return line if len(line) <= 60 else f"{line[:59]}…"

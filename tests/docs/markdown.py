"""Markdown as the generated pages have it."""

from collections.abc import Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table, and an empty line."""
    lines = [head, ["---"] * len(head), *([cell(one) for one in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def cell(text: str) -> str:
    """What fits into a table: one line, and no bar that would end it."""
    return " ".join(text.replace("\\|", "|").replace("|", "\\|").split())

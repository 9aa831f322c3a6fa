"""What moved, as Markdown for the text of a pull request. GitHub Flavored Markdown 0.29: tables, code spans."""

import re
from collections.abc import Iterator, Sequence

from lambdabuild.io.text import printable
from lambdabuild.model.comparison import ImageMove, Moved, PlatformMove
from lambdabuild.model.report import LockReport
from lambdabuild.report import moves


def of_lock(report: LockReport) -> str:
    """A section for each image that moved; then toolchains, and what was added and dropped."""
    sections = ["\n".join(_image(move, mine=True)) for move in report.images]
    others = [
        *(f"- {moves.tool(one.tool)} {one.old} → {one.new}" for one in report.toolchains),
        *(f"- {one.verb} {code(one.subject)}" for one in report.changes),
    ]
    if others:
        sections.append("\n".join(["### Toolchains and other entries" if sections else "### Entries", "", *others]))
    if report.losses:
        who = dict.fromkeys(name for one in report.losses for name in one.functions)
        sections.insert(0, f"> **Something is lost** that a function relies on: {', '.join(map(code, who))}.")
    return "\n\n".join(sections or [f"Nothing moved in {code(str(report.lock))}."]) + "\n"


def of_images(move: ImageMove) -> str:
    """Two images side by side."""
    return "\n".join(_image(move, mine=False)) + "\n"


def code(text: str) -> str:
    """A code span, whatever is in it (CommonMark 0.30, 6.1)."""
    shown = printable(text)
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    pad = " " if shown.startswith("`") or shown.endswith("`") or not shown.strip() else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def _image(move: ImageMove, *, mine: bool) -> Iterator[str]:
    told = moves.summary(move) if mine else None
    yield from (f"### {moves.title(move, code)}", "", moves.pins(move, code) + (f": {told}" if told else ""))
    for platform in move.platforms:
        told = moves.state(move, platform, code) if mine else moves.plain_state(platform)
        yield from ("", f"**{platform.platform}**: {told}")
        if found := list(moves.lines(platform, code)):
            yield from ("", *(f"- {line}" for line in found))
        if moved := moves.packages(platform):
            yield from ("", *_table(platform, moved))


def _table(platform: PlatformMove, moved: Sequence[Moved]) -> Iterator[str]:
    yield from (f"<details><summary>{moves.counted(moved)} ({platform.platform})</summary>", "")
    yield from ("| package | old | new |", "|---|---|---|")
    for one in moved:
        old, new = (_cell(version) if version is not None else "" for version in (one.old, one.new))
        yield f"| {_cell(one.name)} | {old} | {new} |"
    yield from ("", "</details>")


def _cell(text: str) -> str:
    """A code span in a table, where a pipe would end the cell (GitHub Flavored Markdown 0.29, 4.10)."""
    return code(text).replace("|", "\\|")

"""Two images side by side."""

import json
from collections.abc import Iterator, Sequence

from lambdabuild.io.text import printable
from lambdabuild.model.comparison import Difference, ImageMove, Library, Moved, PlatformMove, Side
from lambdabuild.model.contents import StoredLayer
from lambdabuild.report import moves
from lambdabuild.report.markdown import of_images
from lambdabuild.report.style import Form, Style, data


def show_comparison(move: ImageMove, style: Style, form: Form = "text") -> None:
    """On stdout."""
    if style.as_json or form == "json":
        data(json.dumps({"version": 1, **document(move)}, indent=2) + "\n")
    elif form == "markdown":
        data(of_images(move))
    else:
        data("".join(text(move, mine=False)))


def text(move: ImageMove, *, mine: bool) -> Iterator[str]:
    """A line for the image, one for each platform, and what moved below it. `mine`: for the functions of a project."""
    told = moves.summary(move) if mine else None
    name = f"{moves.title(move, printable)}: " if move.old.name == move.new.name else ""
    yield name + moves.pins(move, printable) + (f": {told}\n" if told else "\n")
    for platform in move.platforms:
        state = moves.state(move, platform, printable) if mine else moves.plain_state(platform)
        yield f"  {platform.platform}: {state}\n"
        yield from (f"    {line}\n" for line in moves.lines(platform, printable))
        yield from _packages(moves.packages(platform))


def document(move: ImageMove) -> dict[str, object]:
    """For programs: everything, in full."""
    return {
        "old": _side(move.old),
        "new": _side(move.new),
        "unknown": move.unknown,
        "platforms": [_platform(move, one) for one in move.platforms],
    }


def _packages(moved: Sequence[Moved]) -> Iterator[str]:
    if not moved:
        return
    yield f"    {moves.counted(moved)}\n"
    for one in moved:
        name = printable(one.name)
        if one.old is None:
            yield f"      {name} {printable(one.new or '')} added\n"
        else:
            after = "removed" if one.new is None else f"→ {printable(one.new)}"
            yield f"      {name} {printable(one.old)} {after}\n"


def _side(side: Side) -> dict[str, object]:
    return {"image": side.name, "digest": side.digest, "created": side.created}


def _platform(move: ImageMove, one: PlatformMove) -> dict[str, object]:
    return {
        "platform": one.platform,
        "state": _state(move, one),
        "old": one.old,
        "new": one.new,
        "functions": one.functions,
        "judged": one.judged,
        "unknown": one.unknown,
        "difference": None if one.difference is None else _difference(one.difference),
    }


def _state(move: ImageMove, one: PlatformMove) -> str:
    if one.old == one.new:
        return "unchanged"
    if one.new is None:
        return "lost"
    return "appeared" if one.old is None and move.unknown is None else "changed"


def _difference(found: Difference) -> dict[str, object]:
    return {
        "libraries": {
            "added": found.added,
            "removed": found.removed,
            "renamed": _moved(found.renamed),
            "changed": [_library(one) for one in found.changed],
        },
        "packages": _moved(found.packages),
        "problem": found.problem,
        "environment": _moved(found.environment),
        "setup": _moved(found.setup),
        "layers": None
        if found.layers is None
        else {side: _layers(layers) for side, layers in zip(("old", "new"), found.layers, strict=True)},
    }


def _library(one: Library) -> dict[str, object]:
    return {"name": one.name, "gained": sorted(one.gained), "lost": sorted(one.lost)}


def _moved(facts: Sequence[Moved] | None) -> list[dict[str, object]] | None:
    return None if facts is None else [{"name": one.name, "old": one.old, "new": one.new} for one in facts]


def _layers(layers: Sequence[StoredLayer]) -> list[dict[str, object]]:
    return [{"digest": layer.digest, "diff_id": layer.diff_id, "size": layer.size} for layer in layers]

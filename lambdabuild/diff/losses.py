"""What a move takes from those who rely on the image: a platform, a library, a version node.

A static artifact needs no library of its runtime, and so loses none; a platform it needs as any other does.
"""

from collections.abc import Iterator, Sequence

from lambdabuild.errors import LockError
from lambdabuild.io.text import printable
from lambdabuild.model.comparison import Difference, ImageMove, Library, Loss, PlatformMove
from lambdabuild.model.families import spans
from lambdabuild.model.report import LockReport


class UpdateRefusedError(LockError):
    """A pin would move to an image that lacks what a function or its floor relies on; `report` is of all that would."""

    def __init__(self, report: LockReport) -> None:
        self.report = report
        super().__init__(
            f"`{report.lock}` stays as it is: {'; '.join(_told(report.losses))}",
            hint="look at all of it with `lambdabuild lock --update --dry-run`; to move the pin all the same, add"
            " `--accept-loss`",
        )


def losses(move: ImageMove) -> tuple[Loss, ...]:
    """In the order of platforms; of each, removed libraries come first.

    What cannot be told is taken for a loss, where a dynamic artifact is judged by it: no one has seen that it is none.
    """
    return tuple(loss for platform in move.platforms for loss in _of(move, platform))


def _of(move: ImageMove, platform: PlatformMove) -> Iterator[Loss]:
    image, name = move.new.name, platform.platform
    if platform.new is None:
        if platform.functions:
            yield Loss(image=image, platform=name, functions=platform.functions)
    elif platform.judged and (unknown := move.unknown or platform.unknown) is not None:
        yield Loss(image=image, platform=name, functions=platform.judged, unknown=unknown)
    elif platform.judged and platform.difference is not None:
        for library, versions in _lost(platform.difference):
            yield Loss(image=image, platform=name, functions=platform.judged, library=library, versions=versions)


def _lost(difference: Difference) -> Iterator[tuple[str, Library | None]]:
    gone = (*difference.removed, *(one.old for one in difference.renamed if one.old is not None))
    yield from ((name, None) for name in sorted(gone))
    yield from ((library.name, library) for library in difference.changed if library.lost)


def _told(losses: Sequence[Loss]) -> Iterator[str]:
    """A clause for each image and the functions that rely on it; what is lost is named once, with its platforms."""
    grouped: dict[tuple[str, tuple[str, ...]], dict[str, list[str]]] = {}
    for loss in losses:
        platforms = grouped.setdefault((loss.image, loss.functions), {}).setdefault(_what(loss), [])
        platforms.append(loss.platform)
    for (image, functions), things in grouped.items():
        who = ", ".join(f"`{name}`" for name in functions)
        what = ", ".join(f"{thing} ({', '.join(platforms)})" for thing, platforms in things.items())
        yield f"{who} {'relies' if len(functions) == 1 else 'rely'} on what `{image}` loses: {what}"


def _what(loss: Loss) -> str:
    if loss.unknown is not None:
        return f"what cannot be told: {loss.unknown}"
    if loss.library is None:
        return "the platform"
    if loss.versions is None:
        return f"`{printable(loss.library)}`"
    return f"{printable(', '.join(spans(loss.versions.lost, loss.versions.old)))} of `{printable(loss.library)}`"

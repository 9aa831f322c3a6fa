"""What `lambdabuild lock` did, or would do."""

import json
from collections.abc import Iterator
from dataclasses import asdict

from lambdabuild.io.text import printable
from lambdabuild.model.comparison import Loss
from lambdabuild.model.report import Copy, LockReport
from lambdabuild.report import moves
from lambdabuild.report.comparison import document, text
from lambdabuild.report.markdown import of_lock
from lambdabuild.report.style import Form, Style, data, size, words


def show_lock(report: LockReport, style: Style, form: Form = "text") -> None:
    """Lines on stderr, or one document on stdout."""
    if style.as_json or form == "json":
        data(json.dumps(_document(report), indent=2) + "\n")
    elif form == "markdown":
        data(of_lock(report))
    elif not style.quiet:
        words("".join(_lines(report)))


def show_outdated(report: LockReport, style: Style, form: Form = "text") -> None:
    """The answer to a question: always on stdout."""
    if style.as_json or form != "text":
        show_lock(report, style, form)
        return
    data("".join(line for move in report.images for line in text(move, mine=True)))
    if not style.quiet and not report.images:
        words(f"no pin of `{report.lock}` moved\n")


def _lines(report: LockReport) -> Iterator[str]:
    for move in report.images:
        yield from text(move, mine=True)
    yield from (f"{moves.tool(one.tool)} {one.old} → {one.new}\n" for one in report.toolchains)
    yield from (f"{one.verb} {one.subject}\n" for one in report.changes)
    covers = "does not cover the spec" if report.lacking else "covers the spec"
    if not (report.images or report.toolchains or report.changes):
        yield f"`{report.lock}` {covers}; nothing to do\n"
    else:
        yield f"`{report.lock}` {covers if report.written else 'stays as it is'}\n"
    if report.refused:
        yield "this is refused, unless you add `--accept-loss`\n"
    yield from (f"copied {copy.image} to {copy.to}: {_took(copy)}\n" for copy in report.copies)


def _document(report: LockReport) -> dict[str, object]:
    return {
        "version": 1,
        "lock": str(report.lock),
        "written": report.written,
        "refused": report.refused,
        "lacking": report.lacking,
        "images": [document(move) for move in report.images],
        "toolchains": [{"tool": one.tool, "old": one.old, "new": one.new} for one in report.toolchains],
        "changes": [{"verb": one.verb, "subject": one.subject} for one in report.changes],
        "losses": [_loss(one) for one in report.losses],
        "copies": [asdict(one) for one in report.copies],
    }


def _loss(one: Loss) -> dict[str, object]:
    return {
        "image": one.image,
        "platform": one.platform,
        "functions": one.functions,
        "library": one.library,
        "versions": sorted(one.versions.lost) if one.versions else [],
        "unknown": None if one.unknown is None else printable(one.unknown),
    }


def _took(copy: Copy) -> str:
    if not copy.blobs:
        return "all there already"
    count = "1 blob" if copy.blobs == 1 else f"{copy.blobs} blobs"
    return f"{count} of {size(copy.size)}, {copy.kept} there already"

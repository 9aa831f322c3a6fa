"""What `lambdabuild lock` did."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from lambdabuild.model.report import Change, Copy
from lambdabuild.report.style import Style, data, size, words


def show_changes(changes: Sequence[Change], lock: Path, style: Style, *, copies: Sequence[Copy] = ()) -> None:
    """A line a change and a copy on stderr, or one document on stdout."""
    if style.as_json:
        shown = [{"verb": one.verb, "subject": one.subject} for one in changes]
        copied = [asdict(one) for one in copies]
        data(json.dumps({"version": 1, "lock": str(lock), "changes": shown, "copies": copied}, indent=2) + "\n")
        return
    if style.quiet:
        return
    for one in changes:
        words(f"{one.verb} {one.subject}\n")
    words(f"`{lock}` covers the spec" + ("\n" if changes else "; nothing to do\n"))
    for copy in copies:
        words(f"copied {copy.image} to {copy.to}: {_took(copy)}\n")


def _took(copy: Copy) -> str:
    if not copy.blobs:
        return "all there already"
    count = "1 blob" if copy.blobs == 1 else f"{copy.blobs} blobs"
    return f"{count} of {size(copy.size)}, {copy.kept} there already"

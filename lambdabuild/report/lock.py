"""What `lambdabuild lock` did."""

import json
from collections.abc import Sequence
from pathlib import Path

from lambdabuild.model.report import Change
from lambdabuild.report.style import Style, data, words


def show_changes(changes: Sequence[Change], lock: Path, style: Style) -> None:
    """A line a change on stderr, or one document on stdout."""
    if style.as_json:
        shown = [{"verb": one.verb, "subject": one.subject} for one in changes]
        data(json.dumps({"version": 1, "lock": str(lock), "changes": shown}, indent=2) + "\n")
        return
    if style.quiet:
        return
    for one in changes:
        words(f"{one.verb} {one.subject}\n")
    words(f"`{lock}` covers the spec" + ("\n" if changes else "; nothing to do\n"))

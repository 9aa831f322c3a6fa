"""Findings as people read them: what and where, then what to do."""

import sys
from collections.abc import Iterable

from lambdabuild.model.finding import Finding, Severity
from lambdabuild.report.style import Style, words

_COLORS = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


def show_findings(path: str, findings: Iterable[Finding], style: Style) -> None:
    """Show what was found in the artifact at `path`, on stderr. Notes are left out where quiet."""
    shown = [one for one in findings if not (style.quiet and one.severity is Severity.NOTE)]
    if not style.live(sys.stderr):
        for one in shown:
            words(f"{one.severity}: {one.rule}: {path}: `{one.file}`: {one.message}\nhint: {one.fix}\n")
        return
    from rich.markup import escape

    console = style.console(sys.stderr)
    for one in shown:
        color = _COLORS[one.severity]
        console.print(f"[{color}]{one.severity} {one.rule}[/] {escape(f'{path}: `{one.file}`: {one.message}')}")
        console.print(f"  [dim]hint: {escape(one.fix)}[/]")

"""Findings as people read them: what and where, then what to do."""

import dataclasses
import json
import sys
from collections.abc import Iterable, Sequence

from lambdabuild.model.finding import Finding, Severity
from lambdabuild.model.report import Verdict
from lambdabuild.report.style import Style, data, words

_COLORS = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


def show_verdicts(verdicts: Sequence[Verdict], style: Style) -> None:
    """One document on stdout, or findings and a sum on stderr."""
    if style.as_json:
        shown = [dataclasses.asdict(verdict) for verdict in verdicts]
        data(json.dumps({"version": 1, "artifacts": shown}, indent=2) + "\n")
        return
    for verdict in verdicts:
        show_findings(verdict.path, verdict.findings, style)
    if not style.quiet:
        count = sum(len(verdict.findings) for verdict in verdicts)
        words(f"{len(verdicts)} checked, {count} finding{'' if count == 1 else 's'}\n")


def show_findings(path: str, findings: Iterable[Finding], style: Style) -> None:
    """Show what was found in the artifact at `path`, on stderr. Notes are left out where quiet."""
    shown = [one for one in findings if not (style.quiet and one.severity is Severity.NOTE)]
    if not style.rich(sys.stderr):
        for one in shown:
            words(f"{one.severity}: {one.rule}: {path}: {one.message}\nhint: {one.fix}\n")
        return
    from rich.markup import escape

    console = style.console(sys.stderr)
    for one in shown:
        color = _COLORS[one.severity]
        console.print(f"[{color}]{one.severity} {one.rule}[/] {escape(f'{path}: {one.message}')}")
        console.print(f"  [dim]hint: {escape(one.fix)}[/]")

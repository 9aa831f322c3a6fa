"""Findings as people read them: what and where, then what to do."""

import dataclasses
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, assert_never

from lambdabuild.io.text import printable
from lambdabuild.model.finding import Finding, Rule, Severity
from lambdabuild.model.report import Verdict
from lambdabuild.report.github import commands
from lambdabuild.report.sarif import sarif
from lambdabuild.report.style import Style, data, words

_COLORS = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}

Format = Literal["text", "json", "sarif", "github"]


def show_verdicts(verdicts: Sequence[Verdict], rules: Mapping[str, Rule], style: Style, form: Format = "text") -> None:
    """One document on stdout, lines for GitHub Actions on stdout, or findings and a sum on stderr."""
    match form:
        case "json":
            shown = [dataclasses.asdict(verdict) for verdict in verdicts]
            data(json.dumps({"version": 1, "artifacts": shown}, indent=2) + "\n")
        case "sarif":
            data(json.dumps(sarif(verdicts, rules), indent=2) + "\n")
        case "github":
            data("".join(f"{line}\n" for line in commands(verdicts)))
        case "text":
            for verdict in verdicts:
                if verdict.layer and verdict.function is None and not style.quiet:
                    words(f"{printable(verdict.path)}: taken for a layer, by its folders\n")
                show_findings(verdict.path, verdict.findings, style)
                words("" if style.quiet else _supports(verdict))
        case _:
            assert_never(form)
    if form in ("text", "github") and not style.quiet:
        count = sum(len(verdict.findings) for verdict in verdicts)
        words(f"{len(verdicts)} checked, {count} finding{'' if count == 1 else 's'}\n")


def _supports(verdict: Verdict) -> str:
    """The runtimes and CPUs of one that is for several: it may be deployed to any of them."""
    if sum(map(len, verdict.supports.values())) < 2:
        return ""
    each = ", ".join(f"{name} ({', '.join(there)})" for name, there in verdict.supports.items())
    return f"{printable(verdict.path)}: for {each}\n"


def show_findings(path: str, findings: Iterable[Finding], style: Style) -> None:
    """Show what was found in the artifact at `path`, on stderr. Notes are left out where quiet."""
    shown = [one for one in findings if not (style.quiet and one.severity is Severity.NOTE)]
    if not style.rich(sys.stderr):
        for one in shown:
            words(f"{one.severity}: {one.rule}: {printable(path)}: {one.message}\nhint: {one.fix}\n")
        return
    from rich.markup import escape

    console = style.console(sys.stderr)
    for one in shown:
        color = _COLORS[one.severity]
        console.print(f"[{color}]{one.severity} {one.rule}[/] {escape(f'{printable(path)}: {one.message}')}")
        console.print(f"  [dim]hint: {escape(one.fix)}[/]")

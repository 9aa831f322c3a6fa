"""Findings as workflow commands of GitHub Actions.

Source of the format: docs.github.com, "Workflow commands for GitHub Actions"; escapes as in @actions/core, command.ts.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from lambdabuild.io.text import printable
from lambdabuild.model.finding import Severity
from lambdabuild.model.report import Verdict

_COMMANDS: Final[Mapping[Severity, str]] = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.NOTE: "notice",
}


def commands(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """`::error file=dist/orders-arm64.zip,title=LB312::…`, one line a finding."""
    for verdict in verdicts:
        for one in verdict.findings:
            properties = f"file={_property(printable(verdict.path))},title={_property(one.rule)}"
            message = _text(f"{one.message}\nhint: {one.fix}")
            yield f"::{_COMMANDS[one.severity]} {properties}::{message}"


def _text(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _text(text).replace(":", "%3A").replace(",", "%2C")

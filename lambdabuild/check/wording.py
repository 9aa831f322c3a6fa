"""Puts verdicts into the words of the rulebook."""

import re

from lambdabuild.check.rulebook import RULES
from lambdabuild.check.verdict import Verdict
from lambdabuild.model.finding import Finding, Severity

_OPTIONAL = re.compile(r"\[([^\[\]]*\{\w+\}[^\[\]]*)\]")
_NAME = re.compile(r"\{(\w+)\}")


def speak(verdict: Verdict) -> Finding:
    """Put a verdict into words. Of a file that Lambda does not start, an error is a warning: it may never be loaded."""
    rule = RULES[verdict.rule]
    fix = rule.fix if isinstance(rule.fix, str) else rule.fix[verdict.details["built"]]
    lowered = verdict.carried and rule.severity is Severity.ERROR
    return Finding(
        rule=rule.id,
        severity=Severity.WARNING if lowered else rule.severity,
        file=verdict.file,
        message=_filled(rule.message, verdict),
        fix=_filled(fix, verdict),
    )


def _filled(template: str, verdict: Verdict) -> str:
    details = {"file": verdict.file, **verdict.details}

    def optional(match: re.Match[str]) -> str:
        return match[1] if all(details.get(name) for name in _NAME.findall(match[1])) else ""

    return _OPTIONAL.sub(optional, template).format_map(details)

"""Puts verdicts into the words of the rulebook."""

import re

from lambdabuild.check.rulebook import RULES
from lambdabuild.check.verdict import Verdict
from lambdabuild.io.text import printable
from lambdabuild.model.finding import Finding, Rule, Severity

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
        file=printable(verdict.file),
        message=_filled(rule.message, verdict) + _more(rule, verdict),
        fix=_filled(fix, verdict),
    )


def _more(rule: Rule, verdict: Verdict) -> str:
    """How many others a verdict stands for, where the message does not say so itself."""
    others = verdict.details.get("others")
    return f"; there are {others} more like it" if others and "{others}" not in rule.message else ""


def _filled(template: str, verdict: Verdict) -> str:
    details = {name: printable(told) for name, told in {"file": verdict.file, **verdict.details}.items()}

    def optional(match: re.Match[str]) -> str:
        return match[1] if all(details.get(name) for name in _NAME.findall(match[1])) else ""

    return _OPTIONAL.sub(optional, template).format_map(details)

"""Will it load? Facts of each file, judgement by rules, words for people."""

from lambdabuild.check.facts import gather
from lambdabuild.check.rules import NOT_STATIC, judge
from lambdabuild.check.subject import Subject
from lambdabuild.check.wording import RULES, speak
from lambdabuild.model.finding import Finding

__all__ = ["NOT_STATIC", "RULES", "Subject", "check"]


def check(subject: Subject) -> tuple[Finding, ...]:
    """Judge an artifact. The most severe findings come first; those that `allow` accepts are left out."""
    findings = [speak(verdict) for verdict in judge(subject, gather(subject.entries))]
    return tuple(sorted(findings, key=lambda each: (each.severity.rank, each.rule, each.file)))

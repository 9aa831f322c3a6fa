"""What the user accepts."""

from collections.abc import Iterator, Sequence

from lambdabuild.check.rulebook import RULES
from lambdabuild.check.subject import Subject
from lambdabuild.check.verdict import Verdict


def without_allowed(views: Sequence[Subject], verdicts: Sequence[Verdict]) -> Iterator[Verdict]:
    """The verdicts of an artifact that are not accepted; an `allow` that matches none is one itself."""
    subject, *_ = views
    architectures = {None, *(view.architecture for view in views)}
    allowed = {each.rule for each in subject.allow}
    yield from (verdict for verdict in verdicts if verdict.rule not in allowed)
    for rule in sorted(allowed - {verdict.rule for verdict in verdicts}):
        details = {"allowed": rule}
        file = subject.bootstrap or ""
        if rule not in RULES:
            yield Verdict(rule="LB902", file=file, details=details)
        elif RULES[rule].architecture in architectures:
            yield Verdict(rule="LB901", file=file, details=details)

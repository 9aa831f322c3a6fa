"""Will it load? Facts of each file, judgement by rules, words for people."""

from collections.abc import Sequence

from lambdabuild.check.allowing import without_allowed
from lambdabuild.check.elves import NOT_STATIC
from lambdabuild.check.facts import gather
from lambdabuild.check.rulebook import RULES
from lambdabuild.check.rules import Runtimes, judge
from lambdabuild.check.search import TASK
from lambdabuild.check.subject import OPT, Runtime, Subject
from lambdabuild.check.wording import speak
from lambdabuild.model.finding import Finding

__all__ = ["NOT_STATIC", "OPT", "RULES", "TASK", "Runtime", "Runtimes", "Subject", "check"]


def check(views: Sequence[Subject], runtimes: Runtimes) -> tuple[Finding, ...]:
    """Judge one artifact, on every CPU that it is for. The most severe findings come first, those that `allow` accepts
    are left out, and none is said twice.

    `runtimes` is called where something has to be loaded: a static artifact never does.
    """
    subject, *_ = views
    own = gather(subject.own.entries, subject.root)
    layers = gather(subject.layers.entries, OPT)
    verdicts = [verdict for view in views for verdict in judge(view, own, layers, runtimes)]
    findings = [speak(verdict) for verdict in without_allowed(views, verdicts)]
    return tuple(sorted(dict.fromkeys(findings), key=lambda each: (each.severity.rank, each.rule, each.file)))

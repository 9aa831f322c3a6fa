"""Will it load? Facts of each file, judgement by rules, words for people."""

from lambdabuild.check.elves import NOT_STATIC
from lambdabuild.check.facts import gather
from lambdabuild.check.rulebook import RULES
from lambdabuild.check.rules import Runtimes, judge
from lambdabuild.check.search import TASK
from lambdabuild.check.subject import OPT, Runtime, Subject
from lambdabuild.check.wording import speak
from lambdabuild.model.finding import Finding

__all__ = ["NOT_STATIC", "OPT", "RULES", "TASK", "Runtime", "Runtimes", "Subject", "check"]


def check(subject: Subject, runtimes: Runtimes) -> tuple[Finding, ...]:
    """Judge an artifact. The most severe findings come first; those that `allow` accepts are left out.

    `runtimes` is called where something has to be loaded: a static artifact never does.
    """
    own = gather(subject.own.entries, subject.root)
    layers = gather(subject.layers.entries, OPT)
    findings = [speak(verdict) for verdict in judge(subject, own, layers, runtimes)]
    return tuple(sorted(dict.fromkeys(findings), key=lambda each: (each.severity.rank, each.rule, each.file)))

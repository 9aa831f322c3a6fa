"""Findings for code scanning: SARIF 2.1.0 (OASIS standard, sections 3.13 to 3.52)."""

import os
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from lambdabuild import __version__
from lambdabuild.io.text import printable
from lambdabuild.model.finding import Finding, Rule
from lambdabuild.model.report import Verdict

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif(verdicts: Sequence[Verdict], rules: Mapping[str, Rule]) -> dict[str, Any]:
    """One run: the rules that were broken, and a result for each finding."""
    broken = sorted({one.rule for verdict in verdicts for one in verdict.findings})
    driver = {
        "name": "lambdabuild",
        "version": __version__,
        "rules": [_rule(rules[name]) for name in broken],
    }
    results = [
        _result(verdict, one, broken.index(one.rule), number)
        for verdict in verdicts
        for number, one in enumerate(verdict.findings)
    ]
    artifacts = [{"location": {"uri": uri}} for uri in dict.fromkeys(_uri(verdict.path) for verdict in verdicts)]
    run = {"tool": {"driver": driver}, "artifacts": artifacts, "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": rule.fix if isinstance(rule.fix, str) else next(iter(rule.fix.values()))},
        "defaultConfiguration": {"level": rule.severity},
    }


def _result(verdict: Verdict, one: Finding, index: int, number: int) -> dict[str, Any]:
    before = sum((other.rule, other.file) == (one.rule, one.file) for other in verdict.findings[:number])
    inside = {"name": one.file, "fullyQualifiedName": f"{printable(verdict.path)}!{one.file}", "kind": "member"}
    return {
        "ruleId": one.rule,
        "ruleIndex": index,
        "level": one.severity,
        "message": {"text": f"{one.message}. To mend it: {one.fix}."},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": _uri(verdict.path)}},
                "logicalLocations": [inside],
            }
        ],
        "partialFingerprints": {"lambdabuild/v1": f"{printable(verdict.path)}!{one.file}:{one.rule}:{before}"},
    }


def _uri(path: str) -> str:
    """A relative or absolute path as a URI reference, which slashes divide."""
    return quote(os.fsencode(PurePath(path).as_posix()))

"""The table of rules is whole, and its words are ours."""

import ast
import re
from pathlib import Path

import pytest

from lambdabuild.check import RULES
from lambdabuild.check.verdict import Verdict
from lambdabuild.check.wording import Rule, speak


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_a_rule_is_whole(rule: Rule) -> None:
    assert re.fullmatch(r"LB[1-9]\d\d", rule.id)
    for text in (rule.title, rule.message, rule.why, rule.fix):
        assert text
        assert text == text.strip()
    for line in (rule.title, rule.message, rule.fix):
        assert not line.endswith("."), "no full stop on a single sentence"
    assert rule.why.endswith((".", '."'))
    assert rule.title[0].islower() or rule.title.startswith(("-", "GO"))


def test_rules_are_in_the_order_of_their_ids() -> None:
    assert list(RULES) == sorted(RULES)


def test_every_rule_has_a_test_of_its_own() -> None:
    tests = ast.parse(Path(__file__).with_name("test_check.py").read_text())
    named = {
        found[1].upper()
        for node in tests.body
        if isinstance(node, ast.FunctionDef) and (found := re.match(r"test_(lb\d+)_", node.name))
    }

    assert named == set(RULES)


def test_what_has_no_details_is_left_unsaid() -> None:
    nothing = Verdict(rule="LB301", file="x", details={"needed": "", "interpreter": "", "packages": ""})

    assert speak(nothing).message == "`x` is not static: cgo was on when it was built"


def test_details_are_not_templates() -> None:
    """A file may be named `[{x}]`."""
    verdict = Verdict(rule="LB101", file="[{x}]", details={"near": "{y}[z]"})

    assert speak(verdict).message == "the zip has no `[{x}]`, but it has `{y}[z]`"

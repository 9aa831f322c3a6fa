"""The table of rules is whole, and its words are ours."""

import ast
import re
from pathlib import Path

import pytest

from lambdabuild.check import RULES
from lambdabuild.check.verdict import Verdict
from lambdabuild.check.wording import speak
from lambdabuild.model.finding import Rule


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_a_rule_is_whole(rule: Rule) -> None:
    assert re.fullmatch(r"LB[1-9]\d\d", rule.id)
    fixes = [rule.fix] if isinstance(rule.fix, str) else list(rule.fix.values())
    for text in (rule.title, rule.message, rule.why, *fixes):
        assert text
        assert text == text.strip()
    for line in (rule.title, rule.message, *fixes):
        assert not line.endswith("."), "no full stop on a single sentence"
    assert rule.why.endswith((".", '."'))
    assert rule.title[0].islower() or rule.title.startswith(("-", "GO"))


def test_rules_are_in_the_order_of_their_ids() -> None:
    assert list(RULES) == sorted(RULES)


def test_every_rule_has_a_test_that_reads_its_words() -> None:
    named = {
        str(node.value)
        for file in Path(__file__).parent.glob("test_*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and re.fullmatch(r"LB\d+", str(node.value))
    }

    assert named - {"LB999"} == set(RULES)


def test_what_has_no_details_is_left_unsaid() -> None:
    nothing = Verdict(rule="LB301", file="x", details={"needed": "", "interpreter": "", "packages": ""})

    assert speak(nothing).message == "`x` is not static: cgo was on when it was built"


def test_details_are_not_templates() -> None:
    """A file may be named `[{x}]`."""
    verdict = Verdict(rule="LB101", file="[{x}]", details={"near": "{y}[z]"})

    assert speak(verdict).message == "there is no `[{x}]`, but there is `{y}[z]`"


def test_what_a_terminal_would_obey_is_shown_instead() -> None:
    """Names of libraries, interpreters and versions are of whoever made the file."""
    details = {"interpreter": "/lib/\x1b[31m\n::error::x", "image": "i", "libc": ""}

    found = speak(Verdict(rule="LB319", file="a\nb", details=details))

    assert found.file == r"a\nb"
    assert found.message == r"`a\nb` is started by `/lib/\x1b[31m\n::error::x`, which i does not have"


def test_others_are_counted_where_the_message_does_not() -> None:
    found = speak(Verdict(rule="LB102", file="x", details={"kind": "a pipe", "others": "5"}))

    assert found.message == "`x` is a pipe; there are 5 more like it"

"""docs/rules: each page is made of the rulebook and of a run, and is still what they make."""

import re
import tempfile

import pytest

from lambdabuild.check import RULES
from tests.corpus.court import Court
from tests.corpus.pages import PAGES, index, page
from tests.support.cli import ROOT


@pytest.mark.parametrize("rule", RULES)
def test_a_page_is_what_the_rulebook_and_a_run_of_its_example_make(rule: str, court: Court) -> None:
    written = (PAGES / f"{rule}.md").read_text()

    assert written == page(RULES[rule], court), "it has moved: run `make docs`, look at the change"


def test_there_is_a_page_of_every_rule_and_of_nothing_else() -> None:
    assert {path.name for path in PAGES.iterdir()} == {"README.md", *(f"{rule}.md" for rule in RULES)}


def test_the_index_lists_every_rule() -> None:
    written = (PAGES / "README.md").read_text()

    assert written == index(), "it has moved: run `make docs`"
    assert all(
        f"| [{rule.id}]({rule.id}.md) | {rule.severity} | {rule.title} |\n" in written for rule in RULES.values()
    )


def test_no_page_depends_on_the_machine() -> None:
    for path in PAGES.iterdir():
        text = path.read_text()
        assert not any(word in text for word in (str(ROOT), tempfile.gettempdir() + "/", "made/"))
        assert not re.search(r"sha256:[0-9a-f]", text)

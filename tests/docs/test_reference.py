"""The reference says what the code does."""

import pytest

from lambdabuild.cli.main import COMMANDS
from tests.docs.reference import PAGES
from tests.support.cli import ROOT


@pytest.mark.parametrize("name", PAGES)
def test_the_reference_is_what_the_code_says(name: str) -> None:
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == PAGES[name](), (
        "run `make docs`, and look at the change"
    )


def test_every_command_has_its_part() -> None:
    page = PAGES["cli.md"]()

    assert [name for name in COMMANDS if f"\n## `lambdabuild {name}`\n" not in page] == []


def test_every_key_of_a_function_is_told_of() -> None:
    page = PAGES["spec.md"]()

    for key in ("package", "include", "layout", "goexperiment", "allow"):
        assert f"\n| `{key}` | " in page

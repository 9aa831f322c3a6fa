"""`lambdabuild explain`: the pages of the rules, from a checkout and from what is installed."""

import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from lambdabuild.check import RULES
from tests.corpus.pages import PAGES
from tests.support.cli import ROOT, Cli


@pytest.mark.parametrize("rule", ["LB312", "lb312"])
def test_a_rule_is_explained_by_its_page(rule: str, tmp_path: Path) -> None:
    assert Cli().done("explain", rule, cwd=tmp_path) == (PAGES / "LB312.md").read_text()


def test_a_rule_is_explained_to_a_program(tmp_path: Path) -> None:
    document = json.loads(Cli().done("explain", "LB401", "--json", cwd=tmp_path))

    assert document == {
        "version": 1,
        "rule": "LB401",
        "severity": "warning",
        "title": "GOAMD64=v3",
        "page": (PAGES / "LB401.md").read_text(),
    }


def test_without_a_rule_all_are_listed(tmp_path: Path) -> None:
    lines = Cli().done("explain", cwd=tmp_path).splitlines()
    document = json.loads(Cli().done("explain", "--json", cwd=tmp_path))

    assert [line.split(maxsplit=2) for line in lines] == [[one.id, one.severity, one.title] for one in RULES.values()]
    assert document == {
        "version": 1,
        "rules": [{"rule": one.id, "severity": one.severity, "title": one.title} for one in RULES.values()],
    }


@pytest.mark.parametrize("rule", ["LB999", "312", "../LB312", ""])
def test_a_rule_that_is_not_there_is_told(rule: str, tmp_path: Path) -> None:
    answer = Cli().run("explain", rule, cwd=tmp_path)

    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr == f"error: there is no rule `{rule}`\n\nhint: run `lambdabuild explain` for a list\n"


def test_what_is_installed_explains_every_rule(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    done([*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", str(tmp_path / "wheels"), str(ROOT)])
    (wheel,) = (tmp_path / "wheels").glob("*.whl")
    done([*pip, "install", "--no-deps", "--target", str(tmp_path / "site"), str(wheel)])
    code = "from lambdabuild.check import explanation as e; print(e.__file__); print(e.page(sys.argv[1]))"

    for rule in RULES:
        assert (tmp_path / "site/lambdabuild/check/pages" / f"{rule}.md").is_file()
    said = done(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r}); {code}", "LB312"]
    )
    assert said == f"{tmp_path}/site/lambdabuild/check/explanation.py\n{(PAGES / 'LB312.md').read_text()}\n"


def test_the_source_distribution_has_the_pages(tmp_path: Path) -> None:
    done([sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path)])
    (source,) = tmp_path.glob("*.tar.gz")

    with tarfile.open(source) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {f"docs/rules/{rule}.md" for rule in RULES} < names


def done(argv: list[str]) -> str:
    """The standard output of a process in the checkout."""
    answer = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout

"""Findings for other programs: SARIF and GitHub Actions."""

from sarif_pydantic import Sarif

from lambdabuild.check import RULES
from lambdabuild.model.finding import Finding, Severity
from lambdabuild.model.platform import Architecture
from lambdabuild.model.report import Verdict
from lambdabuild.report.github import commands
from lambdabuild.report.sarif import sarif

ERROR = Finding(rule="LB101", severity=Severity.ERROR, file="bootstrap", message="100% gone,\nreally", fix="put it")
NOTE = Finding(rule="LB603", severity=Severity.NOTE, file="bootstrap", message="no tag", fix="a tag")
VERDICTS = [
    Verdict(
        path="my dist/a,b:c.zip",
        function="a",
        architectures=(Architecture.AMD64,),
        supports={},
        findings=(ERROR, NOTE),
    ),
    Verdict(path="b.zip", function=None, architectures=(Architecture.ARM64,), supports={}, findings=()),
]


def test_commands_are_escaped() -> None:
    assert list(commands(VERDICTS)) == [
        "::error file=my dist/a%2Cb%3Ac.zip,title=LB101::100%25 gone,%0Areally%0Ahint: put it",
        "::notice file=my dist/a%2Cb%3Ac.zip,title=LB603::no tag%0Ahint: a tag",
    ]


def test_sarif_has_a_rule_for_each_result_and_a_place_for_each_artifact() -> None:
    document = sarif(VERDICTS, RULES)

    (run,) = document["runs"]
    driver = run["tool"]["driver"]
    assert [rule["id"] for rule in driver["rules"]] == ["LB101", "LB603"]
    assert [driver["rules"][result["ruleIndex"]]["id"] for result in run["results"]] == ["LB101", "LB603"]
    assert [result["level"] for result in run["results"]] == ["error", "note"]
    assert [each["location"]["uri"] for each in run["artifacts"]] == ["my%20dist/a%2Cb%3Ac.zip", "b.zip"]
    assert run["results"][0]["message"]["text"] == "100% gone,\nreally. To mend it: put it."
    assert {rule["defaultConfiguration"]["level"] for rule in driver["rules"]} <= {"error", "warning", "note"}


def test_sarif_of_nothing_found_is_a_run_without_results() -> None:
    (run,) = sarif(VERDICTS[1:], RULES)["runs"]

    assert (run["results"], run["tool"]["driver"]["rules"]) == ([], [])


def test_sarif_is_what_others_read() -> None:
    """sarif-pydantic has the types of the standard's schema; what it does not know it drops."""
    document = sarif(VERDICTS, RULES)

    read = Sarif.model_validate(document).model_dump(mode="json", by_alias=True, exclude_none=True)

    assert lost(document, read) == []


def lost(written: object, read: object, path: str = "") -> list[str]:
    """Where something that was written is not what was read."""
    match written, read:
        case dict(), dict():
            return [one for key, value in written.items() for one in lost(value, read.get(key), f"{path}.{key}")]
        case list(), list() if len(written) == len(read):
            return [
                one for number, value in enumerate(written) for one in lost(value, read[number], f"{path}[{number}]")
            ]
    return [] if written == read else [path]

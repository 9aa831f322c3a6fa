"""Findings, a plan, progress, sizes: how each is shown."""

import json
from contextlib import redirect_stderr
from pathlib import Path, PurePosixPath

import pytest

from lambdabuild.model.events import Event, Finished, Started, Warned
from lambdabuild.model.plan import Action, Command, Digest, Group, InputFile, Inputs, InputTree, Plan, Toolchain
from lambdabuild.model.platform import Architecture
from lambdabuild.model.report import Verdict
from lambdabuild.report.findings import show_verdicts
from lambdabuild.report.plan import show_plan
from lambdabuild.report.progress import progress
from lambdabuild.report.style import Style, size
from tests.unit.report.conftest import Terminal
from tests.unit.report.samples import ERROR, NOTE, WARNING

Capture = pytest.CaptureFixture[str]

PLAIN = Style(color="never")
VERDICTS = [
    Verdict(path="dist/a.zip", function="a", architectures=(Architecture.AMD64,), supports={}, findings=(ERROR, NOTE)),
    Verdict(path="dist/b.zip", function="b", architectures=(Architecture.ARM64,), supports={}, findings=()),
]
EVENTS: list[Event] = [
    Started(work="toolchain", subject="Go 1.26.8 for linux/amd64"),
    Finished(work="toolchain", subject="Go 1.26.8 for linux/amd64", seconds=2.04, ok=True),
    Finished(work="plan", subject="buildspec.yaml", seconds=0.3, ok=True),
    Finished(work="compile", subject="orders-arm64", seconds=1.0, ok=False),
    Warned(message="`[x]` changed", hint="build again"),
]
WARNED = "warning: `[x]` changed\nhint: build again\n"
A, B, C = (Digest(hash=letter * 64, size=number) for number, letter in enumerate("abc"))


def a_plan(*, image: str | None = None) -> Plan:
    action = Action(
        function="orders",
        architecture=Architecture.ARM64,
        package="./cmd/orders",
        binary="orders",
        command=Command(
            argv=("/bin/sh", "../launch", "-ldflags=-s -w"),
            env={"GOOS": "linux", "GOFLAGS": ""},
            working_directory=PurePosixPath("src"),
            outputs=("out",),
            properties={} if image is None else {"container-image": image},
        ),
        inputs=Inputs(
            root=A,
            files=(InputFile(path=PurePosixPath("src/go.mod"), digest=B),),
            trees=(InputTree(path=PurePosixPath("go"), digest=C, source=None),),
        ),
        digest=B,
        sources={},
        folders={},
    )
    toolchain = Toolchain(version="1.26.8", root=Path("go"))
    return Plan(groups=(Group(toolchain=toolchain, folder=Path(), env={}, flags=(), actions=(action,)),))


def test_findings_say_what_and_where_then_what_to_do(capsys: Capture) -> None:
    show_verdicts(VERDICTS, {}, PLAIN)

    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        "error: LB901: dist/a.zip: `bootstrap` [is] bad\nhint: do `this`\n"
        "note: LB903: dist/a.zip: so it is\nhint: nothing\n"
        "2 checked, 2 findings\n"
    )


def test_one_finding_is_not_plural(capsys: Capture) -> None:
    show_verdicts(
        [Verdict(path="a", function="a", architectures=(Architecture.AMD64,), supports={}, findings=(WARNING,))],
        {},
        PLAIN,
    )

    assert capsys.readouterr().err.endswith("1 checked, 1 finding\n")


def test_quiet_findings_are_errors_and_warnings(capsys: Capture) -> None:
    show_verdicts(VERDICTS, {}, Style(quiet=True))

    assert capsys.readouterr() == ("", "error: LB901: dist/a.zip: `bootstrap` [is] bad\nhint: do `this`\n")


def test_findings_are_coloured_by_severity(capsys: Capture) -> None:
    show_verdicts(VERDICTS, {}, Style(color="always"))

    err = capsys.readouterr().err
    assert "\x1b[1;31merror LB901\x1b[0m dist/a.zip: `bootstrap` [is] bad\n" in err
    assert "\x1b[36mnote LB903\x1b[0m dist/a.zip: so it is\n" in err
    assert "hint: do `this`" in err


def test_verdicts_as_json_are_one_document(capsys: Capture) -> None:
    show_verdicts(VERDICTS, {}, PLAIN, "json")

    out, err = capsys.readouterr()
    document = json.loads(out)
    assert err == ""
    assert document["version"] == 1
    assert [(one["path"], len(one["findings"])) for one in document["artifacts"]] == [
        ("dist/a.zip", 2),
        ("dist/b.zip", 0),
    ]
    assert document["artifacts"][0]["findings"][0]["severity"] == "error"


TEXT = f"""\
orders arm64
  action      {B}
  inputs      2 (1 whole trees), root {A}
  folder      src
  environment GOOS=linux GOFLAGS=
  argv        /bin/sh ../launch '-ldflags=-s -w'
"""


def test_a_plan_is_data(capsys: Capture) -> None:
    show_plan(a_plan(), PLAIN)

    assert capsys.readouterr() == (f"{TEXT}\n", "")


def test_a_verbose_plan_lists_every_input(capsys: Capture) -> None:
    show_plan(a_plan(), Style(verbose=True, color="always"))

    assert capsys.readouterr() == (f"{TEXT}    {C} go\n    {B} src/go.mod\n\n", "")


def test_a_plan_names_the_image_that_is_in_the_digest(capsys: Capture) -> None:
    planned = a_plan(image=f"docker://r.example/build@sha256:{'d' * 64}")

    show_plan(planned, PLAIN)
    assert f"  folder      src\n  image       docker://r.example/build@sha256:{'d' * 64}\n" in capsys.readouterr().out
    show_plan(planned, Style(as_json=True))
    (action,) = json.loads(capsys.readouterr().out)["actions"]
    assert action["platform"] == {"container-image": f"docker://r.example/build@sha256:{'d' * 64}"}


def test_a_plan_as_json_is_one_document(capsys: Capture) -> None:
    show_plan(a_plan(), Style(as_json=True))

    assert json.loads(capsys.readouterr().out) == {
        "version": 1,
        "actions": [
            {
                "function": "orders",
                "architecture": "arm64",
                "digest": str(B),
                "argv": ["/bin/sh", "../launch", "-ldflags=-s -w"],
                "environment": {"GOOS": "linux", "GOFLAGS": ""},
                "working_directory": "src",
                "outputs": ["out"],
                "platform": {},
                "input_root": str(A),
                "inputs": [{"path": "go", "digest": str(C)}, {"path": "src/go.mod", "digest": str(B)}],
            }
        ],
    }


@pytest.mark.parametrize(
    ("style", "words"),
    [
        (Style(), f"Fetched Go 1.26.8 for linux/amd64 in 2.0 s\n{WARNED}"),
        (
            Style(verbose=True),
            f"Fetched Go 1.26.8 for linux/amd64 in 2.0 s\nPlanned buildspec.yaml in 0.3 s\n{WARNED}",
        ),
        (Style(quiet=True), WARNED),
        (Style(as_json=True), WARNED),
        (Style(quiet=True, color="always"), WARNED),
        (Style(color="always"), f"Fetched Go 1.26.8 for linux/amd64 in 2.0 s\n{WARNED}"),
    ],
)
def test_a_log_has_a_line_for_what_took_long_and_each_warning(capsys: Capture, style: Style, words: str) -> None:
    with progress(style) as emit:
        for event in EVENTS:
            emit(event)

    assert capsys.readouterr() == ("", words)


def test_a_terminal_shows_what_is_going_on_and_keeps_only_warnings(capsys: Capture, terminal: Terminal) -> None:
    with redirect_stderr(terminal), progress(Style()) as emit:
        for event in EVENTS:
            emit(event)
        emit(Started(work="compile", subject="orders-[x]-arm64"))

    err = terminal.getvalue()
    assert capsys.readouterr().out == ""
    assert "\x1b[33mwarning:\x1b[0m `[x]` changed\nhint: build again\n" in err
    assert "Compiling orders-[x]-arm64" in err
    assert err.rstrip("\n").endswith(("\x1b[?25h", "\x1b[2K", "\x1b[1A\x1b[2K"))


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (999_499, "999 kB"), (999_999, "1.0 MB"), (4_123_456, "4.1 MB")],
)
def test_a_size_is_in_powers_of_ten(count: int, words: str) -> None:
    assert size(count) == words

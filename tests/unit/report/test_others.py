"""Findings, a lock, a plan, progress, sizes: how each is shown."""

import json
from contextlib import redirect_stderr
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from lambdabuild.model.events import Event, Finished, Started, Warned
from lambdabuild.model.plan import Action, Command, Digest, Group, InputFile, Inputs, InputTree, Plan, Toolchain
from lambdabuild.model.platform import Architecture
from lambdabuild.model.report import Change, Copy, Verdict
from lambdabuild.report import Style, progress, show_changes, show_plan, show_verdicts
from lambdabuild.report.style import size
from tests.unit.report.conftest import Terminal
from tests.unit.report.samples import ERROR, NOTE, WARNING

Capture = pytest.CaptureFixture[str]

PLAIN = Style(color="never")
VERDICTS = [
    Verdict(path="dist/a.zip", function="a", architecture=Architecture.AMD64, findings=(ERROR, NOTE)),
    Verdict(path="dist/b.zip", function="b", architecture=Architecture.ARM64, findings=()),
]
CHANGES = [Change(verb="added", subject="go@1.26.8 linux/amd64"), Change(verb="dropped", subject="x:1")]
EVENTS: list[Event] = [
    Started(work="toolchain", subject="Go 1.26.8 for linux/amd64"),
    Finished(work="toolchain", subject="Go 1.26.8 for linux/amd64", seconds=2.04, ok=True),
    Finished(work="plan", subject="buildspec.yaml", seconds=0.3, ok=True),
    Finished(work="compile", subject="orders-arm64", seconds=1.0, ok=False),
    Warned(message="`[x]` changed", hint="build again"),
]
WARNED = "warning: `[x]` changed\nhint: build again\n"
A, B, C = (Digest(hash=letter * 64, size=number) for number, letter in enumerate("abc"))


def a_plan() -> Plan:
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
            properties={},
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
    show_verdicts([Verdict(path="a", function="a", architecture=Architecture.AMD64, findings=(WARNING,))], {}, PLAIN)

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


def test_a_lock_says_what_changed(capsys: Capture) -> None:
    show_changes(CHANGES, Path("images.lock"), PLAIN)

    assert capsys.readouterr() == (
        "",
        "added go@1.26.8 linux/amd64\ndropped x:1\n`images.lock` covers the spec\n",
    )


def test_a_lock_that_did_not_change_says_so(capsys: Capture) -> None:
    show_changes([], Path("images.lock"), PLAIN)

    assert capsys.readouterr() == ("", "`images.lock` covers the spec; nothing to do\n")


def test_a_quiet_lock_says_nothing(capsys: Capture) -> None:
    show_changes(CHANGES, Path("images.lock"), Style(quiet=True))

    assert capsys.readouterr() == ("", "")


def test_a_lock_as_json_is_one_document(capsys: Capture) -> None:
    show_changes(CHANGES, Path("images.lock"), Style(as_json=True))

    out, err = capsys.readouterr()
    assert err == ""
    assert json.loads(out) == {
        "version": 1,
        "lock": "images.lock",
        "changes": [
            {"verb": "added", "subject": "go@1.26.8 linux/amd64"},
            {"verb": "dropped", "subject": "x:1"},
        ],
        "copies": [],
    }


def test_a_lock_says_what_was_copied_and_where_to(capsys: Capture) -> None:
    new = Copy(image="a.io/x:1", digest="sha256:00", to="oci:vendor:a.io/x:1", blobs=2, size=1_234_567, kept=1)
    one = replace(new, blobs=1, to="b.io/a.io/x:1-00")
    old = replace(new, blobs=0, size=0, kept=3)

    show_changes([], Path("images.lock"), PLAIN, copies=[new, one, old])
    show_changes([], Path("images.lock"), Style(as_json=True), copies=[new])
    show_changes([], Path("images.lock"), Style(quiet=True), copies=[new])

    out, err = capsys.readouterr()
    assert err == (
        "`images.lock` covers the spec; nothing to do\n"
        "copied a.io/x:1 to oci:vendor:a.io/x:1: 2 blobs of 1.2 MB, 1 there already\n"
        "copied a.io/x:1 to b.io/a.io/x:1-00: 1 blob of 1.2 MB, 1 there already\n"
        "copied a.io/x:1 to oci:vendor:a.io/x:1: all there already\n"
    )
    assert json.loads(out)["copies"] == [
        {"image": "a.io/x:1", "digest": "sha256:00", "to": new.to, "blobs": 2, "size": 1_234_567, "kept": 1}
    ]


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

"""A build that is done: data on stdout and nothing else there, words on stderr."""

import json
from contextlib import redirect_stderr
from pathlib import Path

import pytest

from lambdabuild.report.build import show_build
from lambdabuild.report.style import Style
from tests.unit.report.conftest import Terminal
from tests.unit.report.samples import CODE, ERROR, NOTE, WARNING, artifact, report

PLAIN = Style(color="never")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in which the user stands, on a terminal of a known width."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    return tmp_path


def test_paths_are_data_and_the_rest_is_words(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show_build(report(project, artifact("audio"), artifact("orders")), PLAIN)

    out, err = capsys.readouterr()
    assert out == "dist/audio-arm64.zip\ndist/orders-arm64.zip\n"
    assert err == (
        f"built dist/audio-arm64.zip: 2.3 MB zipped, 5.0 MB unzipped, code_sha256 {CODE}\n"
        f"built dist/orders-arm64.zip: 2.3 MB zipped, 5.0 MB unzipped, code_sha256 {CODE}\n"
        "2 artifacts in `dist` in 3.1 s\n"
    )


def test_paths_are_as_seen_from_where_the_user_stands(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "elsewhere").mkdir()
    monkeypatch.chdir(project / "elsewhere")

    show_build(report(project, artifact()), PLAIN)

    assert capsys.readouterr().out == f"{project}/dist/orders-arm64.zip\n"


def test_quiet_is_data_alone(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show_build(report(project, artifact()), Style(quiet=True))

    assert capsys.readouterr() == ("dist/orders-arm64.zip\n", "")


def test_quiet_hides_no_error(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show_build(report(project, artifact("orders", ERROR, WARNING, NOTE)), Style(quiet=True))

    assert capsys.readouterr().err == (
        "error: LB901: dist/orders-arm64.zip: `bootstrap` [is] bad\nhint: do `this`\n"
        "warning: LB902: dist/orders-arm64.zip: may be bad\nhint: look\n"
    )


def test_a_build_that_failed_a_check_names_no_path(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show_build(report(project, artifact("orders", ERROR), published=False), PLAIN)

    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        "error: LB901: dist/orders-arm64.zip: `bootstrap` [is] bad\nhint: do `this`\n"
        "1 artifact in 3.1 s; a check failed, and `dist` is as it was\n"
    )


@pytest.mark.parametrize("style", [Style(as_json=True), Style(as_json=True, quiet=True, color="always")])
def test_json_is_one_document(project: Path, capsys: pytest.CaptureFixture[str], style: Style) -> None:
    show_build(report(project, artifact("orders", NOTE)), style)

    out, err = capsys.readouterr()
    assert err == ""
    assert json.loads(out) == {
        "version": 1,
        "published": True,
        "seconds": 3.142,
        "artifacts": [
            {
                "function": "orders",
                "architectures": ["arm64"],
                "runtime": "provided.al2023",
                "supports": {"provided.al2023": ["arm64"]},
                "path": "dist/orders-arm64.zip",
                "sha256": "ab" * 32,
                "code_sha256": CODE,
                "content": "cd" * 32,
                "zipped": 2_345_678,
                "unzipped": 5_000_000,
                "actions": {"arm64": f"{'e' * 64}/100"},
                "status": "built",
                "cached": False,
                "seconds": 1.25,
                "findings": [
                    {"rule": "LB903", "severity": "note", "file": "bootstrap", "message": "so it is", "fix": "nothing"}
                ],
            }
        ],
    }


def test_a_terminal_gets_a_table(project: Path, capsys: pytest.CaptureFixture[str], terminal: Terminal) -> None:
    with redirect_stderr(terminal):
        show_build(report(project, artifact("orders", ERROR)), Style())

    err = terminal.getvalue()
    assert capsys.readouterr().out == "dist/orders-arm64.zip\n"
    assert "\x1b[1;31merror LB901\x1b[0m dist/orders-arm64.zip: `bootstrap` [is] bad" in err
    header, row, total = err.splitlines()[-3:]
    assert [
        word for word in ("function", "architecture", "zipped", "unzipped", "code_sha256", "time") if word not in header
    ] == []
    assert row.split() == ["orders", "arm64", "2.3", "MB", "5.0", "MB", CODE, "1.2", "s", "built"]
    assert total == "1 artifact in `dist` in 3.1 s"


def test_a_log_in_colors_has_lines_and_colored_findings(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show_build(report(project, artifact("orders", ERROR)), Style(color="always"))

    assert capsys.readouterr().err == (
        "\x1b[1;31merror LB901\x1b[0m dist/orders-arm64.zip: `bootstrap` [is] bad\n  \x1b[2mhint: do `this`\x1b[0m\n"
        f"built dist/orders-arm64.zip: 2.3 MB zipped, 5.0 MB unzipped, code_sha256 {CODE}\n"
        "1 artifact in `dist` in 3.1 s\n"
    )


def test_a_folder_with_brackets_is_no_markup(project: Path, terminal: Terminal) -> None:
    home = project / "[bold]"
    home.mkdir()

    with redirect_stderr(terminal):
        show_build(report(home, artifact()), Style())

    assert "1 artifact in `[bold]/dist` in 3.1 s" in terminal.getvalue()


@pytest.mark.parametrize("style", [Style(), Style(color="always")])
def test_no_color_is_honoured_on_a_terminal(
    project: Path, terminal: Terminal, monkeypatch: pytest.MonkeyPatch, style: Style
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    with redirect_stderr(terminal):
        show_build(report(project, artifact("orders", ERROR)), style)

    assert "error LB901" in terminal.getvalue()
    assert "\x1b[1;31m" not in terminal.getvalue()

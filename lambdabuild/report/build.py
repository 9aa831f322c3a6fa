"""A build that is done: a table on a terminal, lines elsewhere, `--json` for programs."""

import dataclasses
import json
import sys
from pathlib import Path

from lambdabuild.model.artifact import Artifact
from lambdabuild.model.report import BuildReport
from lambdabuild.report.findings import show_findings
from lambdabuild.report.style import Style, data, size, words


def show_build(report: BuildReport, style: Style) -> None:
    """Paths (or the document) on stdout; table, findings and the sum on stderr."""
    if style.as_json:
        data(json.dumps(_document(report), indent=2) + "\n")
        return
    for one in report.artifacts:
        show_findings(one.path, one.findings, style)
    if not style.quiet:
        _table(report, style) if style.live(sys.stderr) else _lines(report)
    if report.published and not (style.live(sys.stderr) and sys.stdout.isatty()):
        data("".join(f"{_shown(report, one)}\n" for one in report.artifacts))


def _document(report: BuildReport) -> dict[str, object]:
    return {
        "version": 1,
        "published": report.published,
        "seconds": round(report.seconds, 3),
        "artifacts": [dataclasses.asdict(one) for one in report.artifacts],
    }


def _lines(report: BuildReport) -> None:
    for one in report.artifacts if report.published else ():
        words(
            f"{one.status} {one.path}: {size(one.zipped)} zipped, {size(one.unzipped)} unzipped,"
            f" code_sha256 {one.code_sha256}\n"
        )
    words(_sum(report))


def _table(report: BuildReport, style: Style) -> None:
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for column in ("function", "architecture"):
        table.add_column(column, no_wrap=True)
    for column in ("zipped", "unzipped"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("code_sha256", overflow="fold", min_width=22)
    for column in ("time", ""):
        table.add_column(column, no_wrap=True)
    for one in report.artifacts:
        table.add_row(
            one.function, ", ".join(one.architectures), size(one.zipped), size(one.unzipped), one.code_sha256,
            f"{one.seconds:.1f} s", one.status,
        )  # fmt: skip
    console = style.console(sys.stderr)
    if report.published:
        console.print(table)
    console.print(_sum(report), end="", markup=False)


def _sum(report: BuildReport) -> str:
    count = len(report.artifacts)
    artifacts = f"{count} artifact{'' if count == 1 else 's'}"
    folder = _relative(report.folder)
    if not report.published:
        return f"{artifacts} in {report.seconds:.1f} s; a check failed, and `{folder}` is as it was\n"
    return f"{artifacts} in `{folder}` in {report.seconds:.1f} s\n"


def _shown(report: BuildReport, one: Artifact) -> str:
    return str(_relative(report.folder.parent / one.path))


def _relative(path: Path) -> Path:
    """As seen from where the user stands, where that is shorter."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path

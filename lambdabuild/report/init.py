"""What `lambdabuild init` wrote, and what is left to a person."""

import json
from collections.abc import Iterator

from lambdabuild.io.text import printable
from lambdabuild.model.discovery import InitReport, Remark
from lambdabuild.report.style import Style, data, words


def show_init(report: InitReport, style: Style) -> None:
    """The path (or the document) on stdout, the rest on stderr."""
    if style.as_json:
        data(json.dumps(_document(report), indent=2) + "\n")
        return
    data(f"{report.file}\n")
    if not style.quiet:
        words("".join(_lines(report)))


def _lines(report: InitReport) -> Iterator[str]:
    for one in report.remarks:
        yield f"note: {printable(one.line)}\n"
        if one.hint:
            yield f"hint: {printable(one.hint)}\n"
    yield from (f"{printable(one.line)}\n" for one in report.passed_over)
    count = len(report.draft.functions)
    yield f"wrote `{report.file}`: {count} function{'' if count == 1 else 's'}, Go {report.draft.go}\n"
    yield "next: `lambdabuild lock`, then `lambdabuild build`; commit both files\n"


def _document(report: InitReport) -> dict[str, object]:
    return {
        "version": 1,
        "file": str(report.file),
        "go": report.draft.go,
        "functions": [
            {
                "name": one.name,
                "package": one.package,
                "runtime": one.runtime,
                "architectures": [str(each) for each in one.architectures],
                "cgo": "zig" if one.native else "off",
                "origin": one.origin or None,
            }
            for one in report.draft.functions
        ],
        "remarks": [_of(one) for one in report.remarks],
        "passed_over": [_of(one) for one in report.passed_over],
    }


def _of(remark: Remark) -> dict[str, object]:
    return {"place": remark.place, "function": remark.function, "message": remark.message, "hint": remark.hint}

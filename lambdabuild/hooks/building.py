"""One function, built for another tool: progress and findings on stderr, and nothing on stdout."""

from dataclasses import replace
from pathlib import Path

from lambdabuild.errors import CheckFailedError
from lambdabuild.model.artifact import Artifact, Selection
from lambdabuild.model.platform import Architecture
from lambdabuild.pipeline.building import build
from lambdabuild.pipeline.request import Request, name_of
from lambdabuild.report.findings import show_findings
from lambdabuild.report.progress import progress
from lambdabuild.report.style import Style


def selection_of(function: str, architecture: Architecture | None) -> Selection:
    """One function, for one architecture or for all that it has."""
    architectures = frozenset() if architecture is None else frozenset({architecture})
    return Selection(functions=frozenset({function}), architectures=architectures)


def build_function(
    request: Request, function: str, architecture: Architecture | None, style: Style
) -> tuple[Artifact, ...]:
    """Its artifacts, now in dist/: one where an architecture is given. CheckFailedError leaves dist/ as it was.

    One process at a time builds a project: `sam build --parallel` and Terraform start every function at once, and go
    compiles on all CPUs by itself. In turns, what functions share is compiled once, and memory holds one build.
    """
    selection = selection_of(function, architecture)
    with request.store.alone(turn(request.spec_file)), progress(style) as emit:
        report = build(replace(request, selection=selection, emit=emit))
    for one in report.artifacts:
        show_findings(one.path, one.findings, style)
    if not report.published:
        raise CheckFailedError(
            f"`{function}` would not load: a check failed, and `{report.folder}` is as it was",
            hint="mend what the findings above say, or accept one with `allow` in the spec",
        )
    return report.artifacts


def turn(spec_file: Path) -> str:
    """The name under which the hooks of a project take turns."""
    return name_of("hook", spec_file.parent)

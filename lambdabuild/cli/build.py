"""`lambdabuild build`."""

from dataclasses import replace
from typing import Literal

import click

from lambdabuild.cli.options import Globals, common, failing, selecting, setting

EPILOG = """\b
Examples:
  lambdabuild build
  lambdabuild build --function orders --arch arm64
  lambdabuild build --set version=1.2.3
  lambdabuild build -q | xargs -n1 unzip -l
"""


@click.command(epilog=EPILOG)
@common
@selecting
@setting
@failing
def build(
    options: Globals,
    functions: tuple[str, ...],
    architectures: tuple[str, ...],
    settings: dict[str, str],
    fail_on: Literal["error", "warning"],
) -> int:
    """Compile, check and zip, to dist/. Unless all of it succeeds, dist/ stays as it was."""
    from lambdabuild.cli.selection import selection
    from lambdabuild.errors import CheckFailedError
    from lambdabuild.model.finding import Severity
    from lambdabuild.pipeline.building import build as run
    from lambdabuild.report.build import show_build
    from lambdabuild.report.progress import progress

    with progress(options.style) as emit:
        request = replace(options.request(emit), selection=selection(functions, architectures), variables=settings)
        report = run(request, fail_on=Severity(fail_on))
    show_build(report, options.style)
    return 0 if report.published else CheckFailedError.exit_code

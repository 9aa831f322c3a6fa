"""`lambdabuild check`."""

from dataclasses import replace
from typing import Literal

import click

from lambdabuild.cli.options import Globals, common, failing, selecting


@click.command(epilog="\b\nExamples:\n  lambdabuild check\n  lambdabuild check --function orders --fail-on warning")
@common
@selecting
@failing
def check(
    options: Globals,
    functions: tuple[str, ...],
    architectures: tuple[str, ...],
    fail_on: Literal["error", "warning"],
) -> int:
    """Judge the artifacts in dist/ before they are deployed: exit 5 where one will not load."""
    from lambdabuild.cli.selection import selection
    from lambdabuild.errors import CheckFailedError
    from lambdabuild.model.finding import Severity
    from lambdabuild.pipeline import check as run
    from lambdabuild.report import progress, show_verdicts

    with progress(options.style) as emit:
        request = replace(options.request(emit), selection=selection(functions, architectures))
        verdicts = run(request)
    show_verdicts(verdicts, options.style)
    failed = any(verdict.fails(Severity(fail_on)) for verdict in verdicts)
    return CheckFailedError.exit_code if failed else 0

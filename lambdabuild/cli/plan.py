"""`lambdabuild plan`."""

from dataclasses import replace

import click

from lambdabuild.cli.options import Globals, common, selecting, setting


@click.command(epilog="\b\nExamples:\n  lambdabuild plan\n  lambdabuild plan --json --function orders")
@common
@selecting
@setting
def plan(
    options: Globals, functions: tuple[str, ...], architectures: tuple[str, ...], settings: dict[str, str]
) -> None:
    """Show what `build` would run: for each action the command, its environment, inputs and digest."""
    from lambdabuild.cli.selection import selection
    from lambdabuild.pipeline.building import plan as run
    from lambdabuild.report.plan import show_plan
    from lambdabuild.report.progress import progress

    with progress(options.style) as emit:
        request = replace(options.request(emit), selection=selection(functions, architectures), variables=settings)
        planned = run(request)
    show_plan(planned, options.style)

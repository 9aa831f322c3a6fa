"""`lambdabuild lock`."""

import click

from lambdabuild.cli.options import Globals, common


@click.command(epilog="\b\nExamples:\n  lambdabuild lock\n  lambdabuild lock --check")
@common
@click.option("--check", is_flag=True, help="Write nothing, use no network: exit 3 where the lock is stale.")
def lock(options: Globals, check: bool) -> None:
    """Pin every image and toolchain that the spec names. Adds and drops; never moves a pin."""
    from lambdabuild.pipeline import locking
    from lambdabuild.report import progress, show_changes

    with progress(options.style) as emit:
        request = options.request(emit)
        if check:
            locking.check_lock(request)
        changes = () if check else locking.lock(request)
    show_changes(changes, options.lock, options.style)

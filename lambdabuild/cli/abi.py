"""`lambdabuild abi`."""

import click

from lambdabuild.cli.options import CPU, Globals, common

EPILOG = """\b
Examples:
  lambdabuild abi provided.al2023                        as the lock pins it
  lambdabuild abi public.ecr.aws/lambda/provided:al2 --arch arm64
  lambdabuild abi oci:./al2023 --json
"""


@click.command(epilog=EPILOG)
@click.argument("image")
@common
@click.option(
    "--arch", "architectures", multiple=True, type=CPU,
    envvar="LAMBDABUILD_ARCH", help="This architecture alone.  [default: those that it has]",
)  # fmt: skip
def abi(options: Globals, image: str, architectures: tuple[str, ...]) -> None:
    """Show what a program finds in an image: its loader, libraries, versions and symbols.

    IMAGE is a name of the spec, a reference, `oci:DIR` or `docker-archive:FILE`.
    """
    from lambdabuild.cli.selection import selection
    from lambdabuild.pipeline.inspection import inspect
    from lambdabuild.report.abi import show_inventories
    from lambdabuild.report.progress import progress

    chosen = selection((), architectures).architectures
    with progress(options.style) as emit:
        inventories = inspect(options.request(emit), image, tuple(sorted(chosen)))
    show_inventories(inventories, options.style)

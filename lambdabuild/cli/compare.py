"""`lambdabuild compare`."""

from typing import TYPE_CHECKING

import click

from lambdabuild.cli.options import CPU, Globals, common, formats

if TYPE_CHECKING:
    from lambdabuild.report.style import Form

EPILOG = """\b
Examples:
  lambdabuild compare provided.al2 provided.al2023               two images of the spec, as the lock pins them
  lambdabuild compare provided.al2023 public.ecr.aws/lambda/provided:al2023 --arch arm64
  lambdabuild compare oci:./before docker-archive:after.tar --format markdown
"""


@click.command(epilog=EPILOG)
@click.argument("image_a")
@click.argument("image_b")
@common
@click.option(
    "--arch", "architectures", multiple=True, type=CPU,
    envvar="LAMBDABUILD_ARCH", help="This architecture alone.  [default: those that either has]",
)  # fmt: skip
@formats("Markdown for the text of a pull request.", "markdown")
def compare(
    options: Globals,
    image_a: str,
    image_b: str,
    architectures: tuple[str, ...],
    form: "Form",
) -> None:
    """Show what moved from one image to another: libraries, versions, packages, environment, layers.

    An image is a name of the spec, as its lock pins it, a reference, as its registry has it now, `oci:DIR` or
    `docker-archive:FILE`.
    """
    from lambdabuild.cli.selection import selection
    from lambdabuild.pipeline.comparing import compare as run
    from lambdabuild.report.comparison import show_comparison
    from lambdabuild.report.progress import progress

    chosen = selection((), architectures).architectures
    with progress(options.style) as emit:
        move = run(options.request(emit), (image_a, image_b), tuple(sorted(chosen)))
    show_comparison(move, options.style, form)

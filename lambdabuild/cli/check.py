"""`lambdabuild check`."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import click

from lambdabuild.cli.options import Globals, common, failing, formats, selecting

EPILOG = """\b
Examples:
  lambdabuild check                                      what dist/ holds, as the spec says it should be
  lambdabuild check function.zip --runtime provided.al2023
  lambdabuild check .aws-sam/build/Orders target/lambda/orders/bootstrap
  lambdabuild check function.zip --layer layer.zip --image oci:./al2023
  lambdabuild check --format sarif > check.sarif
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """The command line, as click has read it."""

    paths: tuple[str, ...]
    functions: tuple[str, ...]
    architectures: tuple[str, ...]
    fail_on: Literal["error", "warning"]
    runtime: str | None
    layers: tuple[Path, ...]
    image: str | None
    handler: str | None
    form: Literal["text", "json", "sarif", "github"]


@click.command(epilog=EPILOG)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@common
@selecting
@failing
@click.option("--runtime", metavar="NAME", help="What it is for, like provided.al2023; else as the spec says.")
@click.option(
    "--layer", "layers", multiple=True, metavar="ZIP", type=click.Path(path_type=Path),
    help="A layer of the function: a zip or a folder. In the order in which Lambda has them.",
)  # fmt: skip
@click.option("--image", metavar="IMAGE", help="Judge against this: NAME@DIGEST, oci:DIR, docker-archive:FILE.")
@click.option("--handler", metavar="NAME", help="The function's handler, where it is the name of a file.")
@formats("SARIF for code scanning, lines of GitHub Actions.", "sarif", "github")
def check(options: Globals, **given: Any) -> int:
    """Judge artifacts before they are deployed: exit 5 where one will not load.

    PATH is a zip, a folder as SAM makes it, an ELF file, a build.json, or `-`. Without one, what dist/ holds.
    """
    from lambdabuild.check import RULES
    from lambdabuild.cli.selection import selection
    from lambdabuild.errors import CheckFailedError, UsageError
    from lambdabuild.model.finding import Severity
    from lambdabuild.pipeline.checking import Asked
    from lambdabuild.pipeline.checking import check as run
    from lambdabuild.report.findings import show_verdicts
    from lambdabuild.report.progress import progress

    said = _Said(**given)
    chosen = selection(said.functions, said.architectures)
    if said.paths and len(chosen.architectures) > 1:
        raise UsageError("`--arch` is given twice for one artifact", hint="name the one that it is for")
    asked = Asked(
        paths=said.paths,
        runtime=said.runtime,
        architecture=next(iter(chosen.architectures)) if len(chosen.architectures) == 1 else None,
        layers=said.layers,
        image=said.image,
        handler=said.handler,
    )
    with progress(options.style) as emit:
        verdicts = run(replace(options.request(emit), selection=chosen), asked)
    show_verdicts(verdicts, RULES, options.style, said.form)
    failed = any(verdict.fails(Severity(said.fail_on)) for verdict in verdicts)
    return CheckFailedError.exit_code if failed else 0

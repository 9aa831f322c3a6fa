"""`lambdabuild deployed`."""

from dataclasses import dataclass
from typing import Any, Literal

import click

from lambdabuild.cli.options import CPU, Globals, common

EPILOG = """\b
Examples:
  lambdabuild deployed orders                                the live function `orders`, by its own architecture
  lambdabuild deployed orders --name shop-prod-orders --qualifier live --region eu-west-1
  lambdabuild deployed orders --name arn:aws:lambda:eu-west-1:123456789012:function:orders --arch arm64

\b
Exit codes: 0 the same, 2 no such function or artifact, 4 AWS cannot be asked, 6 the code differs.
Needs boto3 (`pip install 'lambdabuild[aws]'`), and the right `lambda:GetFunctionConfiguration`.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """The command line, as click has read it."""

    function: str
    architecture: Literal["amd64", "arm64", "x86_64"] | None
    name: str | None
    qualifier: str | None
    region: str | None
    profile: str | None


@click.command(epilog=EPILOG)
@click.argument("function")
@common
@click.option(
    "--arch", "architecture", type=CPU, envvar="LAMBDABUILD_ARCH",
    help="The artifact of this architecture.  [default: the live function's]",
)  # fmt: skip
@click.option("--name", metavar="NAME", help="The live function, by name or ARN.  [default: FUNCTION]")
@click.option("--qualifier", metavar="NAME", help="A version or an alias.  [default: $LATEST]")
@click.option("--region", metavar="REGION", help="Where it is.  [default: as AWS's tools have it]")
@click.option("--profile", metavar="NAME", help="Whose credentials.  [default: as AWS's tools have it]")
def deployed(options: Globals, **given: Any) -> int:
    """Say whether a live function runs the artifact of FUNCTION in dist/: the same CodeSha256, or exit 6."""
    from lambdabuild.cli.selection import architecture
    from lambdabuild.errors import OtherCodeError
    from lambdabuild.io.aws import Asking
    from lambdabuild.pipeline.deployed import deployed as run
    from lambdabuild.pipeline.deployed import tell_unsupported
    from lambdabuild.report.deployed import show_deployed
    from lambdabuild.report.progress import progress

    said = _Said(**given)
    asking = Asking(name=said.name or said.function, qualifier=said.qualifier, region=said.region, profile=said.profile)
    with progress(options.style) as emit:
        request = options.request(emit)
        found = run(
            request.spec_file.parent,
            said.function,
            architecture(said.architecture),
            asking=asking,
            environ=request.environ,
        )
        tell_unsupported(found, emit)
    show_deployed(found, options.style)
    return 0 if found.same else OtherCodeError.exit_code

"""`lambdabuild init`."""

import click

from lambdabuild.cli.options import Globals, common

EPILOG = """\b
Examples:
  lambdabuild init                              look at this folder, and write buildspec.yaml
  lambdabuild init --file services/buildspec.yaml
  lambdabuild init --json                       what was found and what is to do, for programs
"""


@click.command(epilog=EPILOG)
@common
def init(options: Globals) -> None:
    """Write a buildspec.yaml that builds what is here, and say what the move off older runtimes needs.

    It reads main packages that import aws-lambda-go, go.mod and go.work, templates of SAM and CloudFormation, cdk.out
    and serverless.yml. It runs nothing, needs no network, and writes over nothing.
    """
    from lambdabuild.pipeline.initiating import init as run
    from lambdabuild.report.init import show_init

    show_init(run(options.file), options.style)

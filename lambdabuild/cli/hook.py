"""`lambdabuild hook`: what Make, SAM, CDK and Terraform call."""

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from click.core import ParameterSource

from lambdabuild.cli.options import CPU, Command, Globals, common_to_hooks, setting

if TYPE_CHECKING:
    from lambdabuild.pipeline.request import Request

EPILOG = """\b
Examples:
  include $(shell lambdabuild hook make)             in a Makefile: dist/*.zip are targets
  lambdabuild hook sam                               the body of `build-<LogicalId>` in a Makefile of SAM
  lambdabuild hook sam --write-template              the lines that SAM needs, put into template.yaml
  lambdabuild hook cdk orders --arch arm64           what `Code.fromCustomCommand` runs
  lambdabuild hook terraform < query.json            what `data "external"` runs

\b
The spec is what LAMBDABUILD_FILE or `--file` says, else the next one upwards.
"""


def _for_one_architecture(help_text: str) -> Callable[[Command], Command]:
    """`--arch`, once: what another tool takes is for one CPU, or for both."""
    return click.option(
        "--arch", "architecture", type=CPU, envvar="LAMBDABUILD_ARCH",
        help=help_text,
    )  # fmt: skip


@click.group(epilog=EPILOG)
def hook() -> None:
    """Build for another tool, in its own protocol: Make, SAM, CDK, Terraform."""


@hook.command(epilog="\b\nExample, in a Makefile:\n  include $(shell lambdabuild hook make)")
def make() -> None:
    """Print the path of lambdabuild.mk, which makes every zip of dist/ a target. Its head says how to use it."""
    from lambdabuild.hooks.make import include_path

    sys.stdout.write(f"{include_path()}\n")


@hook.command(
    epilog="\b\nExamples:\n  lambdabuild hook sam\n  lambdabuild hook sam OrdersFunction\n"
    "  lambdabuild hook sam --write-template"
)
@common_to_hooks
@click.argument("logical_id", required=False)
@click.option(
    "--template", type=click.Path(path_type=Path, dir_okay=False), envvar="LAMBDABUILD_TEMPLATE",
    help="What `sam build` builds.  [default: template.yaml of the project]",
)  # fmt: skip
@_for_one_architecture("Where the template leaves it to the deployment.")
@setting
@click.option(
    "--write-template", "written", is_flag=True,
    help="Put `BuildMethod: makefile` into the template, and print the lines for the Makefile.",
)  # fmt: skip
def sam(
    options: Globals,
    logical_id: str | None,
    template: Path | None,
    architecture: str | None,
    settings: dict[str, str],
    written: bool,
) -> None:
    """Build the function that `sam build` asks for, unpacked into ARTIFACTS_DIR; its zip is in dist/ as well."""
    from lambdabuild.cli.selection import architecture as named
    from lambdabuild.hooks import sam as run

    if written:
        _write_template(options, template)
        return
    run.refuse_relative(_paths_of_the_environment())
    cpu = named(architecture)
    wanted = replace(
        run.target(os.environ, logical_id),
        template=template,
        architecture=cpu if _is_given("architecture") else None,
        otherwise=cpu,
    )
    request = replace(_request(options, lambda: run.spec_of(wanted)), variables=settings)
    run.build_target(request, wanted, options.style)


@hook.command(
    epilog="\b\nExamples:\n  lambdabuild hook cdk orders\n  lambdabuild hook cdk orders --arch arm64 --output DIR"
)
@common_to_hooks
@click.argument("function")
@_for_one_architecture("This architecture alone.")
@setting
@click.option(
    "--output", type=click.Path(path_type=Path, file_okay=False),
    help="Put the one zip there, too: the folder that `ILocalBundling` is given.",
)  # fmt: skip
def cdk(
    options: Globals, function: str, architecture: str | None, settings: dict[str, str], output: Path | None
) -> None:
    """Build a function for CDK, and print the paths of its zips in dist/."""
    from lambdabuild.cli.selection import architecture as named
    from lambdabuild.hooks.cdk import build_for_cdk

    request = replace(_request(options), variables=settings)
    zips = build_for_cdk(request, function, named(architecture), output, options.style)
    sys.stdout.write("".join(f"{one}\n" for one in zips))


@hook.command(
    epilog='\b\nExample:\n  echo \'{"function": "orders", "architecture": "arm64"}\' | lambdabuild hook terraform'
)
@common_to_hooks
def terraform(options: Globals) -> None:
    """Answer Terraform's data source `external`: a query as JSON on stdin, `filename` and `source_code_hash` back."""
    from lambdabuild.hooks.terraform import answer, read_query

    query = read_query(sys.stdin.buffer.read() if sys.stdin else b"")
    request = replace(_request(options, named=query.file), variables=query.variables)
    sys.stdout.write(answer(request, query, options.style))


_VARIABLES: Final = {"file": "LAMBDABUILD_FILE", "lock": "LAMBDABUILD_LOCK", "template": "LAMBDABUILD_TEMPLATE"}


def _paths_of_the_environment() -> dict[str, Path]:
    """Of the parameters that name files, those that variables have set, by variable."""
    context = click.get_current_context()
    return {
        variable: context.params[name]
        for name, variable in _VARIABLES.items()
        if context.get_parameter_source(name) is ParameterSource.ENVIRONMENT
    }


def _is_given(parameter: str) -> bool:
    """Whether the command line itself has it."""
    return click.get_current_context().get_parameter_source(parameter) is ParameterSource.COMMANDLINE


def _write_template(options: Globals, template: Path | None) -> None:
    from lambdabuild.hooks import sam as run
    from lambdabuild.hooks.templates import find_template
    from lambdabuild.report.style import words
    from lambdabuild.templates.makefile import write_makefile_method

    for parameter, name in {"logical_id": "LOGICAL_ID", "architecture": "--arch", "settings": "--set"}.items():
        if _is_given(parameter):
            raise click.UsageError(
                f"`--write-template` writes of every function, and takes no `{name}`", click.get_current_context()
            )
    request = _request(options)
    file = template or find_template(request.spec_file.parent, Path.cwd())
    found = run.written_by_make(request, file)
    names = {logical_id: None if logical_id == name else name for logical_id, (_, name) in found.items()}
    verb = "wrote" if write_makefile_method(file, names) else "already in"
    words(f"{verb} {file}: `BuildMethod: makefile` of {', '.join(names)}\n")
    sys.stdout.write(run.make_lines(found))


def _request(options: Globals, find: "Callable[[], Path] | None" = None, *, named: Path | None = None) -> "Request":
    """Of the spec that is `named`, else that of `--file`, else the one that is found; the lock is beside it."""
    from lambdabuild.hooks.project import find_spec

    context = click.get_current_context()
    given = context.get_parameter_source("file") is not ParameterSource.DEFAULT
    file = named or (options.file if given else find() if find else find_spec(Path.cwd()))
    lock = context.params["lock"] or file.with_name("images.lock")
    return replace(options, file=file, lock=lock).request(lambda _: None)

"""One function for CDK: its zip in dist/, and alone in the folder that a bundling gives."""

import shutil
from pathlib import Path

from lambdabuild.errors import UsageError
from lambdabuild.hooks.building import build_function
from lambdabuild.io.files import replacing
from lambdabuild.model.platform import Architecture
from lambdabuild.pipeline.request import Request
from lambdabuild.report import Style
from lambdabuild.spec import load


class CdkError(UsageError):
    """CDK's folder can take one zip, and would not hold one."""


def build_for_cdk(
    request: Request, function: str, architecture: Architecture | None, output: Path | None, style: Style
) -> tuple[Path, ...]:
    """The zips in dist/. `output` gets a copy of the only one: CDK takes a folder with one zip in it for that zip
    (`BundlingOutput.ARCHIVED`). CdkError where there would be more, or something else is there.
    """
    project = load(request.spec_file).project
    zips = tuple(project / one.path for one in build_function(request, function, architecture, style))
    if output is not None:
        if len(zips) > 1:
            raise CdkError(
                f"`{function}` has {len(zips)} zips, and `{output}` takes one: {', '.join(one.name for one in zips)}",
                hint="choose one with `--arch`",
            )
        _copy_alone(zips[0], output)
    return zips


def _copy_alone(bundle: Path, output: Path) -> None:
    there = sorted(path.name for path in output.iterdir()) if output.is_dir() else []
    if others := [name for name in there if name != bundle.name]:
        raise CdkError(f"`{output}` holds `{others[0]}`, and CDK takes a folder with one zip alone", hint="empty it")
    with bundle.open("rb") as source, replacing(output / bundle.name) as copy:
        shutil.copyfileobj(source, copy)

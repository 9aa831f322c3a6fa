"""One function for CDK: its zip in dist/, and alone in the folder that a bundling gives."""

import shutil
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from lambdabuild.errors import UsageError
from lambdabuild.hooks.building import build_function, selection_of
from lambdabuild.io.files import replacing
from lambdabuild.model.platform import Architecture
from lambdabuild.pipeline.request import Request, outputs
from lambdabuild.report.style import Style
from lambdabuild.spec import load


class CdkError(UsageError):
    """CDK's folder can take one zip, and would not hold one."""


def build_for_cdk(
    request: Request, function: str, architecture: Architecture | None, output: Path | None, style: Style
) -> tuple[Path, ...]:
    """The zips in dist/. `output` gets a copy of the only one: CDK takes a folder with one zip in it for that zip
    (`BundlingOutput.ARCHIVED`). CdkError where there would be more, or something else is there.
    """
    spec = load(request.spec_file, variables=request.variables)
    names = [PurePosixPath(path).name for path in outputs(spec, selection_of(function, architecture))]
    if output is not None:
        _refuse(output, function, names)
    zips = tuple(spec.project / one.path for one in build_function(request, function, architecture, style))
    if output is not None:
        (bundle,) = zips
        with bundle.open("rb") as source, replacing(output / bundle.name) as copy:
            shutil.copyfileobj(source, copy)
    return zips


def _refuse(output: Path, function: str, names: Sequence[str]) -> None:
    """CdkError before anything is built."""
    if len(names) > 1:
        raise CdkError(
            f"`{function}` has {len(names)} zips, and `{output}` takes one: {', '.join(names)}",
            hint="choose one with `--arch`",
        )
    there = sorted(path.name for path in output.iterdir()) if output.is_dir() else []
    if others := [name for name in there if name not in names]:
        raise CdkError(f"`{output}` holds `{others[0]}`, and CDK takes a folder with one zip alone", hint="empty it")

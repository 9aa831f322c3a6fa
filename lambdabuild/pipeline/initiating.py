"""A spec for a project that has none: look at Go and at the templates, draft, write."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, assert_never

from lambdabuild.discovery import STARTERS, Deployment, deployments, discover, draft, unsynthesized
from lambdabuild.errors import LambdabuildError, UsageError
from lambdabuild.io.files import write_new
from lambdabuild.io.text import printable
from lambdabuild.model.discovery import Deployed, Discovery, InitReport, Remark
from lambdabuild.pipeline.migration import migration, sdk
from lambdabuild.spec import CodeBuildSpecError, load
from lambdabuild.spec.writing import write_spec

_ZIP: Final = re.compile(r"(?:^|/)dist/([A-Za-z0-9][\w-]*)-(?:arm64|amd64)\.zip$", re.ASCII)


class SpecExistsError(UsageError):
    """There is a file already, and it is not ours to write over."""

    def __init__(self, file: Path) -> None:
        super().__init__(
            f"`{file}` is there already, and `init` writes over nothing",
            hint="edit it, or write another with `--file lambdabuild.yaml` and compare them",
        )


class CodeBuildInTheWayError(UsageError):
    """AWS CodeBuild's file has the name."""

    def __init__(self, file: Path) -> None:
        super().__init__(
            f"`{file}` is a buildspec of AWS CodeBuild: it has `phases`",
            hint="keep it, and write ours beside it: `lambdabuild init --file lambdabuild.yaml`",
        )


class NoFunctionsError(UsageError):
    """There is nothing to write a spec of."""

    def __init__(self, project: Path, found: Discovery, remarks: tuple[Remark, ...]) -> None:
        starters = " or ".join(f"`{one}`" for one in STARTERS[:2])
        where = f"{_count(found.packages, 'folder')} with Go files, {_count(len(found.other_mains), 'other main')}"
        super().__init__(
            f"`{printable(str(project))}` has no Go Lambda function: no main package in it imports {starters}"
            f" ({where})",
            hint="run it in the folder of your module, or name the spec there: `--file PATH/buildspec.yaml`",
            output=_listed(remarks),
        )


class NoneCanBeBuiltError(UsageError):
    """There are functions, and something to do before go can build one."""

    def __init__(self, project: Path, found: Discovery, remarks: tuple[Remark, ...]) -> None:
        super().__init__(
            f"`{printable(str(project))}` has {_count(len(found.left_out), 'Go Lambda function')},"
            f" {'and it' if len(found.left_out) == 1 else 'and each'} is left out",
            hint="do what is said of one of them, then run it again",
            output=_listed(remarks),
        )


def init(file: Path) -> InitReport:
    """Write `file` for what lies in its folder. UsageError where it exists, or where there is no function."""
    _refuse_to_write_over(file)
    project = file.parent
    if not project.is_dir():
        raise UsageError(f"there is no folder `{printable(str(project))}`", hint="name one with `--file`")
    found = discover(project)
    deployed, unread = _deployed(project)
    drafted = draft(found, deployed)
    remarks = (*found.remarks, *unread, *drafted.remarks)
    if not drafted.draft.functions:
        raise (NoneCanBeBuiltError if found.left_out else NoFunctionsError)(
            project, found, (*remarks, *drafted.passed_over)
        )
    write_new(file, write_spec(drafted.draft).encode(), exists=SpecExistsError(file))
    moves = [remark for name, one in drafted.deployed.items() for remark in migration(name, one)]
    used = {one.package for one in drafted.draft.functions}
    old = dict.fromkeys(remark for main in found.mains if main.package in used and (remark := sdk(main)) is not None)
    return InitReport(file=file, draft=drafted.draft, remarks=(*remarks, *moves, *old), passed_over=drafted.passed_over)


def _refuse_to_write_over(file: Path) -> None:
    if not os.path.lexists(file):
        return
    if not file.is_file():  # to read a pipe is to wait
        raise SpecExistsError(file)
    try:
        load(file)
    except CodeBuildSpecError as error:
        raise CodeBuildInTheWayError(file) from error
    except LambdabuildError:
        pass
    raise SpecExistsError(file)


def _deployed(project: Path) -> tuple[list[Deployed], list[Remark]]:
    """The functions of all templates, and the templates that cannot be read."""
    found: list[Deployed] = []
    unread = [
        Remark(
            place=str(project / path),
            message="has no cdk.out beside it",
            hint="run `cdk synth` first, to have functions called as in the app",
        )
        for path in unsynthesized(project)
    ]
    for one in deployments(project):
        try:
            found.extend(_read(project, one))
        except UsageError as error:
            unread.append(Remark(message=f"a template is left out: {error.message}", hint=error.hint))
    return found, unread


def _read(project: Path, one: Deployment) -> Iterator[Deployed]:
    file = project / one.path
    match one.kind:
        case "sam":
            from lambdabuild.templates.sam import read_sam

            for said in read_sam(file):
                name = said.named or _of_zip(said.code) or said.logical_id
                yield Deployed(said=said, kind=one.kind, name=name, file=one.path)
        case "cdk":
            from lambdabuild.templates.cdk import read_cdk

            for said, main in read_cdk(file):
                yield Deployed(said=said, kind=one.kind, name=said.logical_id, file=one.path, main=main)
        case "serverless":
            from lambdabuild.templates.serverless import read_serverless

            for said in read_serverless(file):
                yield Deployed(said=said, kind=one.kind, name=said.logical_id, file=one.path)
        case _:
            assert_never(one.kind)


def _of_zip(code: str | None) -> str | None:
    """The function that `dist/orders-arm64.zip` is of: a spec that calls it otherwise writes another zip."""
    found = _ZIP.search(code or "")
    return found[1] if found else None


def _listed(remarks: tuple[Remark, ...]) -> str:
    """As they are said of a spec that is written."""
    return "".join(
        f"{printable(one.line)}\n" + (f"hint: {printable(one.hint)}\n" if one.hint else "") for one in remarks
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"

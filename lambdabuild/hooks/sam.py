"""`build-<LogicalId>` of a Makefile that `sam build` calls: the function's own zip, unpacked into ARTIFACTS_DIR."""

import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from lambdabuild.errors import UsageError
from lambdabuild.hooks.agreement import agreed
from lambdabuild.hooks.building import build_function
from lambdabuild.hooks.matching import NoMatchError, match
from lambdabuild.hooks.project import find_spec
from lambdabuild.hooks.rivals import beside, is_made, refuse_rivals
from lambdabuild.hooks.samconfig import told
from lambdabuild.hooks.templates import find_template, function_in, where_sam_runs
from lambdabuild.io.files import write_atomically
from lambdabuild.model.platform import Architecture
from lambdabuild.model.template import TemplateFunction
from lambdabuild.pipeline.request import Request
from lambdabuild.report.style import Style
from lambdabuild.spec import load
from lambdabuild.templates.sam import read_sam

_CONTAINER: Final = PurePosixPath("/tmp/samcli")  # noqa: S108 - SAM's own, in its build containers


class SamError(UsageError):
    """`sam build` does not give what the hook needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a Makefile asks for: a folder, and what the command line says in the place of what the folder says.

    `otherwise` is the architecture where the template leaves it to the deployment; `architecture` is one that the
    template has to agree with.
    """

    artifacts: Path
    logical_id: str
    template: Path | None = None
    architecture: Architecture | None = None
    otherwise: Architecture | None = None


def target(environ: Mapping[str, str], logical_id: str | None) -> Target:
    """What SAM says by ARTIFACTS_DIR; SamError where it says nothing, or says it in a container."""
    said = environ.get("ARTIFACTS_DIR")
    if not said:
        raise SamError(
            "ARTIFACTS_DIR is not set",
            hint="let `sam build` call it, by a Makefile with `build-NAME:` and below it `lambdabuild hook sam`",
        )
    if PurePosixPath(said).is_relative_to(_CONTAINER):
        raise SamError(
            f"ARTIFACTS_DIR is `{said}`: under `--use-container` only CodeUri is there, without spec, lock and cache",
            hint="run `sam build` without `--use-container`: the bytes are the same on every machine",
        )
    folder = Path(said).absolute()
    return Target(artifacts=folder, logical_id=logical_id or folder.name)


def refuse_relative(paths: Mapping[str, Path]) -> None:
    """SamError for a variable that would name another file in SAM's copy than where it was set."""
    for name, path in paths.items():
        if not path.is_absolute():
            raise SamError(
                f"{name} is `{path}`, and SAM runs make in a copy of CodeUri, where that is another file or none",
                hint="set it to an absolute path",
            )


def spec_of(wanted: Target) -> Path:
    """The spec upwards from ARTIFACTS_DIR, which lies in the project unless `--build-dir` says otherwise.

    The working folder is not looked at: it may be SAM's copy, and nothing tells that from the project.
    """
    return find_spec(wanted.artifacts.parent)


def build_target(request: Request, wanted: Target, style: Style) -> None:
    """Build the function in dist/, and unpack its zip into ARTIFACTS_DIR."""
    spec = load(request.spec_file, variables=request.variables)
    project = spec.project.absolute()
    said = said_of(wanted, project, request.environ)
    function = spec.functions[match(said, spec.functions)]
    architecture = agreed(request.spec_file, function, said, asked=wanted.architecture, otherwise=wanted.otherwise)
    (artifact,) = build_function(request, function.name, architecture, style)
    unpack(project / artifact.path, wanted.artifacts)


def said_of(wanted: Target, project: Path, environ: Mapping[str, str]) -> TemplateFunction:
    """What the template says of the function: the one that is named, else the one that SAM was told, else the one that
    is found, where no other says otherwise. UsageError where it has no such function, or there is none.
    """
    start, folders = where_sam_runs(wanted.artifacts), wanted.artifacts.parts[:-1]
    if wanted.template:
        return function_in(wanted.template, wanted.logical_id, folders)
    sam = told(environ, start, project)
    template = sam.template or find_template(project, start)
    said = function_in(template, wanted.logical_id, folders)
    found = () if sam.template else beside(wanted.logical_id, start or template.parent, template.parent)
    refuse_rivals(template, said, folders, (*sam.others, *found))
    return said


def unpack(bundle: Path, folder: Path) -> None:
    """The files of a zip of ours, with its modes. SamError where the folder holds anything else."""
    with zipfile.ZipFile(bundle) as opened:
        entries = {one.filename: one for one in opened.infolist()}
        folder.mkdir(parents=True, exist_ok=True)
        there = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())
        if other := next((name for name in sorted(there) if name not in entries), None):
            raise SamError(
                f"`{folder}` holds `{other}`, which `{bundle}` does not",
                hint="remove the folder, and let `include` in the spec name what belongs into the artifact",
            )
        for name, entry in entries.items():
            write_atomically(folder / name, opened.read(entry), mode=entry.external_attr >> 16 & 0o777)


def written_by_make(request: Request, template: Path) -> dict[str, tuple[TemplateFunction, str]]:
    """The functions of a template that the spec builds, by logical id, each with its name there.

    Images, zips that are named by `CodeUri`, and other languages are not for make. SamError where nothing is left.
    """
    functions = load(request.spec_file, variables=request.variables).functions
    found = {}
    for said in read_sam(template):
        if not is_made(said):
            continue
        try:
            found[said.logical_id] = (said, match(said, functions))
        except NoMatchError:
            if said.named is not None:
                raise
    if not found:
        raise SamError(
            f"`{template}` has no function that `{request.spec_file}` builds",
            hint=f"it builds {', '.join(f'`{name}`' for name in functions)};"
            " name one by `LambdabuildFunction` below `Metadata`",
        )
    return found


def make_lines(found: Mapping[str, tuple[TemplateFunction, str]]) -> str:
    """What the Makefile of each CodeUri needs."""
    by_folder: dict[str, list[str]] = {}
    for name, (said, _) in found.items():
        by_folder.setdefault(os.path.normpath(said.code or "."), []).append(f"build-{name}:\n\tlambdabuild hook sam\n")
    if by_folder.keys() == {"."}:
        return "".join(by_folder["."])
    return "".join(f"# {folder}/Makefile\n{''.join(rules)}" for folder, rules in by_folder.items())

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
from lambdabuild.hooks.templates import find_template, function_in, where_sam_runs
from lambdabuild.io.files import write_atomically
from lambdabuild.model.platform import Architecture
from lambdabuild.model.template import TemplateFunction
from lambdabuild.pipeline.request import Request
from lambdabuild.report import Style
from lambdabuild.spec import load
from lambdabuild.templates.sam import read_sam

_CONTAINER: Final = PurePosixPath("/tmp/samcli")  # noqa: S108 - SAM's own, in its build containers
_GO: Final = ("provided", "go")


class SamError(UsageError):
    """`sam build` does not give what the hook needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a Makefile asks for: a folder, and what the command line says in the place of what the folder says."""

    artifacts: Path
    logical_id: str
    template: Path | None = None
    architecture: Architecture | None = None


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


def spec_of(wanted: Target) -> Path:
    """The spec upwards from ARTIFACTS_DIR, which lies in the project even where SAM builds a copy; else from here."""
    return find_spec(wanted.artifacts.parent, Path.cwd())


def build_target(request: Request, wanted: Target, style: Style) -> None:
    """Build the function in dist/, and unpack its zip into ARTIFACTS_DIR."""
    spec = load(request.spec_file)
    project = spec.project.absolute()
    template = wanted.template or find_template(project, where_sam_runs(wanted.artifacts))
    said = function_in(template, wanted.logical_id, wanted.artifacts.parts[:-1])
    function = spec.functions[match(said, spec.functions)]
    architecture = agreed(request.spec_file, function, said, wanted.architecture)
    (artifact,) = build_function(request, function.name, architecture, style)
    unpack(project / artifact.path, wanted.artifacts)


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
    functions = load(request.spec_file).functions
    found = {}
    for said in read_sam(template):
        if said.package_type == "Image" or (said.code or "").endswith(".zip"):
            continue
        if not (said.runtime or "provided").startswith(_GO):
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
    if len(by_folder) == 1:
        return "".join(next(iter(by_folder.values())))
    return "".join(f"# {folder}/Makefile\n{''.join(rules)}" for folder, rules in by_folder.items())

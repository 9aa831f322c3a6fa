"""Which template `sam build` builds, and what it says of the function whose folder ARTIFACTS_DIR is.

SAM tells a Makefile neither; its folder does: `<where it was run>/.aws-sam/build/<nested stack>/…/<logical id>`.
"""

from pathlib import Path
from typing import Final

from lambdabuild.errors import UsageError
from lambdabuild.model.template import TemplateFunction
from lambdabuild.templates.sam import read_sam, read_stacks

NAMES: Final = ("template.yaml", "template.yml", "template.json")
"""What `sam build` looks for, in its order (its documentation, `--template`)."""

_AWS_SAM: Final = ".aws-sam"


class NoTemplateError(UsageError):
    """There is no template, or none that has the function."""


def where_sam_runs(artifacts: Path) -> Path | None:
    """The folder that `sam build` was run in, as ARTIFACTS_DIR shows it; None under another `--build-dir`."""
    if _AWS_SAM not in artifacts.parts:
        return None
    return Path(*artifacts.parts[: artifacts.parts.index(_AWS_SAM)])


def find_template(project: Path, start: Path | None) -> Path:
    """The template in `start`, or upwards from there to the project; NoTemplateError where there is none."""
    above = [] if start is None else [folder for folder in start.parents if folder.is_relative_to(project)]
    folders = dict.fromkeys([*([start] if start else []), *above, project])
    for folder in folders:
        for name in NAMES:
            if (folder / name).is_file():
                return folder / name
    raise NoTemplateError(
        f"no {' or '.join(f'`{name}`' for name in NAMES)} in {', '.join(f'`{folder}`' for folder in folders)}",
        hint="set LAMBDABUILD_TEMPLATE to the path of the template, or give `--template`",
    )


def function_in(template: Path, logical_id: str, folders: tuple[str, ...]) -> TemplateFunction:
    """The function of a logical id: in the nested stack that the last of `folders` name, or in the template itself.

    NoTemplateError lists what the template has.
    """
    file = next(filter(None, (_nested(template, folders[start:]) for start in range(len(folders)))), template)
    functions = {one.logical_id: one for one in read_sam(file)}
    if logical_id not in functions:
        known = ", ".join(f"`{name}`" for name in functions) or "no function"
        raise NoTemplateError(
            f"`{file}` has no function `{logical_id}`",
            hint=f"it has {known}; set LAMBDABUILD_TEMPLATE where `sam build` reads another template",
        )
    return functions[logical_id]


def _nested(template: Path, stacks: tuple[str, ...]) -> Path | None:
    """The template of a stack in a stack in …; None where there is no such one."""
    for stack in stacks:
        location = read_stacks(template).get(stack)
        template = template.parent / (location or "")
        if not template.is_file():
            return None
    return template

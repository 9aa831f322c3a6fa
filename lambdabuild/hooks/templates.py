"""Which template `sam build` builds, and what it says of the function whose folder ARTIFACTS_DIR is.

SAM tells a Makefile neither; its folder does: `<where it was run>/.aws-sam/build/<nested stack>/…/<logical id>`.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final, TypeAlias

from lambdabuild.errors import UsageError
from lambdabuild.model.template import TemplateFunction
from lambdabuild.templates.nodes import Template, read_template
from lambdabuild.templates.sam import functions_of, stacks_of

NAMES: Final = ("template.yaml", "template.yml", "template.json")
"""What `sam build` looks for, in its order (its documentation, `--template`)."""

_AWS_SAM: Final = ".aws-sam"
_Read: TypeAlias = Callable[[Path], Template]


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

    NoTemplateError lists what the template has, or names the stack that cannot be followed. Each file is read once.
    """
    read = cache(read_template)
    file = _of_stacks(read, template, folders)
    functions = {one.logical_id: one for one in functions_of(read(file))}
    if logical_id not in functions:
        known = ", ".join(f"`{name}`" for name in functions) or "no function"
        raise NoTemplateError(
            f"`{file}` has no function `{logical_id}`",
            hint=f"it has {known}; set LAMBDABUILD_TEMPLATE where `sam build` reads another template",
        )
    return functions[logical_id]


def _of_stacks(read: _Read, template: Path, folders: tuple[str, ...]) -> Path:
    """Under another `--build-dir` the stacks begin at a folder that has the name of one."""
    if _AWS_SAM in folders:
        return _nested(read, template, folders[folders.index(_AWS_SAM) + 2 :])
    known = stacks_of(read(template)) if folders else {}
    starts = [start for start, folder in enumerate(folders) if folder in known]
    for start in starts:
        try:
            return _nested(read, template, folders[start:])
        except NoTemplateError:
            if start == starts[-1]:
                raise
    return template


def _nested(read: _Read, template: Path, stacks: tuple[str, ...]) -> Path:
    """The template of a stack in a stack in …"""
    for stack in stacks:
        location = stacks_of(read(template)).get(stack)
        if not location or not (template.parent / location).is_file():
            raise NoTemplateError(
                f"`{template}` does not say which file is the template of the stack `{stack}`",
                hint="write its `Location` or `TemplateURL` as the path of a file;"
                " set LAMBDABUILD_TEMPLATE where `sam build` reads another template",
            )
        template = template.parent / location
    return template

"""Other templates that say other things of one function: SAM does not tell a Makefile which of them it builds."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from lambdabuild.errors import UsageError
from lambdabuild.hooks.agreement import DEFAULT
from lambdabuild.hooks.templates import function_in
from lambdabuild.model.template import Saying, TemplateFunction
from lambdabuild.templates.nodes import read_template
from lambdabuild.templates.sam import STACKS, stacks_of

_SUFFIXES: Final = frozenset({".yaml", ".yml", ".json"})
_GO: Final = ("provided", "go")
_SAID: Final[dict[Saying, str]] = {
    "runtime": "Runtime",
    "architectures": "Architectures",
    "named": "LambdabuildFunction",
}


class RivalTemplateError(UsageError):
    """Which template is built makes a difference, and cannot be seen."""


def beside(logical_id: str, *folders: Path) -> Iterator[Path]:
    """What may be a template with the function, in itself or in a nested stack, in these folders."""
    words = [one.encode() for one in (logical_id, *STACKS)]
    for folder in dict.fromkeys(folders):
        for file in sorted(folder.iterdir()) if folder.is_dir() else ():
            if file.suffix in _SUFFIXES and file.is_file() and any(word in file.read_bytes() for word in words):
                yield file


def refuse_rivals(template: Path, said: TemplateFunction, folders: tuple[str, ...], others: Iterable[Path]) -> None:
    """RivalTemplateError where one of `others` has the function with another runtime, CPU or name in the spec.

    Files that are no templates, what is not for make, and the nested stacks of `template` do not count.
    """
    for file in others:
        if file.resolve() == template.resolve():
            continue
        try:
            other = function_in(file, said.logical_id, folders)
        except UsageError:  # no template, or one without the function
            continue
        different = next((saying for saying in _SAID if _value(other, saying) != _value(said, saying)), None)
        if different is None or not is_made(other) or file.resolve() in _stacks(template):
            continue
        raise RivalTemplateError(
            f"`{said.logical_id}` has one `{_SAID[different]}` in `{said.where(different)}` and another in"
            f" `{other.where(different)}`, and SAM does not say which template it builds",
            hint="set LAMBDABUILD_TEMPLATE to the absolute path of the one that `sam build` reads",
        )


def is_made(said: TemplateFunction) -> bool:
    """Whether it may be for make: no image, no zip that is named by `CodeUri`, and no other language."""
    if said.package_type == "Image" or (said.code or "").endswith(".zip"):
        return False
    return (said.runtime or "provided").startswith(_GO)


def _value(said: TemplateFunction, saying: Saying) -> object:
    if saying in said.unsettled:
        return "only known at a deployment"
    return getattr(said, saying) or (DEFAULT if saying == "architectures" else None)


def _stacks(template: Path) -> set[Path]:
    """The templates of its nested stacks, and of theirs."""
    found: set[Path] = set()
    waiting = [template]
    while waiting:
        file = waiting.pop()
        locations = stacks_of(read_template(file)).values()
        inner = {(file.parent / one).resolve() for one in locations if one and (file.parent / one).is_file()}
        waiting += inner - found
        found |= inner
    return found

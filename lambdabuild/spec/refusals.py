"""What cannot be a spec, and what to do about it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lambdabuild.errors import SpecError, UsageError
from lambdabuild.io.document import Position, brief
from lambdabuild.spec.nearest import did_you_mean

SHOWN: Final = 5
"""How many problems of one file are told at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong, and where."""

    position: Position
    message: str
    hint: str | None


class MissingSpecError(SpecError):
    """There is no such file."""

    def __init__(self, file: Path) -> None:
        suffix = {".yaml": ".yml", ".yml": ".yaml"}.get(file.suffix)
        other = file.with_suffix(suffix) if suffix else None
        super().__init__(
            f"`{file}` does not exist",
            hint=f"there is `{other}`: name it with `--file {other}`"
            if other and other.is_file()
            else "run `lambdabuild init`, which writes one for what is here",
        )


class UnreadableSpecError(SpecError):
    """The file is there and cannot be read."""

    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(f"`{file}` cannot be read: {reason}", hint="name the file with `--file`")


class EmptySpecError(SpecError):
    """Nothing, or nothing but comments."""

    def __init__(self, file: Path) -> None:
        super().__init__(
            f"`{file}` is empty",
            hint="begin with `version: 1`; `lambdabuild schema` prints what may be in it",
        )


class CodeBuildSpecError(SpecError):
    """AWS CodeBuild's file has the same name (its reference: `phases` is required there, unknown here)."""

    def __init__(self, file: Path) -> None:
        super().__init__(
            f"`{file}` is a buildspec of AWS CodeBuild: it has `phases`",
            hint="keep it for CodeBuild, write ours to another file, name it with `--file`",
        )


class BadSpecError(SpecError):
    """The file is YAML, and not a spec: the first problems in the order of the file.

    One problem is a line and its hint; several are a line each, with the hint in brackets.
    """

    def __init__(self, file: Path, problems: Sequence[Problem]) -> None:
        first = sorted(problems, key=lambda problem: problem.position)[:SHOWN]
        lines = [f"`{file}:{each.position.line}:{each.position.column}`: {each.message}" for each in first]
        if len(problems) == 1:
            super().__init__(lines[0], hint=first[0].hint)
            return
        hints = [f" ({each.hint})" if each.hint else "" for each in first]
        more = [f"and {len(problems) - SHOWN} more"] if len(problems) > SHOWN else []
        super().__init__("\n".join([*(line + hint for line, hint in zip(lines, hints, strict=True)), *more]))


class UnknownVariableError(UsageError):
    """`build --set` names what the spec does not."""

    def __init__(self, file: Path, name: str, known: Collection[str]) -> None:
        super().__init__(
            f"`--set {brief(name)}=…`: `{file}` has no variable `{brief(name)}`",
            hint=did_you_mean(name, known, what="variables")
            if known
            else f"add `variables: {{{brief(name)}: …}}` with its default",
        )


class BadVariableError(UsageError):
    """`build --set` gives a value that no flag can carry."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"`--set {name}=…`: the value is not one line of text",
            hint="leave out line breaks, control characters and bytes that are not UTF-8",
        )

"""Where the project of a hook is: as it was told, or upwards from where the other tool stands."""

from collections.abc import Iterable
from pathlib import Path

from lambdabuild.errors import UsageError

SPEC = "buildspec.yaml"


class NoProjectError(UsageError):
    """No spec, wherever one was looked for."""

    def __init__(self, starts: Iterable[Path]) -> None:
        places = ", ".join(f"`{start}`" for start in starts)
        super().__init__(
            f"no `{SPEC}` in {places}, or in a folder above",
            hint="set LAMBDABUILD_FILE to the absolute path of the spec, or give `--file`",
        )


def find_spec(*starts: Path) -> Path:
    """The spec in the nearest folder at or above the first of `starts` that has one; NoProjectError where none has."""
    absolute = list(dict.fromkeys(start.absolute() for start in starts))
    for start in absolute:
        for folder in (start, *start.parents):
            if (folder / SPEC).is_file():
                return folder / SPEC
    raise NoProjectError(absolute)

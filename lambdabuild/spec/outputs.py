"""Functions that would write the same files in `dist/`."""

from collections.abc import Mapping
from typing import Final

from lambdabuild.model.spec import Function
from lambdabuild.spec.problems import Problems

_DEVICES: Final = frozenset(
    ("con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10)))
)
"""Windows opens a device for these, whatever follows the first dot (Naming Files, Paths, and Namespaces)."""


def check_outputs(functions: Mapping[str, Function], problems: Problems) -> None:
    """No two functions share a name or a file, also where case does not count (macOS, Windows)."""
    names: dict[str, str] = {}
    files: dict[str, str] = {}
    for name, function in functions.items():
        path = ("functions", name)
        other = names.setdefault(name.lower(), name)
        if other != name:
            words = f"and `functions.{other}` are one name where case does not count"
            problems.add(path, words, hint="rename one of them", key=True)
            continue
        for output in function.artifacts:
            if output.split(".")[0].lower() in _DEVICES:
                words = f"would write `dist/{output}.zip`, the name of a device on Windows"
                problems.add(path, words, hint="rename it", key=True)
            other = files.setdefault(output.lower(), name)
            if other != name:
                words = f"and `functions.{other}` would both write `dist/{output}.zip`"
                problems.add(path, words, hint="rename one of them", key=True)

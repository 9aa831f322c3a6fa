"""Which main a function of a template is built from: by its code, else by its names. Certain, or not at all."""

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from lambdabuild.discovery.naming import GENERIC, names_of
from lambdabuild.model.discovery import Deployed, GoMain
from lambdabuild.model.spec import GO1X

_ENDINGS: Final = ("function", "lambda", "handler", "fn")
_BUILT: Final = re.compile(r"(?:[-_](?:arm64|amd64|x86_64))?\.zip$")
_OUTPUTS: Final = frozenset({"bin", "build", "dist", "out", "target", "deployment", "package", "artifacts", ".build"})
"""Folders that programs are built into: they say nothing of where their source is."""

_SAYS_NOTHING: Final = frozenset({"function", "lambda", "handler", "fn", "my", "main", "app", "the", "go", "golang"})
"""Names of functions that say only that there is one, as `_key` has them."""

_SHORTEST_PART: Final = 4
"""Letters of a main's name that count where they are a part of a longer one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmatched:
    """The mains that it could be, if there are any."""

    candidates: tuple[str, ...]


def match(deployed: Deployed, mains: Sequence[GoMain]) -> GoMain | Unmatched:
    """The main of one function of a template."""
    if deployed.main is not None:  # what its program says of itself
        told = [main for main in mains if main.import_path == deployed.main]
        if len(told) == 1:
            return told[0]
    code = _code(deployed)
    below = [main for main in mains if code is not None and _is_below(main.package, code)]
    exact = [main for main in below if posixpath.normpath(main.package) == code]
    by_name = _by_name(deployed, below or mains)
    first, second = ((exact, below), (by_name,)) if _is_built_in_place(deployed) else ((below, by_name), (exact,))
    for found in (*first, *second):
        if len(found) == 1:
            return found[0]
    return Unmatched(candidates=tuple(main.package for main in below))


def may_be_the_only(deployed: Deployed, main: GoMain, folders: frozenset[str]) -> bool:
    """Whether nothing speaks against the only main of the project.

    Code and handler say nothing; and one of the two has no name that tells of it, so that the names do not differ.
    `folders` are all of the project.
    """
    code = _code(deployed)
    if code is not None and code in folders and code.rpartition("/")[2].lower() not in _OUTPUTS:
        return False  # it is built from what lies there
    if deployed.main is not None or any(word.lower() not in _OUTPUTS for word in _told(deployed)):
        return False
    return _says_nothing(main.package.split("/")) or _key(deployed.name) in _SAYS_NOTHING


def _says_nothing(parts: Sequence[str]) -> bool:
    return all(part.lower() in GENERIC for part in parts)


def _is_built_in_place(deployed: Deployed) -> bool:
    """Whether `sam build` runs `go build` in the very folder of its code (aws-lambda-builders, go_modules)."""
    method = deployed.said.build_method
    return method == GO1X or (method is None and deployed.said.runtime == GO1X)


def _code(deployed: Deployed) -> str | None:
    """The folder of its code, relative to the project; None where that is not said, or is a zip."""
    code = deployed.said.code
    if code is None or code.endswith(".zip"):
        return None
    return posixpath.normpath(posixpath.join(posixpath.dirname(deployed.file), code))


def _is_below(package: str, folder: str) -> bool:
    path = posixpath.normpath(package)
    return folder in {".", path} or path.startswith(f"{folder}/")


def _by_name(deployed: Deployed, mains: Sequence[GoMain]) -> list[GoMain]:
    """The mains that the first telling name fits; the names are tried from the surest on."""
    keys = [(main, {_key(name) for name in names_of(main)}) for main in mains]
    for word in _words(deployed):
        found = [main for main, names in keys if _key(word) in names]
        if found:
            return found
    whole = _key(deployed.name)
    return [
        main
        for main, names in keys
        if any(len(name) >= _SHORTEST_PART and (whole.startswith(name) or whole.endswith(name)) for name in names)
    ]


def _words(deployed: Deployed) -> Iterator[str]:
    """What it is called: by the user for us, by its code, by its handler, by the template."""
    yield from _told(deployed)
    yield deployed.name


def _told(deployed: Deployed) -> Iterator[str]:
    """The same, but for the name that it must have."""
    said = deployed.said
    if said.named:
        yield said.named
    for path in (said.code, said.handler):
        parts = _BUILT.sub("", path or "").split("/")
        yield from (part for part in reversed(parts) if part.lower() not in {"", "..", *GENERIC})


def _key(name: str) -> str:
    """Letters and digits, without the words that say that it is a function."""
    key = re.sub(r"[^a-z0-9]", "", name.lower())
    for ending in _ENDINGS:
        if key.endswith(ending) and key != ending:
            return key.removesuffix(ending)
    return key

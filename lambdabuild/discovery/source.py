"""The head of a Go file: its package, its imports, and whether it is built for Lambda. No go is run.

Sources: https://go.dev/ref/spec (package clause, import declarations, comments, string literals), and
https://pkg.go.dev/cmd/go#hdr-Build_constraints.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lambdabuild.discovery.constraint import allowed_by_line, allowed_by_name, allowed_by_plus
from lambdabuild.model.platform import Architecture

C: Final = "C"
"""The import that makes a file one of cgo."""

_TOKEN: Final = re.compile(
    r'(?P<space>[\s;\ufeff]+)|(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<string>"(?:[^"\\\n]|\\.)*"|`[^`]*`)|(?P<word>\w+)|.',
    re.DOTALL,
)
_ESCAPE: Final = re.compile(r'\\(?:[abfnrtv\\"]|[0-3][0-7]{2}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U000[0-9a-fA-F]{5})')
_DOCUMENTATION: Final = "documentation"
"""go leaves out files of this package."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What stands before the first declaration of a file. `off` and `on` are the CPUs of Lambda's that it is built for
    without and with cgo.
    """

    package: str
    imports: tuple[str, ...]
    off: frozenset[Architecture]
    on: frozenset[Architecture]


def read_head(name: str, text: str) -> Head | None:
    """The head of the file `name`; None for what go never builds into a program for Lambda."""
    if not name.endswith(".go") or name.endswith("_test.go") or name.startswith((".", "_")):
        return None
    parts = _parts(text)
    comments = []
    package = None
    for kind, part, start in parts:
        if kind == "comment":
            if not text[text.rfind("\n", 0, start) + 1 : start].strip():
                comments.append(part)
            continue
        if part == "package":
            package = next((part for kind, part, _ in parts if kind == "word"), None)
        break
    if package is None or package == _DOCUMENTATION:
        return None
    imports = tuple(_imports(part for kind, part, _ in parts if kind != "comment"))
    lines = [one.removeprefix("//go:build") for one in comments if re.match(r"//go:build\s", one)]
    plus = [one for one in comments if re.match(r"//\s*\+build\s", one)]

    def built(*, cgo: bool) -> frozenset[Architecture]:
        if C in imports and not cgo:
            return frozenset()
        said = allowed_by_line(lines[0], cgo=cgo) if lines else allowed_by_plus(plus, cgo=cgo)
        return said & allowed_by_name(name)

    return Head(package=package, imports=imports, off=built(cgo=False), on=built(cgo=True))


def _parts(text: str) -> Iterator[tuple[str, str, int]]:
    """Kind, text and place of each token; white space is left out."""
    for match in _TOKEN.finditer(text):
        if match.lastgroup != "space":
            yield match.lastgroup or "other", match[0], match.start()


def _imports(parts: Iterator[str]) -> Iterator[str]:
    """Paths of the import declarations that `parts` begin with."""
    for part in parts:
        if part != "import":
            return
        grouped = False
        for inner in parts:
            if inner == "(" and not grouped:
                grouped = True
            elif inner == ")":
                break
            elif inner[0] in '"`' and len(inner) > 1:
                yield _unquoted(inner)
                if not grouped:
                    break
            elif not (inner == "." or inner.isidentifier()):
                return


def _unquoted(literal: str) -> str:
    if literal[0] == "`":
        return literal[1:-1].replace("\r", "")
    return _ESCAPE.sub(lambda escape: str(ast.literal_eval(f'"{escape[0]}"')), literal[1:-1])

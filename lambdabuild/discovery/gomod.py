"""What go.mod and go.work say, read without a go: the module, the Go that they ask for, what lies in local folders.

Source: https://go.dev/ref/mod, sections "go.mod files" and "go.work files".
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

_WORD: Final = re.compile(r'"(?:[^"\\\n]|\\.)*"|`[^`\n]*`|//.*|=>|[()]|(?:(?!//)[^\s()"`])+')
_VERSION: Final = re.compile(r"(?:go)?(\d+)\.(\d+)(?:\.(\d+))?(?:(?:beta|rc)\d+)?(?:[-+].*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModFile:
    """One go.mod or go.work. `go` is the newest version of its `go` and `toolchain` lines, as three numbers.

    `requires` maps modules to versions, `local` modules to the folders that replace them, `uses` are those of go.work;
    folders are as they are written.
    """

    module: str | None = None
    go: tuple[int, int, int] | None = None
    requires: Mapping[str, str] = field(default_factory=dict)
    local: Mapping[str, str] = field(default_factory=dict)
    uses: tuple[str, ...] = ()


def read_modfile(text: str) -> ModFile:
    """Whatever can be understood of it; what cannot is left out, and go will say so."""
    module, versions, uses = None, [], []
    requires: dict[str, str] = {}
    local: dict[str, str] = {}
    for words in _directives(text):
        match words:
            case ["module", path]:
                module = path
            case ["go" | "toolchain", version] if (numbers := _numbers(version)) is not None:
                versions.append(numbers)
            case ["require", path, version]:
                requires[path] = version
            case ["use", folder]:
                uses.append(folder)
            case ["replace", path, "=>", folder] | ["replace", path, _, "=>", folder]:
                local[path] = folder
    return ModFile(module=module, go=max(versions, default=None), requires=requires, local=local, uses=tuple(uses))


def below(folder: str, path: str) -> str | None:
    """A folder that a file in `folder` names; None for an absolute one, which no other machine has."""
    return None if posixpath.isabs(path) else posixpath.normpath(posixpath.join(folder, path))


def _directives(text: str) -> Iterator[list[str]]:
    """The words of each line; those of a block begin with its name."""
    block = None
    for line in text.splitlines():
        words = [_plain(word) for word in _WORD.findall(line) if not word.startswith("//")]
        match words:
            case []:
                pass
            case [")"]:
                block = None
            case [name, "("]:
                block = name
            case _:
                yield [block, *words] if block else words


def _plain(word: str) -> str:
    return word[1:-1] if word[0] in '"`' else word


def _numbers(version: str) -> tuple[int, int, int] | None:
    """`1.26` and `1.26rc1` are 1.26.0; `default` is none."""
    found = _VERSION.fullmatch(version)
    if found is None or max(map(len, found.groups(""))) > 6:
        return None
    major, minor, patch = (int(number) for number in found.groups("0"))
    return major, minor, patch

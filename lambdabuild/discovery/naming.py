"""Names of functions: fit for a spec, each once, also where case does not count."""

import posixpath
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Final

from lambdabuild.discovery.folders import CDK_OUT
from lambdabuild.model.discovery import GoMain

GENERIC: Final = frozenset({"cmd", "main", "lambda", "src", "function", "handler", "bootstrap", "."})
"""Names of folders and handlers that say nothing of the function."""

_LONGEST: Final = 64
_VERSION: Final = re.compile(r"v\d+")


def fit(text: str) -> str:
    """The same name in letters, digits, `_` and `-`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9_-]+", "-", plain).strip("-_")[:_LONGEST].rstrip("-_") or "function"


def names_of(main: GoMain) -> tuple[str, ...]:
    """What a main may be called, the shortest first: by its folder, then with those above it."""
    parts = [part for part in main.package.split("/") if part != "."]
    telling = list(parts)
    while telling and telling[-1].lower() in GENERIC:
        telling.pop()
    if not telling:
        path = [part for part in main.import_path.split("/") if not _VERSION.fullmatch(part)]
        telling = [*(part for part in path if part.lower() not in GENERIC)][-1:]
    longer = [telling[start:] for start in range(len(telling) - 1, -1, -1)]
    return tuple(fit("-".join(one)) for one in [*longer, parts] if one) or ("function",)


def home(file: str) -> str:
    """The folder of a template; cdk.out for all that CDK wrote there, since each stage of an app has a folder below."""
    folders = posixpath.dirname(file).split("/")
    return "/".join(folders[: folders.index(CDK_OUT) + 1] if CDK_OUT in folders else folders)


def longer_names(name: str, file: str) -> tuple[str, ...]:
    """The name that a template gives, then with the folders of the template before it; none of those that CDK makes."""
    folders = [part for part in home(file).split("/") if part not in {"", CDK_OUT}]
    return tuple(fit("-".join([*folders[start:], name])) for start in range(len(folders), -1, -1))


def each_once(choices: Sequence[Sequence[str]]) -> list[str]:
    """One name for each: the first of its choices that no other has, else a number after the last one."""
    taken = [0] * len(choices)
    while True:
        count = Counter(choices[at][number].lower() for at, number in enumerate(taken))
        same = [
            at
            for at, number in enumerate(taken)
            if count[choices[at][number].lower()] > 1 and number + 1 < len(choices[at])
        ]
        if not same:
            return _numbered([choices[at][number] for at, number in enumerate(taken)])
        for at in same:
            taken[at] += 1


def _numbered(names: Sequence[str]) -> list[str]:
    used: set[str] = set()
    found = []
    for name in names:
        unique, number = name, 1
        while unique.lower() in used:
            number += 1
            unique = f"{name[: _LONGEST - 8]}-{number}"
        used.add(unique.lower())
        found.append(unique)
    return found

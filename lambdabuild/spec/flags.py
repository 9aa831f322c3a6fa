"""Flags for compiler and linker: Go's quoting, patterns of packages, and the words that variables stand for."""

import re
from collections.abc import Mapping
from typing import Final

from lambdabuild.io.document import KeyPath, brief
from lambdabuild.spec.goflags import COMPILER, Tool, check_flags
from lambdabuild.spec.nearest import did_you_mean
from lambdabuild.spec.problems import Problems

_WORD: Final = re.compile(r"""'(?P<single>[^']*)'|"(?P<double>[^"]*)"|(?P<bare>[^ \t'"][^ \t]*)""")
_VARIABLE: Final = re.compile(r"\$\{(?P<name>[^}]*)(?P<end>\}?)")


def check_ldflags(
    flags: tuple[str, ...], tool: Tool, variables: Mapping[str, str], path: KeyPath, problems: Problems
) -> tuple[str, ...]:
    """One item a word, variables filled in, quoted where it needs to be: joined by spaces they are `-ldflags`.

    A text is split before variables are filled in, so a value is never more than a part of one flag.
    """
    words: list[tuple[KeyPath, str]] = []
    for index, text in enumerate(flags):
        here = (*path, index)
        for word in _split(text, here, problems):
            filled = _fill(word, variables, here, problems)
            if "'" in filled and '"' in filled:
                words_ = f"is `{brief(filled)}`, with both kinds of quotes, which no flag of Go can carry"
                problems.add(here, words_, hint="leave one kind out")
            words.append((here, filled))
    check_flags(tool, words, problems)
    return tuple(_quoted(word) for _, word in words)


def check_gcflags(flags: tuple[str, ...], path: KeyPath, problems: Problems) -> tuple[str, ...]:
    """As they are: joined by spaces they are `-gcflags`, which may begin with a pattern of packages (`all=-N -l`)."""
    words: list[tuple[KeyPath, str]] = []
    for index, text in enumerate(flags):
        here = (*path, index)
        written = text if index else _without_pattern(text.strip(), here, problems)
        words.extend((here, word) for word in _split(written, here, problems))
    check_flags(COMPILER, words, problems)
    return flags


def _without_pattern(text: str, path: KeyPath, problems: Problems) -> str:
    """As cmd/go/internal/load.PerPackageFlag, but a pattern that climbs could match folders of this machine."""
    pattern, equals, flags = text.partition("=")
    if text.startswith(("-", "'", '"')) or not equals:
        return text
    if pattern.startswith("/") or ".." in pattern.split("/"):
        words = f"is for `{brief(pattern)}`, a folder that lies elsewhere on another machine"
        problems.add(path, words, hint="write import paths, `all`, or a folder below the module")
    return flags


def _split(text: str, path: KeyPath, problems: Problems) -> list[str]:
    """As cmd/internal/quoted.Split: a word that begins with a quote ends with it; there are no escapes."""
    words: list[str] = []
    at = 0
    while at < len(text):
        if text[at] in " \t":
            at += 1
            continue
        match = _WORD.match(text, at)
        if match is None:
            problems.add(path, f"is `{brief(text)}`, with a quote that is never closed", hint="close it")
            break
        words.append(next(group for group in match.groups() if group is not None))
        at = match.end()
    return words


def _fill(word: str, variables: Mapping[str, str], path: KeyPath, problems: Problems) -> str:
    def value(match: re.Match[str]) -> str:
        name = match["name"]
        if not match["end"]:
            problems.add(path, "has a `${` that is never closed", hint="write `${name}`")
        elif name not in variables:
            hint = (
                did_you_mean(name, variables, what="variables")
                if variables
                else f"write `variables: {{{brief(name)}: …}}` at the top of the file"
            )
            problems.add(path, f"uses `${{{brief(name)}}}`, which is not in `variables`", hint=hint)
        return variables.get(name, "")

    return _VARIABLE.sub(value, word)


def _quoted(word: str) -> str:
    """As cmd/internal/quoted.Join."""
    if word and not re.search(r"[ \t'\"]", word):
        return word
    return f'"{word}"' if "'" in word else f"'{word}'"

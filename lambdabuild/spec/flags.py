"""Linker flags: Go's quoting, and the words that variables stand for."""

import re
from collections.abc import Mapping
from typing import Final

from lambdabuild.io.document import KeyPath, brief
from lambdabuild.spec.nearest import did_you_mean
from lambdabuild.spec.problems import Problems

_WORD: Final = re.compile(r"""'(?P<single>[^']*)'|"(?P<double>[^"]*)"|(?P<bare>[^ \t'"][^ \t]*)""")
_VARIABLE: Final = re.compile(r"\$\{(?P<name>[^}]*)(?P<end>\}?)")

_OURS: Final = {
    "buildid": "it is empty, so that equal source gives equal bytes",
    "o": "the file is named by the layout",
}
"""Flags of cmd/link that would undo what we promise."""


def check_ldflags(
    flags: tuple[str, ...], variables: Mapping[str, str], path: KeyPath, problems: Problems
) -> tuple[str, ...]:
    """One item a word, variables filled in, quoted where it needs to be: joined by spaces they are `-ldflags`.

    A text is split before variables are filled in, so a value is never more than a part of one flag.
    """
    words: list[str] = []
    for index, text in enumerate(flags):
        here = (*path, index)
        split = _split(text)
        if split is None:
            problems.add(here, f"is `{brief(text)}`, with a quote that is never closed", hint="close it")
            continue
        for word in split:
            name = word.lstrip("-").partition("=")[0]
            if word.startswith("-") and name in _OURS:
                problems.add(here, f"sets `-{name}`", hint=f"leave it out: {_OURS[name]}")
            filled = _fill(word, variables, here, problems)
            if "'" in filled and '"' in filled:
                words_ = f"is `{brief(filled)}`, with both kinds of quotes, which no flag of Go can carry"
                problems.add(here, words_, hint="leave one kind out")
            words.append(_quoted(filled))
    return tuple(words)


def _split(text: str) -> list[str] | None:
    """As cmd/internal/quoted.Split: a word that begins with a quote ends with it; there are no escapes."""
    words: list[str] = []
    at = 0
    while at < len(text):
        if text[at] in " \t":
            at += 1
            continue
        match = _WORD.match(text, at)
        if match is None:
            return None
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

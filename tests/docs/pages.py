"""A page of docs/ as the test that runs it reads it: fenced blocks, the project that it names, headings, links.

The convention: ```` ```sh ```` is run as it stands, and exits 0; `sh exit=5` exits 5; `sh not-run="reason"` is not run,
and says why. Every other block names one of LANGUAGES. A command line of lambdabuild stands in `sh` blocks alone, so
that none goes unrun by accident. `<!-- project: examples/sam -->` says where the blocks of a page are run.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.support.cli import ROOT

LANGUAGES: Final = frozenset(
    ["console", "diff", "dockerfile", "gitattributes", "go", "hcl", "ini", "json", "makefile", "python", "sh", "text",
     "toml", "typescript", "yaml"]
)  # fmt: skip
"""What a fence may say; of these, `sh` is run."""

_FENCE = re.compile(r"(?P<indent> *)(?P<fence>`{3,}|~{3,})(?P<info>[^`]*)")
_INFO = re.compile(r'sh(?: exit=(?P<exit>\d+)| not-run="(?P<reason>[^"]+)")?')
_PROJECT = re.compile(r"<!-- project: (\S+) -->")
_COMMAND = re.compile(r"\s*(?:[$#>] )?(?:[A-Z_]+=\S+ )*lambdabuild [a-z-]")
_INDENTED = re.compile(r"(?: {4,}|\t)")
_SHOWN: Final = frozenset(["console", "text"])
_HEADING = re.compile(r"#{1,6} +(.*?)(?: +#+)?")
_LINK = re.compile(r"\[[^\]]*\]\(([^()\s]+)(?: \"[^\"]*\")?\)|^\[[^\]]+\]: (\S+)", re.MULTILINE)


class BadPageError(Exception):
    """A page that does not keep to the convention."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block. `line` is that of its fence, from 1; `expected` the exit code where it is run."""

    line: int
    language: str
    text: str
    expected: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`project` is relative to the repository; `words` are what is no block, line by line."""

    path: Path
    project: str | None
    blocks: tuple[Block, ...]
    words: Mapping[int, str] = field(default_factory=dict)

    @property
    def runs(self) -> tuple[Block, ...]:
        """The blocks that are run."""
        return tuple(block for block in self.blocks if block.expected is not None)

    @property
    def anchors(self) -> frozenset[str]:
        """Of its headings, as GitHub makes them."""
        titles = (match[1] for line in self.words.values() if (match := _HEADING.fullmatch(line)))
        return frozenset(_numbered([_slug(title) for title in titles]))

    @property
    def links(self) -> Iterator[str]:
        """What its links lead to."""
        text = re.sub(r"`[^`]*`", "", "\n".join(self.words.values()))
        yield from (one[1] or one[2] for one in _LINK.finditer(text))


def read_page(path: Path) -> Page:
    """The page at `path`. BadPageError with its line where it breaks the convention."""
    lines = path.read_text(encoding="utf-8").splitlines()
    blocks, words = [], {}
    number = 0
    while number < len(lines):
        fence = _FENCE.fullmatch(lines[number])
        if fence is None:
            words[number + 1] = lines[number]
            number += 1
            continue
        end = _end(lines, number, fence["fence"], path)
        inside = [line.removeprefix(fence["indent"]) for line in lines[number + 1 : end]]
        blocks.append(_block(path, number + 1, fence["info"].strip(), inside))
        number = end + 1
    for at, line in words.items():
        if _INDENTED.match(line) and _COMMAND.match(line):
            raise _bad(path, at, 'a command in an indented block: use ```sh, or ```sh not-run="reason"')
    projects = [match[1] for line in words.values() if (match := _PROJECT.fullmatch(line.strip()))]
    if len(projects) > 1:
        raise _bad(path, 1, "it names two projects")
    page = Page(path=path, project=projects[0] if projects else None, blocks=tuple(blocks), words=words)
    if page.runs and page.project is None:
        raise _bad(path, page.runs[0].line, "a block that is run, and no `<!-- project: examples/… -->`")
    return page


def _end(lines: Sequence[str], start: int, fence: str, path: Path) -> int:
    for number in range(start + 1, len(lines)):
        if lines[number].strip().startswith(fence) and not lines[number].strip().strip(fence[0]):
            return number
    raise _bad(path, start + 1, "a block that does not end")


def _block(path: Path, line: int, info: str, inside: Sequence[str]) -> Block:
    text = "\n".join(inside) + "\n"
    language = info.split(" ", 1)[0]
    if language not in LANGUAGES:
        raise _bad(path, line, f"a block of `{language}`; it may be {', '.join(sorted(LANGUAGES))}")
    if language != "sh":
        if info != language:
            raise _bad(path, line, f"`{info}` says more than a language")
        if language in _SHOWN and any(map(_COMMAND.match, inside)):
            raise _bad(path, line, f'a command in a `{language}` block: use ```sh, or ```sh not-run="reason"')
        return Block(line=line, language=language, text=text)
    said = _INFO.fullmatch(info)
    if said is None:
        raise _bad(path, line, f'`{info}` is not `sh`, `sh exit=5` or `sh not-run="reason"`')
    expected = None if said["reason"] else int(said["exit"] or 0)
    return Block(line=line, language=language, text=text, expected=expected)


def _bad(path: Path, line: int, what: str) -> BadPageError:
    shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    return BadPageError(f"{shown}:{line}: {what}")


def _slug(title: str) -> str:
    """As GitHub does it: lower case, no punctuation, hyphens for spaces; of a link, its text."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).replace("`", "").lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def _numbered(slugs: Sequence[str]) -> Iterator[str]:
    """The second of a name has `-1` after it."""
    seen: dict[str, int] = {}
    for slug in slugs:
        count = seen.get(slug, 0)
        seen[slug] = count + 1
        yield f"{slug}-{count}" if count else slug

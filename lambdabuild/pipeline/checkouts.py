"""Warns of files that another checkout of the same commit would pack with other bytes. None is ever written."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

from lambdabuild.io.git import Held, edited, held
from lambdabuild.io.text import printable
from lambdabuild.model.events import Emit, Warned

_POINTER = b"version https://git-lfs.github.com/spec/v1\n"
_LARGEST_POINTER = 1024
"""git-lfs, docs/spec.md, "The Pointer"."""

_SPECIAL = re.compile(r"[*?\[\\]|^[#!]")
"""What means something else in a pattern, or at its start."""

_QUOTED = re.compile(r'[\s"]')

_ENDS: Mapping[str, str] = {"lf": "LF", "crlf": "CRLF", "mixed": "of both kinds"}
_OTHER = "another machine packs other bytes"
_AGAIN = "remove the file and `git checkout` it again"
_KEPT = "it was changed here, and `git checkout` would undo that"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fault:
    """What is wrong with a file, the attributes that mend it on every machine, and what is to do here."""

    what: str
    attributes: str | None = None
    then: str | None = None


def warn_of_checkout(project: Path, files: Iterable[Path], *, environ: Mapping[str, str], emit: Emit) -> None:
    """Look at files that go into artifacts as they are, included or embedded. Their paths are absolute, without links.

    Nothing here is an error: without git or a repository there is less to say.
    """
    every, home = sorted(set(files)), project.resolve()
    tracked = held(project, every, environ)
    other = [one.path for one in tracked if one.link or one.here != one.stored]
    for warning in (*_pointers(every, home), *judged(tracked, edited(project, other, environ), home)):
        emit(warning)


def judged(tracked: Iterable[Held], changed: AbstractSet[Path], project: Path) -> Iterator[Warned]:
    """One warning for all files that are alike; `changed` are those with work that git does not have."""
    alike: dict[_Fault, list[Path]] = {}
    for one in tracked:
        if (
            found := _line_ends(one, changed=one.path in changed) or _link(one, changed=one.path in changed)
        ) is not None:
            alike.setdefault(found, []).append(one.path)
    for fault, paths in alike.items():
        yield Warned(message=f"{_named(paths, project)}: {fault.what}", hint=_hint(fault, paths))


def _hint(fault: _Fault, paths: Iterable[Path]) -> str:
    if fault.attributes is None:
        return fault.then or ""
    lines = ", ".join(dict.fromkeys(f"`{_pattern(path)} {fault.attributes}`" for path in paths))
    return f"write {lines} into .gitattributes" + (f", then {fault.then}" if fault.then else "")


def _line_ends(one: Held, *, changed: bool) -> _Fault | None:
    """Whether the checkout has other line ends than git, or another one may have by .gitattributes.

    Not where .gitattributes asks for them on every machine, and not of a change that git shows by itself. Where they
    say nothing at all, it is each user's settings that decide, and only what they did here is known.
    """
    said = one.attributes.split()
    if one.stored not in _ENDS or one.here not in _ENDS:
        return None
    settled = any(word.startswith("eol=") for word in said)
    if one.here == one.stored:
        if settled or not _is_converted(one.stored, said):
            return None
        return _Fault(what=f".gitattributes leave the line ends to each machine, so {_OTHER}", attributes="text eol=lf")
    if "-text" in said or f"eol={one.here}" in said:
        return None
    ends = f"with {_ENDS[one.stored]}" if one.stored != "mixed" else "with the line ends of git"
    return _Fault(
        what=f"the line ends are {_ENDS[one.here]} here and {_ENDS[one.stored]} in git, so {_OTHER}",
        attributes=None if settled else ("text eol=lf" if one.stored == "lf" else "-text"),
        then=f"save the file {ends}: {_KEPT}" if changed else _AGAIN,
    )


def _is_converted(stored: str, said: Sequence[str]) -> bool:
    """Whether a checkout on Windows writes CRLF (gitattributes(5), `text`): not where CRLF is in git, for `auto`."""
    return (stored == "lf" and "text=auto" in said) or (stored != "crlf" and "text" in said)


def _link(one: Held, *, changed: bool) -> _Fault | None:
    """A symbolic link that the checkout could not make (core.symlinks=false)."""
    if not one.link:
        return None
    keep = f"keep a copy of the file ({_KEPT}), " if changed else ""
    return _Fault(
        what=f"a symbolic link in git, and here a file that holds its target, so {_OTHER}",
        then=f"{keep}run `git config core.symlinks true`, then {_AGAIN}; or have a copy of its target in git",
    )


def _pointers(files: Sequence[Path], project: Path) -> Iterator[Warned]:
    """Pointers of git-lfs whose content was not fetched, by git or by whoever made the archive."""
    if pointers := [path for path in files if _is_pointer(path)]:
        yield Warned(
            message=f"{_named(pointers, project)}: a pointer of git-lfs is packed, and not its content",
            hint="run `git lfs pull`; in CI let the checkout fetch it",
        )


def _is_pointer(path: Path) -> bool:
    try:
        if path.stat().st_size > _LARGEST_POINTER:
            return False
        with path.open("rb") as stream:
            return stream.read(len(_POINTER)) == _POINTER
    except OSError:  # whoever packs it says so
        return False


def _named(paths: Sequence[Path], project: Path) -> str:
    first, others = printable(os.path.relpath(paths[0], project)), len(paths) - 1
    return f"`{first}`" + (f" and {others} more" if others else "")


def _pattern(path: Path) -> str:
    """All files of its kind; one that has no plain suffix, by name (gitattributes(5), gitignore(5) on patterns)."""
    if path.suffix[1:].isalnum():
        return f"*{path.suffix}"
    name = _SPECIAL.sub(r"\\\g<0>", path.name)
    return name if name.isprintable() and not _QUOTED.search(name) else _in_quotes(name)


def _in_quotes(name: str) -> str:
    """As C has it, which git reads at the start of a line."""
    text = name.replace("\\", r"\\").replace('"', r"\"")
    return '"' + "".join(one if one.isprintable() else _octal(one) for one in text) + '"'


def _octal(one: str) -> str:
    return "".join(f"\\{byte:03o}" for byte in os.fsencode(one))

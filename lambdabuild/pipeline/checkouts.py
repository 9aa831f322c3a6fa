"""Warns of files that another checkout of the same commit would pack with other bytes. None is ever written."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from lambdabuild.io.git import Held, held
from lambdabuild.io.text import printable
from lambdabuild.model.events import Emit, Warned

_POINTER = b"version https://git-lfs.github.com/spec/v1\n"
_LARGEST_POINTER = 1024
"""git-lfs, docs/spec.md, "The Pointer"."""

_ENDS: Mapping[str, str] = {"lf": "LF", "crlf": "CRLF", "mixed": "of both kinds"}
_OTHER = "another machine packs other bytes"
_AGAIN = "remove the file and `git checkout` it again"


def warn_of_checkout(project: Path, files: Iterable[Path], *, environ: Mapping[str, str], emit: Emit) -> None:
    """Look at files that go into artifacts as they are, included or embedded. Their paths are absolute, without links.

    Nothing here is an error: without git or a repository there is less to say.
    """
    every, home = sorted(set(files)), project.resolve()
    for warning in (*_pointers(every, home), *judged(held(project, every, environ), home)):
        emit(warning)


def judged(tracked: Iterable[Held], project: Path) -> Iterator[Warned]:
    """One warning for all files that one thing mends."""
    alike: dict[tuple[str, str], list[Path]] = {}
    for one in tracked:
        if (found := _line_ends(one) or _link(one)) is not None:
            alike.setdefault(found, []).append(one.path)
    for (what, hint), paths in alike.items():
        yield Warned(message=f"{_named(paths, project)}: {what}", hint=hint)


def _line_ends(one: Held) -> tuple[str, str] | None:
    """What is wrong and what mends it, where the checkout has other line ends than git.

    Not where .gitattributes asks for them on every machine, and not of a change that git shows by itself.
    """
    said = one.attributes.split()
    if one.stored not in _ENDS or one.here not in _ENDS or one.here == one.stored:
        return None
    if "-text" in said or f"eol={one.here}" in said:
        return None
    what = f"the line ends are {_ENDS[one.here]} here and {_ENDS[one.stored]} in git, so {_OTHER}"
    if any(word.startswith("eol=") for word in said):
        return what, _AGAIN
    attribute = "text eol=lf" if one.stored == "lf" else "-text"
    return what, f"write `{_pattern(one.path)} {attribute}` into .gitattributes, then {_AGAIN}"


def _link(one: Held) -> tuple[str, str] | None:
    """A symbolic link that the checkout could not make (core.symlinks=false)."""
    if not one.link:
        return None
    return (
        f"a symbolic link in git, and here a file that holds its target, so {_OTHER}",
        f"run `git config core.symlinks true`, then {_AGAIN}; or have a copy of its target in git",
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
    """All files of its kind; one that has no plain suffix, by name (gitattributes(5) on quotes)."""
    if path.suffix[1:].isalnum():
        return f"*{path.suffix}"
    return f'"{path.name}"' if " " in path.name else path.name

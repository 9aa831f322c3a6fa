"""Asks git how it holds files and how this checkout does: one process each, and no answer is an answer.

Sources: git-ls-files(1), `--stage` and `--eol`; git-rev-parse(1), `--local-env-vars`, for what a hook has set;
git-diff(1), `--numstat` and `--ignore-cr-at-eol` (`--name-only` names files that differ in line ends alone, too).
"""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lambdabuild.errors import EnvironmentFailure
from lambdabuild.io.process import run

_ASK: Final = ("git", "--literal-pathspecs", "-c", "core.fsmonitor=false", "ls-files", "--stage", "--eol", "-z", "--")
_DIFFER: Final = (
    *("git", "--literal-pathspecs", "--no-optional-locks", "-c", "core.fsmonitor=false", "diff"),
    *("--no-ext-diff", "--no-textconv", "--no-renames", "--numstat", "--ignore-cr-at-eol", "-z", "--"),
)
_LINE = re.compile(
    r"(?P<mode>\d+) \S+ 0\ti/(?P<stored>\S*) +w/(?P<here>\S*) +attr/(?P<attributes>[^\t]*)\t(?P<name>.*)", re.DOTALL
)
_LINK: Final = "120000"

_OF_ONE_REPOSITORY: Final = frozenset(
    ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX"]
)
_MOST = 100_000
"""Characters of a command line that every system takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A file as git holds it and as it is here.

    `link` says that git has a symbolic link. `stored` and `here` are line ends: `lf`, `crlf`, `mixed`, `none`, `-text`
    for what is binary, empty for what is no regular file. `attributes` are those of .gitattributes: `text=auto eol=lf`.
    """

    path: Path
    link: bool
    stored: str
    here: str
    attributes: str


def held(project: Path, files: Iterable[Path], environ: Mapping[str, str]) -> tuple[Held, ...]:
    """Those of `files` that the project's repository tracks, by path; paths are absolute, and links followed.

    Empty where there is no repository, no git, or one that does not want to be asked. Files of submodules and of other
    repositories are none of it.
    """
    root = _root(project)
    if root is None or not (inside := sorted(file for file in files if file.is_relative_to(root))):
        return ()
    if (answer := _answer(_ASK, root, inside, environ)) is None:
        return ()
    wanted = frozenset(inside)
    lines = (_LINE.fullmatch(line) for line in answer)
    found = (
        Held(
            path=root / line["name"],
            link=line["mode"] == _LINK,
            stored=line["stored"],
            here=line["here"],
            attributes=line["attributes"].strip(),
        )
        for line in lines
        if line is not None
    )
    return tuple(one for one in found if one.path in wanted)


def edited(project: Path, files: Iterable[Path], environ: Mapping[str, str]) -> frozenset[Path]:
    """Those of the tracked `files` that differ from what git has in more than line ends; all where git does not say."""
    root = _root(project)
    every = sorted(files)
    if root is None or not every:
        return frozenset(every)
    if (answer := _answer(_DIFFER, root, every, environ)) is None:
        return frozenset(every)
    differing = (line.split("\t", 2) for line in answer if line)
    return frozenset(root / name for added, removed, name in differing if (added, removed) != ("0", "0")) & {*every}


def _answer(
    question: Sequence[str], root: Path, files: Sequence[Path], environ: Mapping[str, str]
) -> Sequence[str] | None:
    """What git says of files below `root`, without the settings of a hook; None where it says nothing."""
    names = [str(file.relative_to(root)) for file in files]
    if sum(map(len, names)) > _MOST:
        names = [os.path.commonpath(names) or "."]
    env = {name: value for name, value in environ.items() if name not in _OF_ONE_REPOSITORY}
    try:
        said = run([*question, *names], env={**env, "GIT_NO_LAZY_FETCH": "1"}, cwd=root)
    except EnvironmentFailure:
        return None
    return os.fsdecode(said.stdout).split("\0")


def _root(project: Path) -> Path | None:
    """The top of the working tree: where `.git` is, a folder, or a file in a worktree and in a submodule."""
    here = project.resolve()
    return next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), None)

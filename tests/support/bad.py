"""Bad input, a row each: what is changed in a sound project, what is run, what is said, and that dist/ stays whole."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.cli import Cli

Change = Callable[[Path], object]
"""Makes a sound project unsound."""

BUILD = ("build",)
CHECK = ("check",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    """`says` is a part of the one line of the error, or of a finding where `exits` is 5; `hint` of the one hint."""

    exits: int
    says: str
    hint: str | None
    changes: tuple[Change, ...]
    run: tuple[str, ...]
    environ: Mapping[str, str]


def bad(
    exits: int,
    says: str,
    hint: str | None,
    *changes: Change,
    run: tuple[str, ...] = BUILD,
    environ: Mapping[str, str] | None = None,
) -> Bad:
    """A row of a table."""
    return Bad(exits=exits, says=says, hint=hint, changes=changes, run=run, environ=environ or {})


def expect(case: Bad, project: Path, environ: Mapping[str, str]) -> None:
    """Make the changes, run the command; what it says, and that dist/ is as it was, byte for byte."""
    for change in case.changes:
        change(project)
    before = kept(project)

    answer = Cli(environ={**environ, **case.environ}).run(*case.run, cwd=project)

    errors, hints = told(answer.stderr)
    assert answer.returncode == case.exits, answer.stderr
    assert "Traceback" not in answer.stderr
    if case.exits == 5:
        assert case.says in answer.stderr
    else:
        assert len(errors) == 1, answer.stderr
        assert case.says in errors[0]
    assert len(hints) == (0 if case.hint is None else 1), answer.stderr
    assert case.hint is None or case.hint in hints[0]
    assert kept(project) == before


def kept(project: Path) -> dict[str, tuple[bytes, int]]:
    """Every file of dist/, and when it was written."""
    files = (path for path in sorted((project / "dist").rglob("*")) if path.is_file())
    return {str(path.relative_to(project)): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def told(stderr: str) -> tuple[list[str], list[str]]:
    """The lines of errors, and those of hints."""
    lines = stderr.splitlines()
    return [one for one in lines if one.startswith("error: ")], [one for one in lines if one.startswith("hint: ")]


def write(name: str, content: str | bytes) -> Change:
    """A file of this content."""

    def change(project: Path) -> None:
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    return change


def edit(name: str, old: str, new: str) -> Change:
    """Other words in one place of a file."""

    def change(project: Path) -> None:
        text = (project / name).read_text()
        assert old in text
        (project / name).write_text(text.replace(old, new, 1))

    return change


def spec(old: str, new: str) -> Change:
    """Other words in the spec."""
    return edit("buildspec.yaml", old, new)


def lock(old: str, new: str) -> Change:
    """Other words in the lock."""
    return edit("images.lock", old, new)


def include(*items: str) -> Change:
    """Includes of the function `orders`, as YAML."""
    return spec("cmd/orders\n", f"cmd/orders\n    include: [{', '.join(items)}]\n")


def remove(name: str) -> Change:
    """No such file or folder."""

    def change(project: Path) -> None:
        path = project / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    return change


def folder(name: str) -> Change:
    """An empty folder."""
    return lambda project: (project / name).mkdir()


def link(name: str, target: str) -> Change:
    """A symbolic link."""
    return lambda project: (project / name).symlink_to(target)


def cut(name: str, size: int) -> Change:
    """A file that ends too early."""
    return lambda project: (project / name).write_bytes((project / name).read_bytes()[:size])

"""What goes into a zip: binaries and included files, by name, each with a declared mode."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from lambdabuild.model.artifact import Entry
from lambdabuild.model.spec import Include
from lambdabuild.package.names import refuse_bad_names
from lambdabuild.package.patterns import match
from lambdabuild.package.refusals import (
    BadTargetError,
    NothingMatchesError,
    OverwritesBinaryError,
    SameNameError,
)

EXECUTABLE = 0o755
"""The mode of every binary."""


def collect(project: Path, binaries: Mapping[str, Path], includes: Sequence[Include]) -> tuple[Entry, ...]:
    """Bring together the entries of one zip, sorted by name.

    `binaries` maps names in the zip (`bootstrap`) to files. A file that two includes match in the same way is one
    entry. Modes are the includes', never the disk's. A ProjectError (see `refusals`) says what cannot be.
    """
    found = {name: Entry(name=name, mode=EXECUTABLE, source=source) for name, source in binaries.items()}
    for include in includes:
        for entry in _included(project, include):
            if entry.name in binaries:
                raise OverwritesBinaryError(include.source, entry.name)
            other = found.setdefault(entry.name, entry)
            if other != entry:
                raise SameNameError(str(other.source), str(entry.source), _why(other, entry))
    refuse_bad_names(found)
    return in_order(found.values())


def in_order(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Sort by the UTF-8 bytes of the names: the order in which they lie in a zip."""
    return tuple(sorted(entries, key=lambda entry: entry.name.encode()))


def _included(project: Path, include: Include) -> Iterator[Entry]:
    target = None if include.target is None else _target_parts(include.source, include.target)
    matched = match(project, include.source)
    if not matched.files:
        raise NothingMatchesError(include.source, project)
    for file in matched.files:
        if target is None:
            name = file.relative
        elif matched.base is not None:
            name = PurePosixPath(*target, file.relative.relative_to(matched.base))
        elif include.target is not None and (include.target.endswith("/") or not target):
            name = PurePosixPath(*target, file.relative.name)
        else:
            name = PurePosixPath(*target)
        yield Entry(name=str(name), mode=include.mode, source=file.real)


def _target_parts(source: str, target: str) -> tuple[str, ...]:
    if target.startswith("/"):
        raise BadTargetError(source, target, "is an absolute path")
    parts = tuple(part for part in target.split("/") if part not in ("", "."))
    if ".." in parts:
        raise BadTargetError(source, target, "climbs with `..`")
    if not target:
        raise BadTargetError(source, target, "is empty")
    return parts


def _why(first: Entry, second: Entry) -> str:
    if first.source == second.source:
        return f"`{first.name}` would have the modes {first.mode:04o} and {second.mode:04o}"
    return f"both would be `{first.name}`"

"""dist/: artifacts that appear together, and build.json, which describes them."""

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from lambdabuild.errors import EnvironmentFailure
from lambdabuild.io.files import scratch_folder, sync_folder, write_atomically
from lambdabuild.model.artifact import Artifact
from lambdabuild.model.platform import Architecture
from lambdabuild.model.spec import DIST

REPORT = "build.json"
_STAGING = ".staging"
_VERSION = 1
_OF_ONE_BUILD = frozenset({"seconds", "status"})


@contextmanager
def staging(dist: Path) -> Iterator[Path]:
    """A folder on the filesystem of `dist`, for what is not yet to be seen; gone afterwards."""
    home = dist / _STAGING
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EnvironmentFailure(
            f"`{dist}` cannot be made: {error.strerror}", hint="check the permissions of the project's folder"
        ) from error
    try:
        with scratch_folder(home) as folder:
            yield folder
    finally:
        for empty in (home, dist):
            with suppress(OSError):
                empty.rmdir()


def publish(dist: Path, staged: Path, names: Iterable[str], report: bytes) -> None:
    """Move the files `names` from `staged` to `dist`, then `report` to build.json; one process at a time.

    build.json is gone while they move, so that it never describes other bytes than are there. What is the same
    already is not touched.
    """
    write_atomically(staged / REPORT, report)
    changed = [name for name in names if not _same(staged / name, dist / name)]
    if in_the_way := next((dist / name for name in (*changed, REPORT) if (dist / name).is_dir()), None):
        raise EnvironmentFailure(f"`{in_the_way}` cannot be replaced: it is a folder", hint="move it away")
    try:
        if changed:
            (dist / REPORT).unlink(missing_ok=True)
        for name in changed:
            (staged / name).replace(dist / name)
        if not _same(staged / REPORT, dist / REPORT):
            (staged / REPORT).replace(dist / REPORT)
        sync_folder(dist)
    except OSError as error:
        raise EnvironmentFailure(
            f"`{error.filename2 or error.filename}` cannot be replaced: {error.strerror}",
            hint="move away what is in its place; the next build completes what is missing",
        ) from error


def _same(one: Path, other: Path) -> bool:
    return other.is_file() and one.read_bytes() == other.read_bytes()


def describe(artifacts: Sequence[Artifact], *, kept: Sequence[Mapping[str, object]] = ()) -> bytes:
    """build.json of artifacts, and of `kept` ones that an earlier build described. It holds no time."""
    every = [*kept, *(_as_json(artifact) for artifact in artifacts)]
    every.sort(key=lambda one: (str(one["function"]), str(one["path"])))
    return (json.dumps({"version": _VERSION, "artifacts": every}, indent=2, sort_keys=True) + "\n").encode()


def _as_json(artifact: Artifact) -> dict[str, object]:
    """The facts of an artifact that do not depend on when it was built."""
    facts = dataclasses.asdict(artifact)
    return {name: fact for name, fact in facts.items() if name not in _OF_ONE_BUILD}


def described(project: Path) -> list[Mapping[str, object]]:
    """The artifacts of an earlier build.json, whether or not they are still there; empty where it is not ours."""
    try:
        report = json.loads((project / DIST / REPORT).read_text(encoding="utf-8"))
        every: list[Mapping[str, object]] = [dict(one) for one in report["artifacts"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return every if all(map(_is_ours, every)) else []


def _is_ours(one: Mapping[str, object]) -> bool:
    """Whether it says what is read of it later; its file lies in dist/ and nowhere else."""
    path, architectures = one.get("path"), one.get("architectures")
    return (
        isinstance(one.get("function"), str)
        and isinstance(one.get("sha256"), str)
        and isinstance(path, str)
        and path == f"{DIST}/{PurePosixPath(path).name}"
        and isinstance(architectures, list)
        and bool(architectures)
        and all(one in list(Architecture) for one in architectures)
    )

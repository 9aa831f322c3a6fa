"""dist/: artifacts that appear together, and build.json, which describes them."""

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from lambdabuild.errors import EnvironmentFailure
from lambdabuild.io.files import scratch_folder, write_atomically
from lambdabuild.model.artifact import Artifact

DIST = "dist"
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


def publish(dist: Path, files: Mapping[Path, Path], report: bytes) -> None:
    """Move whole files to their places (`files` is by destination), then `report` to build.json.

    build.json is gone while they move, so that it never describes other bytes than are there. What is the same
    already is not touched.
    """
    described = dist / REPORT
    if files:
        described.unlink(missing_ok=True)
    for destination, source in files.items():
        source.replace(destination)
    if not described.is_file() or described.read_bytes() != report:
        write_atomically(described, report)


def describe(artifacts: Sequence[Artifact], *, kept: Sequence[Mapping[str, object]] = ()) -> bytes:
    """build.json of artifacts, and of `kept` ones that an earlier build described. It holds no time."""
    every = [*kept, *(as_json(artifact) for artifact in artifacts)]
    every.sort(key=lambda one: (str(one["function"]), str(one["architecture"])))
    return (json.dumps({"version": _VERSION, "artifacts": every}, indent=2, sort_keys=True) + "\n").encode()


def as_json(artifact: Artifact) -> dict[str, object]:
    """The facts of an artifact that do not depend on when it was built."""
    facts = dataclasses.asdict(artifact)
    return {name: fact for name, fact in facts.items() if name not in _OF_ONE_BUILD}


def described(project: Path) -> list[Mapping[str, object]]:
    """The artifacts of an earlier build.json that are still there; empty where it is absent or not ours."""
    try:
        report = json.loads((project / DIST / REPORT).read_text(encoding="utf-8"))
        return [
            {**one, "function": one["function"], "architecture": one["architecture"]}
            for one in report["artifacts"]
            if (project / one["path"]).is_file()
        ]
    except (OSError, ValueError, KeyError, TypeError):
        return []

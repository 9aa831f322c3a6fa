"""Is what a live function runs the artifact in dist/, byte for byte?"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from lambdabuild.errors import UsageError
from lambdabuild.io.aws import Asking, live_function
from lambdabuild.model.deployed import BuiltFunction, Comparison, LiveFunction
from lambdabuild.model.events import Emit, Warned
from lambdabuild.model.platform import Architecture
from lambdabuild.package import DIST, REPORT, described

_BUILD = "run `lambdabuild build`"


def deployed(
    project: Path, function: str, architecture: Architecture | None, *, asking: Asking, environ: Mapping[str, str]
) -> Comparison:
    """Compare `function`, as build.json of the project describes it, with what Lambda says of the live one.

    Where it has several artifacts and none is chosen by `architecture`, the live function's own says which is meant.
    UsageError where there is no such artifact, or its zip is not the one that was built. The spec is not read: dist/
    is enough, as a job that only deploys has it.
    """
    artifacts = _chosen(_artifacts(project, function), function, architecture)
    live = live_function(asking, environ)
    return Comparison(live=live, built=_held(project, _meant(artifacts, live)))


def tell_unsupported(found: Comparison, emit: Emit) -> None:
    """Warn of what the live function runs on and the artifact is not for, whether or not the code is the same."""
    for unsupported in found.unsupported:
        emit(
            Warned(
                message=unsupported,
                hint="deploy an artifact that is for it, or change the function's runtime or architecture",
            )
        )


def _artifacts(project: Path, function: str) -> list[Mapping[str, object]]:
    every = described(project)
    report = project / DIST / REPORT
    if not every:
        raise UsageError(f"`{report}` describes no artifact", hint=_BUILD)
    if not (own := [one for one in every if one["function"] == function]):
        names = ", ".join(sorted({str(one["function"]) for one in every}))
        raise UsageError(f"`{report}` has no artifact of `{function}`", hint=f"it has {names}; or {_BUILD}")
    return own


def _chosen(
    artifacts: Sequence[Mapping[str, object]], function: str, architecture: Architecture | None
) -> Sequence[Mapping[str, object]]:
    if architecture is None:
        return artifacts
    if not (chosen := [one for one in artifacts if architecture in _architectures(one)]):
        raise UsageError(f"`{DIST}/{REPORT}` has no artifact of `{function}` for {architecture}", hint=_BUILD)
    return chosen


def _architectures(one: Mapping[str, object]) -> tuple[Architecture, ...]:
    """Of an artifact that build.json describes."""
    return tuple(map(Architecture, _names(one["architectures"])))


def _names(listed: object) -> tuple[str, ...]:
    """A list, or the keys of a map."""
    return tuple(map(str, listed)) if isinstance(listed, list | dict) else ()


def _meant(artifacts: Sequence[Mapping[str, object]], live: LiveFunction) -> Mapping[str, object]:
    """The one that the live function can run; where there is none, that is said later."""
    fitting = (one for one in artifacts if not set(live.architectures).isdisjoint(_architectures(one)))
    return next(fitting, artifacts[0])


def _held(project: Path, one: Mapping[str, object]) -> BuiltFunction:
    """An artifact, whose bytes are held against what build.json says of them."""
    path = project / str(one["path"])
    try:
        digest = hashlib.sha256(path.read_bytes())
    except OSError as error:
        raise UsageError(f"`{path}` cannot be read: {error.strerror}", hint=_BUILD) from error
    if digest.hexdigest() != one["sha256"]:
        raise UsageError(f"`{path}` is not what `{DIST}/{REPORT}` says of it: it was changed since", hint=_BUILD)
    return BuiltFunction(
        function=str(one["function"]),
        path=str(one["path"]),
        code_sha256=base64.b64encode(digest.digest()).decode(),
        runtimes=_names(one.get("supports", {})),
        architectures=_architectures(one),
    )

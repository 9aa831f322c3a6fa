"""What a command is about, and the checks that come before anything runs."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lambdabuild.errors import AbsentPlatformError, BrokenSealError, StaleLockError, UsageError
from lambdabuild.io.store import Store
from lambdabuild.lock import broken_seals, lacking, missing, read_lock
from lambdabuild.model.artifact import Selection
from lambdabuild.model.events import Emit
from lambdabuild.model.lock import Lock
from lambdabuild.model.platform import Architecture
from lambdabuild.model.spec import DIST, Function, Spec
from lambdabuild.spec import CodeBuildSpecError, load


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a command is about: two files, what is chosen of them, and the machine that it runs on."""

    spec_file: Path
    lock_file: Path
    store: Store
    environ: Mapping[str, str]
    emit: Emit
    selection: Selection = field(default_factory=Selection)
    variables: Mapping[str, str] = field(default_factory=dict)


def project_here(request: Request, *, needed: bool) -> Spec | None:
    """The spec that is here; where none is needed, there may be none, or a file of AWS CodeBuild that has its name."""
    if not needed and not request.spec_file.is_file():
        return None
    try:
        return load(request.spec_file, variables=request.variables)
    except CodeBuildSpecError:
        if needed:
            raise
        return None


def read_fresh(request: Request, spec: Spec, functions: Sequence[Function], *, hosts: Sequence[str]) -> Lock:
    """The lock, sealed and covering `functions` on `hosts`; LockError otherwise."""
    locked = read_lock(request.lock_file)
    if broken := broken_seals(locked):
        raise BrokenSealError(request.lock_file, broken)
    for host in hosts:
        if host not in spec.hosts:
            raise UsageError(
                f"`{spec.file}`: `hosts` does not list {host}, which this machine is",
                hint="add it, run `lambdabuild lock`, commit both files",
            )
    for reference, platform in lacking(locked, spec, functions):
        raise AbsentPlatformError(request.lock_file, reference, platform, locked.images[reference].platforms)
    if absent := missing(locked, spec, functions, hosts=hosts):
        raise StaleLockError(request.lock_file, absent)
    return locked


def selected(spec: Spec, selection: Selection) -> tuple[Function, ...]:
    """The functions of a selection; UsageError where it names what is not there."""
    if unknown := sorted(selection.functions - spec.functions.keys()):
        raise UsageError(
            f"`{spec.file}` has no function `{unknown[0]}`", hint=f"it has {', '.join(sorted(spec.functions))}"
        )
    chosen = [one for one in spec.functions.values() if not selection.functions or one.name in selection.functions]
    if selection.architectures and not any(selection.architectures & set(one.architectures) for one in chosen):
        raise UsageError(
            f"no chosen function of `{spec.file}` is built for {', '.join(sorted(selection.architectures))}",
            hint="look at `architectures` in the spec",
        )
    return tuple(chosen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """An artifact that the spec has: of which function, and for which CPUs."""

    function: Function
    architectures: tuple[Architecture, ...]

    def is_described(self, by: Mapping[str, object]) -> bool:
        """Whether an entry of a build.json at its path is of this function, and for these CPUs."""
        there = by["architectures"]
        return by["function"] == self.function.name and isinstance(there, list) and {*there} == {*self.architectures}


def outputs(spec: Spec, selection: Selection) -> Mapping[str, Output]:
    """Every artifact of a selection, by its path in the project; UsageError as `selected`."""
    return {
        f"{DIST}/{name}.zip": Output(function=function, architectures=tuple(sorted(architectures)))
        for function in selected(spec, selection)
        for name, architectures in function.artifacts.items()
        if selection.takes(function.name, architectures)
    }


def refuse_what_is_not_there(functions: Sequence[Function]) -> None:
    """UsageError for what a spec may say and this version cannot do."""
    for one in functions:
        if one.executor == "remote":
            raise UsageError(
                f"`functions.{one.name}.executor`: this version cannot build `remote` yet",
                hint="write `executor: host`, or choose others with `--function`",
            )


def name_of(kind: str, path: Path) -> str:
    """The name under which processes take turns at a path."""
    return f"{kind}-{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]}"

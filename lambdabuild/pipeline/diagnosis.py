"""What is here, what is missing, and the command that mends it."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from lambdabuild.errors import EnvironmentFailure, LambdabuildError
from lambdabuild.io.engine import Engine, Leftover, MissingEngineError, connect, leftovers, sweep
from lambdabuild.io.files import write_atomically
from lambdabuild.io.golang import bootstrap_go
from lambdabuild.lock import read_lock
from lambdabuild.model.platform import host_platform
from lambdabuild.model.report import Symptom
from lambdabuild.pipeline.request import Request, read_fresh
from lambdabuild.spec import load
from lambdabuild.toolchain import GoToolchains, ZigToolchains, require_pip


class LeftoversError(EnvironmentFailure):
    """Killed runs have left something in the engine."""

    def __init__(self, engine: str, left: Sequence[Leftover]) -> None:
        names = ", ".join(f"{one.kind} {one.name[:12]}" for one in left)
        super().__init__(
            f"{engine}; runs that were killed left {names}",
            hint="run `lambdabuild doctor --clean`; the next build with `executor: docker` removes them as well",
        )


LEAST_FREE = 2 << 30
"""Bytes that a toolchain, its compiled standard library and some modules need."""


def diagnose(request: Request) -> tuple[Symptom, ...]:
    """Look at everything that a build needs, offline. One thing that fails does not hide the next."""
    return tuple(one.look() for one in _questions(request))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    name: str
    answer: Callable[[], str]

    def look(self) -> Symptom:
        try:
            return Symptom(name=self.name, state="ok", says=self.answer(), mend=None)
        except LambdabuildError as error:
            return Symptom(name=self.name, state="missing", says=error.message, mend=error.hint)


def _questions(request: Request) -> Iterator[_Question]:
    yield _Question(name="cache", answer=lambda: _cache(request))
    yield _Question(name="go", answer=lambda: f"`{bootstrap_go(request.store, request.environ).program}`")
    yield _Question(name="spec", answer=lambda: _spec(request))
    yield _Question(name="lock", answer=lambda: _lock(request))
    yield _Question(name="toolchains", answer=lambda: _toolchains(request))
    yield _Question(name="engine", answer=lambda: _engine(request))


def _cache(request: Request) -> str:
    probe = request.store.root / "doctor"
    write_atomically(probe, b"")
    probe.unlink()
    free = shutil.disk_usage(request.store.root).free
    few = " (less than a first build may need)" if free < LEAST_FREE else ""
    return f"`{request.store.root}`, {free / 1e9:.1f} GB free{few}"


def _spec(request: Request) -> str:
    spec = load(request.spec_file)
    return f"`{request.spec_file}`, {len(spec.functions)} functions"


def _lock(request: Request) -> str:
    spec = load(request.spec_file)
    read_fresh(request, spec, tuple(spec.functions.values()), hosts=(*spec.hosts, host_platform()))
    return f"`{request.lock_file}` covers the spec"


def clean(request: Request) -> tuple[str, ...]:
    """Remove what killed runs left in the container engine; what was removed, in words."""
    with connect(request.environ) as engine:
        return tuple(f"{one.kind} {one.name}" for one in sweep(engine))


def _engine(request: Request) -> str:
    """Where no function needs one, there may be none."""
    try:
        with connect(request.environ) as engine:
            return _what_is_there(engine)
    except MissingEngineError as failure:
        if any(one.executor == "docker" for one in load(request.spec_file).functions.values()):
            raise
        return f"no function needs one, and there is none: {failure.message}"


def _what_is_there(engine: Engine) -> str:
    facts, left = engine.facts, leftovers(engine)
    told = f"Docker {facts.version} at `{engine.host}`, {facts.platform}, {facts.memory / 1e9:.1f} GB of memory"
    if left:
        raise LeftoversError(told, left)
    return told


def _toolchains(request: Request) -> str:
    spec, locked, host = load(request.spec_file), read_lock(request.lock_file), host_platform()
    toolchains = GoToolchains(store=request.store, environ=request.environ)
    absent = []
    for version in sorted({function.go for function in spec.functions.values()}):
        go = locked.toolchains.get(f"go@{version}", {}).get(host)
        if go is None or not toolchains.installed(version, host, go):
            absent.append(f"Go {version}")
    if any(function.cgo == "zig" for function in spec.functions.values()):
        zig = locked.zigs.get(f"zig@{spec.zig}", {}).get(host)
        zigs = ZigToolchains(store=request.store, environ=request.environ)
        if zig is None or not zigs.installed(str(spec.zig), host, zig):
            require_pip()
            absent.append(f"zig {spec.zig}")
    return f"{', '.join(absent)} will be fetched by the first build" if absent else "in the cache"

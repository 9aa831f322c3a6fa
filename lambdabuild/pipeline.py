"""spec + lock ─► plan ─► execute ─► check ─► package ─► report: the stages, wired."""

import base64
import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from os import cpu_count
from pathlib import Path
from threading import Event
from typing import Literal

from lambdabuild.check import Subject, check_entries
from lambdabuild.errors import BrokenSealError, CompileError, MissingLockError, StaleLockError, UsageError
from lambdabuild.execute import HostExecutor
from lambdabuild.io.golang import Go, locked_go
from lambdabuild.io.registry import ImageFacts, Registry
from lambdabuild.io.store import Store
from lambdabuild.lock import Sources, broken_seals, missing, read_lock, refresh, write_lock
from lambdabuild.model.artifact import Artifact, Entry, Selection
from lambdabuild.model.events import Emit, Finished, Started, Warned, Work
from lambdabuild.model.finding import Severity
from lambdabuild.model.lock import Lock, LockedToolchain
from lambdabuild.model.plan import Action, Digest, Group, Plan
from lambdabuild.model.platform import host_platform
from lambdabuild.model.reference import ImageReference
from lambdabuild.model.report import BuildReport, Change
from lambdabuild.model.spec import Function, Spec
from lambdabuild.package import DIST, collect, describe, described, publish, staging, write_zip
from lambdabuild.plan import Planner
from lambdabuild.spec import load
from lambdabuild.toolchain import GoToolchains


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


def lock(request: Request) -> tuple[Change, ...]:
    """Complete the lock: add what the spec needs, drop what it no longer names, move nothing."""
    spec = load(request.spec_file, variables=request.variables)
    with request.store.alone(_name_of("lock", request.lock_file)):
        try:
            old = read_lock(request.lock_file)
        except MissingLockError:
            old = Lock()
        new, changes = refresh(spec, old, _sources(request))
        write_lock(request.lock_file, new)
    return changes


def check_lock(request: Request) -> None:
    """Offline: LockError where the lock does not cover the spec on every host that it names."""
    spec = load(request.spec_file, variables=request.variables)
    _read_fresh(request, spec, tuple(spec.functions.values()), hosts=spec.hosts)


def plan(request: Request) -> Plan:
    """What `build` would run, by digest."""
    return _plan(request, load(request.spec_file, variables=request.variables), Event())


def build(request: Request, *, fail_on: Severity = Severity.ERROR) -> BuildReport:
    """Everything, to zips in dist/. Unless every artifact passes, dist/ stays as it was, and the report says so."""
    began = time.monotonic()
    spec = load(request.spec_file, variables=request.variables)
    stop = Event()
    planned = _plan(request, spec, stop)
    dist = spec.project / DIST
    with request.store.scratch() as scratch, staging(dist) as staged:
        jobs = [
            _Job(request=request, spec=spec, group=group, binaries=scratch / str(number), staged=staged, stop=stop)
            for number, group in enumerate(planned.groups)
        ]
        contents = [job.contents() for job in jobs]
        with ThreadPoolExecutor(max_workers=cpu_count()) as pool, _stopping(stop):
            futures = [pool.submit(job.run, entries) for job, entries in zip(jobs, contents, strict=True)]
            artifacts = _in_order(_results(futures, stop))
        report = BuildReport(
            folder=dist, artifacts=artifacts, seconds=time.monotonic() - began, published=_passes(artifacts, fail_on)
        )
        if report.published:
            _publish(request, spec, staged, artifacts)
    return report


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """One group on its way from source to zips."""

    request: Request
    spec: Spec
    group: Group
    binaries: Path
    staged: Path
    stop: Event

    def contents(self) -> Mapping[Digest, tuple[Entry, ...]]:
        """What will be in each zip: an include that is not there ends the build before it begins."""
        return {
            action.digest: collect(
                self.spec.project,
                {_bootstrap(self._function(action)): self.binaries / action.binary},
                self._function(action).include,
            )
            for action in self.group.actions
        }

    def run(self, contents: Mapping[Digest, tuple[Entry, ...]]) -> list[Artifact]:
        """Compile, pack, check. CompileError where the compiler refuses."""
        names = ", ".join(f"{action.function}-{action.architecture}" for action in self.group.actions)
        executor = HostExecutor(store=self.request.store, stop=self.stop)
        with _working(self.request.emit, "compile", names):
            results = executor.run(self.group, self.binaries)
        artifacts = []
        for action in self.group.actions:
            result = results[action.digest]
            if result.binary is None:
                raise CompileError(f"{names}: the compile failed", output=result.output)
            if result.disturbed:
                self.request.emit(_disturbed(action, result.disturbed))
            artifacts.append(self._artifact(action, contents[action.digest], result.seconds))
        return artifacts

    def _artifact(self, action: Action, entries: tuple[Entry, ...], seconds: float) -> Artifact:
        function = self._function(action)
        name = f"{action.function}-{action.architecture}.zip"
        with _working(self.request.emit, "pack", name):
            packed = write_zip(entries, self.staged / name)
        subject = Subject(
            function=function.name,
            architecture=action.architecture,
            runtime=function.runtime,
            static=function.cgo == "off",
            entries=entries,
            zipped=packed.zipped,
            unzipped=packed.unzipped,
            bootstrap=_bootstrap(function),
            sources=action.sources,
            allow=function.allow,
        )
        return Artifact(
            function=function.name,
            architecture=action.architecture,
            runtime=function.runtime,
            path=f"{DIST}/{name}",
            sha256=packed.sha256,
            code_sha256=base64.b64encode(bytes.fromhex(packed.sha256)).decode(),
            content=packed.content,
            zipped=packed.zipped,
            unzipped=packed.unzipped,
            action=str(action.digest),
            status=_status(self.spec.project / DIST / name, packed.sha256),
            cached=False,
            seconds=seconds,
            findings=check_entries(subject),
        )

    def _function(self, action: Action) -> Function:
        return self.spec.functions[action.function]


def _plan(request: Request, spec: Spec, stop: Event) -> Plan:
    functions = _selected(spec, request.selection)
    _refuse_what_is_not_there(functions)
    locked = _read_fresh(request, spec, functions, hosts=(host_platform(),))
    gos = {version: _go(request, locked, version, stop) for version in sorted({one.go for one in functions})}
    planner = Planner(spec=spec, lock=locked, store=request.store, gos=gos, emit=request.emit)
    with _working(request.emit, "plan", str(spec.file)):
        return planner.plan(request.selection)


def _go(request: Request, locked: Lock, version: str, stop: Event) -> Go:
    host = host_platform()
    toolchains = GoToolchains(store=request.store, environ=request.environ)
    found = locked.toolchains[f"go@{version}"][host]
    if toolchains.installed(version, host, found):
        installed = toolchains.install(version, host, found)
    else:
        with _working(request.emit, "toolchain", f"Go {version} for {host}"):
            installed = toolchains.install(version, host, found)
    return locked_go(installed, request.store, request.environ, stop=stop)


def _read_fresh(request: Request, spec: Spec, functions: Sequence[Function], *, hosts: Sequence[str]) -> Lock:
    locked = read_lock(request.lock_file)
    if broken := broken_seals(locked):
        raise BrokenSealError(request.lock_file, broken)
    for host in hosts:
        if host not in spec.hosts:
            raise UsageError(
                f"`{spec.file}`: `hosts` does not list {host}, which this machine is",
                hint="add it, run `lambdabuild lock`, commit both files",
            )
    if absent := missing(locked, spec, functions, hosts=hosts):
        raise StaleLockError(request.lock_file, absent)
    return locked


def _selected(spec: Spec, selection: Selection) -> tuple[Function, ...]:
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


def _refuse_what_is_not_there(functions: Sequence[Function]) -> None:
    for one in functions:
        here: tuple[tuple[Literal["executor", "cgo", "layout"], str, tuple[str, ...]], ...] = (
            ("executor", one.executor, ("host",)),
            ("cgo", one.cgo, ("off",)),
            ("layout", one.layout, ("single", "extension")),
        )
        for name, value, known in here:
            if value not in known:
                raise UsageError(
                    f"`functions.{one.name}.{name}`: this version cannot build `{value}` yet",
                    hint=f"write `{name}: {known[0]}`, or choose others with `--function`",
                )


def _sources(request: Request) -> Sources:
    registry = Registry.from_environment(request.environ)
    toolchains = GoToolchains(store=request.store, environ=request.environ)

    def image(reference: ImageReference) -> ImageFacts:
        with _working(request.emit, "resolve", str(reference)):
            return registry.facts(reference)

    def toolchain(version: str, host: str) -> LockedToolchain:
        with _working(request.emit, "toolchain", f"Go {version} for {host}"):
            return toolchains.resolve(version, host, keep=host == host_platform())

    return Sources(image=image, toolchain=toolchain)


def _publish(request: Request, spec: Spec, staged: Path, artifacts: Sequence[Artifact]) -> None:
    dist = spec.project / DIST
    new = {one.path for one in artifacts}
    files = {spec.project / one.path: staged / Path(one.path).name for one in artifacts if one.status == "built"}
    with request.store.alone(_name_of("dist", dist)):
        kept = [one for one in described(spec.project) if one["path"] not in new and one["function"] in spec.functions]
        publish(dist, files, describe(artifacts, kept=kept))


def _results(futures: Sequence[Future[list[Artifact]]], stop: Event) -> list[Artifact]:
    """Wait for all. Compilers' words are kept until the last has spoken; any other failure ends the rest."""
    refusals: list[CompileError] = []
    artifacts: list[Artifact] = []
    for future in futures:
        try:
            artifacts.extend(future.result())
        except CompileError as refusal:
            refusals.append(refusal)
    if refusals:
        words = dict.fromkeys(refusal.output.strip() for refusal in refusals)
        subjects = ", ".join(refusal.message.partition(":")[0] for refusal in refusals)
        raise CompileError(f"{subjects}: the compile failed", output="\n".join(words))
    return artifacts


@contextmanager
def _stopping(stop: Event) -> Iterator[None]:
    try:
        yield
    except BaseException:
        stop.set()
        raise


@contextmanager
def _working(emit: Emit, work: Work, subject: str) -> Iterator[None]:
    began = time.monotonic()
    emit(Started(work=work, subject=subject))
    try:
        yield
    finally:
        emit(Finished(work=work, subject=subject, seconds=time.monotonic() - began))


def _in_order(artifacts: Sequence[Artifact]) -> tuple[Artifact, ...]:
    return tuple(sorted(artifacts, key=lambda one: (one.function, one.architecture)))


def _passes(artifacts: Sequence[Artifact], fail_on: Severity) -> bool:
    bad = {Severity.ERROR, fail_on}
    return not any(finding.severity in bad for one in artifacts for finding in one.findings)


def _bootstrap(function: Function) -> str:
    return f"extensions/{function.name}" if function.layout == "extension" else "bootstrap"


def _status(path: Path, sha256: str) -> Literal["built", "unchanged"]:
    same = path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256
    return "unchanged" if same else "built"


def _disturbed(action: Action, files: Sequence[Path]) -> Warned:
    return Warned(
        message=f"{action.function}-{action.architecture}: `{files[0]}` changed while it was compiled",
        hint="build again for an artifact that is what its action digest says",
    )


def _name_of(kind: str, path: Path) -> str:
    return f"{kind}-{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]}"

"""From source to checked zips in dist/, and what that would run."""

import time
from collections.abc import Sequence
from pathlib import Path
from threading import Event

from lambdabuild.io.golang import Go, locked_go
from lambdabuild.io.threads import each
from lambdabuild.model.artifact import Artifact, Selection
from lambdabuild.model.events import working
from lambdabuild.model.finding import Severity
from lambdabuild.model.lock import Lock
from lambdabuild.model.plan import Plan
from lambdabuild.model.platform import host_platform
from lambdabuild.model.report import BuildReport
from lambdabuild.model.spec import Spec
from lambdabuild.package import DIST, describe, described, publish, staging
from lambdabuild.pipeline.checkouts import warn_of_checkout
from lambdabuild.pipeline.compiling import compile_groups
from lambdabuild.pipeline.executors import Executors
from lambdabuild.pipeline.images import images_by
from lambdabuild.pipeline.product import Finisher, products
from lambdabuild.pipeline.request import Request, name_of, outputs, read_fresh, refuse_what_is_not_there, selected
from lambdabuild.pipeline.toolchains import Toolchains
from lambdabuild.plan import Planner
from lambdabuild.spec import load


def plan(request: Request) -> Plan:
    """What `build` would run, by digest."""
    spec = load(request.spec_file, variables=request.variables)
    return _plan(request, spec, _locked(request, spec), Event())


def build(request: Request, *, fail_on: Severity = Severity.ERROR) -> BuildReport:
    """Everything, to zips in dist/. Unless every artifact passes, dist/ stays as it was, and the report says so."""
    began = time.monotonic()
    spec = load(request.spec_file, variables=request.variables)
    stop = Event()
    locked = _locked(request, spec)
    planned = _plan(request, spec, locked, stop)
    images = images_by(request, spec, lambda: locked)
    dist = spec.project / DIST
    with request.store.scratch() as scratch, staging(dist) as staged:
        folders = {scratch / str(number): group for number, group in enumerate(planned.groups)}
        made = products(spec, folders, scratch)
        packed = frozenset[Path]().union(*(one.as_they_are for one in made))
        warn_of_checkout(spec.project, packed, environ=request.environ, emit=request.emit)
        executors = Executors(request=request, locked=locked, images=images, scratch=scratch, stop=stop)
        with executors.of(planned.groups) as executor_of:
            results = compile_groups(folders, executor_of, request.emit, stop)
        finisher = Finisher(request=request, spec=spec, images=images, results=results, staged=staged)
        artifacts = _in_order(each(finisher.artifact, made, stop=stop))
        report = BuildReport(
            folder=dist, artifacts=artifacts, seconds=time.monotonic() - began, published=_passes(artifacts, fail_on)
        )
        if report.published:
            _publish(request, spec, staged, artifacts)
    return report


def _locked(request: Request, spec: Spec) -> Lock:
    functions = selected(spec, request.selection)
    refuse_what_is_not_there(functions)
    return read_fresh(request, spec, functions, hosts=(host_platform(),))


def _plan(request: Request, spec: Spec, locked: Lock, stop: Event) -> Plan:
    functions = selected(spec, request.selection)
    gos = {version: _go(request, locked, version, stop) for version in sorted({one.go for one in functions})}
    planner = Planner(spec=spec, lock=locked, store=request.store, gos=gos, emit=request.emit, stop=stop)
    with working(request.emit, "plan", str(spec.file)):
        return planner.plan(request.selection)


def _go(request: Request, locked: Lock, version: str, stop: Event) -> Go:
    installed = Toolchains(request=request, locked=locked).go(version, host_platform())
    return locked_go(installed, request.store, request.environ, stop=stop)


def _publish(request: Request, spec: Spec, staged: Path, artifacts: Sequence[Artifact]) -> None:
    dist = spec.project / DIST
    new = {one.path for one in artifacts}
    every = outputs(spec, Selection())
    with request.store.alone(name_of("dist", dist)):
        kept = [
            one
            for one in described(spec.project)
            if (path := str(one["path"])) not in new
            and path in every
            and every[path].is_described(one)
            and (spec.project / path).is_file()
        ]
        publish(dist, staged, [Path(path).name for path in sorted(new)], describe(artifacts, kept=kept))


def _in_order(artifacts: Sequence[Artifact]) -> tuple[Artifact, ...]:
    return tuple(sorted(artifacts, key=lambda one: (one.function, one.architectures)))


def _passes(artifacts: Sequence[Artifact], fail_on: Severity) -> bool:
    return not any(finding.severity.reaches(fail_on) for one in artifacts for finding in one.findings)

"""Judge artifacts that are there already: those of dist/, and any zip, folder or ELF file."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath

from lambdabuild.check import OPT, Runtime, Subject
from lambdabuild.check import check as judge
from lambdabuild.errors import DigestMismatchError, EnvironmentFailure, UsageError
from lambdabuild.model.artifact import Opened, Selection
from lambdabuild.model.finding import Finding, Severity
from lambdabuild.model.platform import Architecture
from lambdabuild.model.report import Verdict
from lambdabuild.model.spec import GO1X, Function, Spec
from lambdabuild.package import DIST, REPORT, described
from lambdabuild.pipeline import subjects
from lambdabuild.pipeline.images import Images, images_of, refuse_no_runtime, runtime_of
from lambdabuild.pipeline.opening import STDIN, open_artifact, open_layer
from lambdabuild.pipeline.request import Output, Request, outputs, project_here
from lambdabuild.spec import load

DEFAULT_RUNTIME = "provided.al2023"
LOCK = "images.lock"

_OFFLINE = "give the image as it is here: `--image oci:DIR`, or `--image docker-archive:FILE`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What `check` is told beside the spec: all but the architecture is as on the command line."""

    paths: tuple[str, ...] = ()
    runtime: str | None = None
    architecture: Architecture | None = None
    layers: tuple[Path, ...] = ()
    image: str | None = None
    handler: str | None = None


WHAT_WAS_BUILT = Asked()


def check(request: Request, asked: Asked = WHAT_WAS_BUILT) -> tuple[Verdict, ...]:
    """Judge what is asked for; without paths, what dist/build.json of the project describes. Nothing is built.

    UsageError for a path that is not there, and where build.json does not describe all that the spec has: what was
    never built has not passed.
    """
    if asked.runtime == GO1X and asked.architecture is Architecture.ARM64:
        raise UsageError(f"`{GO1X}` never ran on arm64", hint="leave `--arch` out, or name another `--runtime`")
    if asked.paths.count(STDIN) > 1:
        raise UsageError("`-` is given twice", hint="stdin holds one artifact")
    project = project_here(request, needed=not asked.paths)
    refuse_no_runtime(asked.runtime, asked.image, project)
    paths = asked.paths or (str(request.spec_file.parent / DIST / REPORT),)
    with request.store.scratch() as scratch:
        layers = subjects.merged([open_layer(path, scratch) for path in asked.layers])
        images = images_of(request, project)
        checker = _Checker(request=request, asked=asked, project=project, images=images, layers=layers)
        return tuple(verdict for path in paths for verdict in checker.path(path))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Checker:
    request: Request
    asked: Asked
    project: Spec | None
    images: Images
    layers: Opened

    def path(self, path: str) -> Iterator[Verdict]:
        """Every artifact at one path."""
        if path != STDIN and (report := _report_in(path)) is not None:
            yield from self._beside(report).described()
            return
        if self.request.selection.functions:
            raise UsageError(f"`--function` chooses of a build.json, and `{path}` is none", hint="leave it out")
        with self.request.store.scratch() as scratch:
            own = open_artifact(path, scratch)
            if (output := self._output_at(path)) is not None:
                yield self._of_function(output, own, path)
                return
            views = subjects.found(own, self.asked.architecture, self._runtime(), self.asked.handler)
            if own.zipped is None and not Path(path).is_dir():
                views = tuple(subjects.alone(view) for view in views)
            yield self._verdict(path, None, views)

    def described(self) -> Iterator[Verdict]:
        """The artifacts of the project's build.json, as its spec says they should be."""
        spec = self.project
        assert spec is not None, "the project of a build.json"
        wanted = outputs(spec, self.request.selection)
        there = {
            name: one
            for one in described(spec.project)
            if (name := str(one["path"])) in wanted and wanted[name].is_described(one)
        }
        if absent := sorted(PurePosixPath(name).stem for name in wanted.keys() - there.keys()):
            raise UsageError(
                f"`{spec.project / DIST}` has no artifact of {', '.join(absent)}", hint="run `lambdabuild build`"
            )
        for name, one in sorted(there.items()):
            path = spec.project / name
            if not path.is_file():
                raise UsageError(f"`{path}` is not there", hint="run `lambdabuild build`")
            with self.request.store.scratch() as scratch:
                own = open_artifact(str(path), scratch)
                if own.sha256 != one["sha256"]:
                    raise DigestMismatchError(
                        f"`{path}`",
                        expected=str(one["sha256"]),
                        actual=own.sha256 or "none",
                        hint="it was changed after it was built: run `lambdabuild build`",
                    )
                yield self._of_function(wanted[name], own, name)

    def _beside(self, report: Path) -> "_Checker":
        """With the project that a build.json belongs to: this one, or the one whose dist/ it lies in."""
        home = report.absolute().parent.parent
        if self.project is not None and self.project.project.absolute() == home:
            return self
        spec_file = home / self.request.spec_file.name
        request = replace(self.request, spec_file=spec_file, lock_file=spec_file.with_name(LOCK))
        spec = load(spec_file, variables=request.variables)
        return replace(self, request=request, project=spec, images=images_of(request, spec))

    def _output_at(self, path: str) -> Output | None:
        """What a zip of dist/ was built from, unless the command line says what it is."""
        if self.project is None or self.asked.runtime is not None or path == STDIN:
            return None
        every = outputs(self.project, Selection())
        for one in described(self.project.project):
            output, there = every.get(str(one["path"])), self.project.project / str(one["path"])
            if output and output.is_described(one) and there.absolute() == Path(path).absolute():
                return output
        return None

    def _of_function(self, output: Output, own: Opened, path: str) -> Verdict:
        asked = self.asked.architecture
        architectures = [one for one in output.architectures if asked in (None, one)] or output.architectures
        views = [subjects.built(output.function, one, own, self.images) for one in architectures]
        return self._verdict(path, output.function, views)

    def _verdict(self, path: str, function: Function | None, views: Sequence[Subject]) -> Verdict:
        views = [replace(view, layers=self.layers, handler=self.asked.handler or view.handler) for view in views]
        runtime, architectures = views[0].runtime, tuple(view.architecture for view in views)
        findings: tuple[Finding, ...] = judge(views, partial(self._runtimes, function, runtime))
        named = {self._name_of_image() or runtime: architectures}
        failed = any(one.severity is Severity.ERROR for one in findings)
        return Verdict(
            path=path,
            function=function.name if function else None,
            architectures=architectures,
            supports={} if failed else function.supports(architectures) if function and not self.asked.image else named,
            layer=views[0].root == OPT,
            findings=findings,
        )

    def _runtimes(self, function: Function | None, runtime: str, architecture: Architecture) -> tuple[Runtime, ...]:
        """The image that is given, else those of the function, else the runtime's."""
        try:
            return self._images_of(function, runtime, architecture)
        except EnvironmentFailure as failure:
            if not failure.temporary:
                raise
            hint = f"{failure.hint or 'check the network'}; or {_OFFLINE}"
            raise EnvironmentFailure(failure.message, hint=hint, temporary=True) from failure

    def _images_of(self, function: Function | None, runtime: str, architecture: Architecture) -> tuple[Runtime, ...]:
        if (given := self.asked.image) is not None:
            return (self.images.given(given, architecture, name=self._name_of_image() or given),)
        if function is not None:
            return self.images.of(function, architecture)
        return (self.images.runtime(runtime, architecture),)

    def _name_of_image(self) -> str | None:
        """What the image that is given is called."""
        given = self.asked.image
        return None if given is None else self.asked.runtime or runtime_of(given) or given

    def _runtime(self) -> str:
        """What is asked for; else the one that all functions of the project are for; else AWS's newest."""
        if self.asked.runtime is not None:
            return self.asked.runtime
        if self.asked.image is not None and (named := runtime_of(self.asked.image)) is not None:
            return named
        every = {function.runtime for function in self.project.functions.values()} if self.project else set()
        return every.pop() if len(every) == 1 else DEFAULT_RUNTIME


def _report_in(path: str) -> Path | None:
    """A build.json, by itself or in its folder."""
    here = Path(path)
    with suppress(OSError):
        for report in (here, here / REPORT):
            if path and report.name == REPORT and (report.is_file() or report == here):
                return report
    return None

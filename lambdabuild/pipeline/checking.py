"""Judge artifacts that are there already: those of dist/, and any zip, folder or ELF file."""

import secrets
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from lambdabuild.check import Runtime, Subject
from lambdabuild.check import check as judge
from lambdabuild.errors import DigestMismatchError, UsageError
from lambdabuild.io.archive import open_folder, open_zip
from lambdabuild.io.elf import architecture_in
from lambdabuild.model.artifact import Opened
from lambdabuild.model.finding import Finding
from lambdabuild.model.platform import Architecture
from lambdabuild.model.report import Verdict
from lambdabuild.model.spec import Function, Spec
from lambdabuild.package import DIST, REPORT, described
from lambdabuild.pipeline import subjects
from lambdabuild.pipeline.images import Images, images_of, runtime_of
from lambdabuild.pipeline.request import Request, targets
from lambdabuild.spec import load

STDIN = "-"
DEFAULT_RUNTIME = "provided.al2023"
LOCK = "images.lock"

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_HEAD = 64
_MOST = 1 << 30
_CHUNK = 1 << 20


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
    needed = not asked.paths or request.spec_file.is_file()
    project = load(request.spec_file, variables=request.variables) if needed else None
    paths = asked.paths or (str(request.spec_file.parent / DIST / REPORT),)
    with request.store.scratch() as scratch:
        images = images_of(request, project)
        checker = _Checker(request=request, asked=asked, scratch=scratch, project=project, images=images)
        return tuple(verdict for path in paths for verdict in checker.path(path))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Checker:
    request: Request
    asked: Asked
    scratch: Path
    project: Spec | None
    images: Images

    def path(self, path: str) -> Iterator[Verdict]:
        """Every artifact at one path."""
        if path != STDIN and Path(path).name == REPORT:
            yield from self._described(Path(path))
            return
        own = self._opened(path)
        if (function := self._function_of(path)) is not None:
            yield self._of_function(function[0], function[1], own, path)
            return
        architecture = self.asked.architecture or _architecture(own)
        subject = subjects.found(own, architecture, self._runtime())
        if own.zipped is None and not Path(path).is_dir():
            subject = subjects.alone(subject)
        yield Verdict(path=path, function=None, architecture=architecture, findings=self._judge(subject, None))

    def _described(self, report: Path) -> Iterator[Verdict]:
        """The artifacts of a build.json, as the spec of its project says they should be."""
        checker, spec = self._beside(report)
        wanted = targets(spec, self.request.selection)
        there = {(one["function"], one["architecture"]): one for one in described(spec.project)}
        if absent := sorted(f"{function}-{architecture}" for function, architecture in wanted - there.keys()):
            raise UsageError(
                f"`{spec.project / DIST}` has no artifact of {', '.join(absent)}", hint="run `lambdabuild build`"
            )
        for name, architecture in sorted(wanted):
            one = there[name, architecture]
            path = spec.project / str(one["path"])
            if not path.is_file():
                raise UsageError(f"`{path}` is not there", hint="run `lambdabuild build`")
            own = self._opened(str(path))
            if own.sha256 != one["sha256"]:
                raise DigestMismatchError(
                    f"`{path}`",
                    expected=str(one["sha256"]),
                    actual=own.sha256 or "none",
                    hint="it was changed after it was built: run `lambdabuild build`",
                )
            yield checker._of_function(spec.functions[name], architecture, own, str(one["path"]))  # noqa: SLF001

    def _beside(self, report: Path) -> tuple["_Checker", Spec]:
        """The project that a build.json belongs to: this one, or the one whose dist/ it lies in."""
        home = report.resolve().parent.parent
        if self.project is not None and self.project.project.resolve() == home:
            return self, self.project
        spec_file = home / self.request.spec_file.name
        request = replace(self.request, spec_file=spec_file, lock_file=spec_file.with_name(LOCK))
        spec = load(spec_file, variables=request.variables)
        return replace(self, request=request, project=spec, images=images_of(request, spec)), spec

    def _function_of(self, path: str) -> tuple[Function, Architecture] | None:
        """What a zip of dist/ was built from, unless the command line says what it is."""
        if self.project is None or self.asked.runtime is not None or path == STDIN:
            return None
        for one in described(self.project.project):
            name, there = str(one["function"]), self.project.project / str(one["path"])
            if name in self.project.functions and there.resolve() == Path(path).resolve():
                return self.project.functions[name], Architecture(str(one["architecture"]))
        return None

    def _of_function(self, function: Function, architecture: Architecture, own: Opened, path: str) -> Verdict:
        subject = subjects.built(function, architecture, own, self.images)
        return Verdict(
            path=path, function=function.name, architecture=architecture, findings=self._judge(subject, function)
        )

    def _judge(self, subject: Subject, function: Function | None) -> tuple[Finding, ...]:
        """By the image that is given, else by those of the function, else by the runtime's."""
        asked = self.asked
        layers = subjects.merged([self._layer(path) for path in asked.layers])
        subject = replace(subject, layers=layers, handler=asked.handler or subject.handler)

        def runtimes() -> tuple[Runtime, ...]:
            if asked.image is not None:
                return (self.images.given(asked.image, subject.architecture, name=subject.runtime),)
            if function is not None:
                return self.images.of(function, subject.architecture)
            return (self.images.runtime(subject.runtime, subject.architecture),)

        return judge(subject, runtimes)

    def _runtime(self) -> str:
        """What is asked for; else the one that all functions of the project are for; else AWS's newest."""
        if self.asked.runtime is not None:
            return self.asked.runtime
        if self.asked.image is not None and (named := runtime_of(self.asked.image)) is not None:
            return named
        every = {function.runtime for function in self.project.functions.values()} if self.project else set()
        return every.pop() if len(every) == 1 else DEFAULT_RUNTIME

    def _layer(self, path: Path) -> Opened:
        """A layer is not judged itself; one that cannot be read as a whole would leave others to be blamed."""
        layer = self._opened(str(path))
        if layer.zipped is None and not path.is_dir():
            raise UsageError(f"`{path}` is no layer", hint="name a zip, or the folder that it is made of")
        if broken := next((fault for fault in layer.faults if fault.entry in layer.unread or not layer.entries), None):
            raise UsageError(
                f"`{path}` cannot be read as a layer: {broken.kind}{f' of `{broken.entry}`' if broken.entry else ''}",
                hint=f"run `lambdabuild check {path}` for more",
            )
        return layer

    def _opened(self, path: str) -> Opened:
        """A zip, a folder, or a file by itself, which is judged as if it were packed with the right permissions."""
        if path == STDIN:
            file = _saved(sys.stdin.buffer, self.scratch / "stdin")
            name = "bootstrap"
        else:
            file = Path(path)
            name = file.name
        if file.is_dir():
            return open_folder(file)
        try:
            with file.open("rb") as stream:
                head = stream.read(_HEAD)
        except OSError as error:
            raise UsageError(
                f"`{path}` cannot be read: {error.strerror}", hint="name a zip, a folder, or a file"
            ) from None
        if head.startswith(_ZIP) or file.suffix == ".zip":
            into = self.scratch / secrets.token_hex(8)
            into.mkdir()
            return open_zip(file, into)
        return subjects.bare(file, name)


def _architecture(own: Opened) -> Architecture:
    """The CPU that it is for: by its bootstrap, else by its first ELF file; x86_64, as Lambda has it, if by none."""
    entries = sorted(own.entries, key=lambda entry: entry.name != "bootstrap")
    for entry in entries:
        with suppress(OSError), entry.source.open("rb") as stream:
            if (architecture := architecture_in(stream.read(_HEAD))) is not None:
                return architecture
    return Architecture.AMD64


def _saved(stream: BinaryIO, file: Path) -> Path:
    """What is on stdin, as a file; UsageError where it does not end."""
    size = 0
    with file.open("wb") as saved:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > _MOST:
                raise UsageError(f"stdin has more than {_MOST} bytes", hint="AWS Lambda takes 250 MB")
            saved.write(chunk)
    return file

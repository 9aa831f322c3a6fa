"""One group on its way from source to checked zips."""

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

from lambdabuild.check import NOT_STATIC, Subject, check
from lambdabuild.errors import CompileError, EnvironmentFailure, LambdabuildError
from lambdabuild.model.artifact import Artifact, Entry
from lambdabuild.model.events import Warned, working
from lambdabuild.model.finding import Finding
from lambdabuild.model.plan import Action, ActionResult, Digest, Group
from lambdabuild.model.spec import Function, Spec
from lambdabuild.package import DIST, collect, write_zip
from lambdabuild.pipeline.executors import Executor
from lambdabuild.pipeline.images import Images
from lambdabuild.pipeline.request import Request
from lambdabuild.pipeline.subjects import bootstrap_of, built, opened
from lambdabuild.pipeline.words import shared_at_runtime
from lambdabuild.plan import cgo_packages

# What zig says to `-static` in the `#cgo LDFLAGS` of a package, where the spec does not ask for it.
_NO_STATIC = "libc of the specified target requires dynamic linking"
_STATIC = "say in the spec that it is static: `ldflags: [-linkmode external -extldflags -static]`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One group on its way from source to zips."""

    request: Request
    spec: Spec
    images: Images
    group: Group
    binaries: Path
    staged: Path

    def contents(self) -> Mapping[Digest, tuple[Entry, ...]]:
        """What will be in each zip: an include that is not there ends the build before it begins."""
        return {
            action.digest: collect(
                self.spec.project,
                {bootstrap_of(self._function(action)): self.binaries / action.binary},
                self._function(action).include,
            )
            for action in self.group.actions
        }

    def as_they_are(self, contents: Mapping[Digest, tuple[Entry, ...]]) -> Iterator[Path]:
        """The user's own files that go into the zips, and into the programs."""
        for action in self.group.actions:
            yield from action.embedded
            yield from (one.source for one in contents[action.digest] if not one.source.is_relative_to(self.binaries))

    def run(self, contents: Mapping[Digest, tuple[Entry, ...]], executor: Executor) -> list[Artifact] | CompileError:
        """Compile, pack, check. What the compiler refuses is a result, so that others have their say, too."""
        try:
            results = self._compile(executor)
        except CompileError as refusal:
            return refusal
        artifacts = []
        for action in self.group.actions:
            result = results[action.digest]
            if result.disturbed:
                self.request.emit(_disturbed(action, result.disturbed))
            artifacts.append(self._artifact(action, contents[action.digest], result))
        return artifacts

    def _compile(self, executor: Executor) -> Mapping[Digest, ActionResult]:
        names = ", ".join(f"{action.function}-{action.architecture}" for action in self.group.actions)
        with working(self.request.emit, "compile", names):
            results = executor.run(self.group, self.binaries)
            for result in results.values():
                if result.binary is None:
                    raise _refusal(names, result.output)
        return results

    def _artifact(self, action: Action, entries: tuple[Entry, ...], result: ActionResult) -> Artifact:
        function = self._function(action)
        name = f"{action.function}-{action.architecture}.zip"
        with working(self.request.emit, "pack", name):
            packed = write_zip(entries, self.staged / name)
        subject = replace(
            built(function, action.architecture, opened(entries, packed), self.images),
            shared_at_runtime=shared_at_runtime(result.output, action.import_path),
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
            seconds=result.seconds,
            findings=self._findings(function, subject, action),
        )

    def _findings(self, function: Function, subject: Subject, action: Action) -> tuple[Finding, ...]:
        """Judge; the packages that C got in by are looked for only where a static build is not static."""
        images = partial(self.images.of, function, subject.architecture)
        findings = check(subject, images)
        if any(one.rule in NOT_STATIC for one in findings):
            return check(replace(subject, cgo_packages=cgo_packages(action.sources)), images)
        return findings

    def _function(self, action: Action) -> Function:
        return self.spec.functions[action.function]


def refuse_if_any_failed(packed: Sequence[list[Artifact] | CompileError]) -> list[Artifact]:
    """All artifacts; CompileError with the words of every compile that failed, each said once."""
    refusals = [one for one in packed if isinstance(one, CompileError)]
    if refusals:
        words = dict.fromkeys(refusal.output.strip() for refusal in refusals)
        subjects = ", ".join(refusal.message.partition(":")[0] for refusal in refusals)
        hint = next((refusal.hint for refusal in refusals if refusal.hint), None)
        raise CompileError(f"{subjects}: the compile failed", output="\n".join(words), hint=hint)
    return [artifact for one in packed if not isinstance(one, CompileError) for artifact in one]


def _status(path: Path, sha256: str) -> Literal["built", "unchanged"]:
    same = path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256
    return "unchanged" if same else "built"


def _refusal(names: str, output: str) -> LambdabuildError:
    if "no space left on device" in output:
        return EnvironmentFailure(
            f"{names}: the disk filled up during the compile",
            output=output,
            hint="make room in the cache folder, or move it with LAMBDABUILD_CACHE_DIR",
        )
    return CompileError(f"{names}: the compile failed", output=output, hint=_STATIC if _NO_STATIC in output else None)


def _disturbed(action: Action, files: Sequence[Path]) -> Warned:
    return Warned(
        message=f"{action.function}-{action.architecture}: `{files[0]}` changed while it was compiled",
        hint="build again for an artifact that is what its action digest says",
    )

"""Judge artifacts that are there already."""

from collections.abc import Mapping

from lambdabuild.check import check as judge
from lambdabuild.errors import DigestMismatchError, UsageError
from lambdabuild.model.platform import Architecture
from lambdabuild.model.report import Verdict
from lambdabuild.model.spec import Function, Spec
from lambdabuild.package import DIST, described, unpack
from lambdabuild.pipeline.job import subject_of
from lambdabuild.pipeline.request import Request, targets
from lambdabuild.spec import load


def check(request: Request) -> tuple[Verdict, ...]:
    """Judge what dist/build.json describes, as the spec says it should be. Nothing is built, nothing fetched.

    UsageError where it does not describe all that is asked for: what was never built has not passed.
    """
    spec = load(request.spec_file, variables=request.variables)
    wanted = targets(spec, request.selection)
    found = {(one["function"], one["architecture"]): one for one in described(spec.project)}
    if absent := sorted(f"{function}-{architecture}" for function, architecture in wanted - found.keys()):
        raise UsageError(
            f"`{spec.project / DIST}` has no artifact of {', '.join(absent)}", hint="run `lambdabuild build`"
        )
    return tuple(_judge(request, spec, spec.functions[one[0]], found[one]) for one in sorted(wanted))


def _judge(request: Request, spec: Spec, function: Function, one: Mapping[str, object]) -> Verdict:
    path = spec.project / str(one["path"])
    architecture = Architecture(str(one["architecture"]))
    with request.store.scratch() as scratch:
        packed, entries = unpack(path, scratch)
        if packed.sha256 != one["sha256"]:
            raise DigestMismatchError(
                f"`{path}`",
                expected=str(one["sha256"]),
                actual=packed.sha256,
                hint="it was changed after it was built: run `lambdabuild build`",
            )
        findings = judge(subject_of(function, architecture, entries, packed))
    return Verdict(path=str(one["path"]), function=function.name, architecture=architecture, findings=findings)

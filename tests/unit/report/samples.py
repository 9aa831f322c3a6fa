"""Something to show."""

from pathlib import Path

from lambdabuild.model.artifact import Artifact
from lambdabuild.model.finding import Finding, Severity
from lambdabuild.model.platform import Architecture
from lambdabuild.model.report import BuildReport

CODE = "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s="

ERROR = Finding(
    rule="LB901", severity=Severity.ERROR, file="bootstrap", message="`bootstrap` [is] bad", fix="do `this`"
)
WARNING = Finding(rule="LB902", severity=Severity.WARNING, file="bootstrap", message="may be bad", fix="look")
NOTE = Finding(rule="LB903", severity=Severity.NOTE, file="bootstrap", message="so it is", fix="nothing")


def artifact(function: str = "orders", *findings: Finding) -> Artifact:
    """An artifact of a function, with what was found in it."""
    return Artifact(
        function=function,
        architectures=(Architecture.ARM64,),
        runtime="provided.al2023",
        supports={"provided.al2023": (Architecture.ARM64,)},
        path=f"dist/{function}-arm64.zip",
        sha256="ab" * 32,
        code_sha256=CODE,
        content="cd" * 32,
        zipped=2_345_678,
        unzipped=5_000_000,
        actions={Architecture.ARM64: f"{'e' * 64}/100"},
        status="built",
        cached=False,
        seconds=1.25,
        findings=findings,
    )


def report(project: Path, *artifacts: Artifact, published: bool = True) -> BuildReport:
    """A build of `artifacts` in `project`."""
    return BuildReport(folder=project / "dist", artifacts=artifacts, seconds=3.14159, published=published)

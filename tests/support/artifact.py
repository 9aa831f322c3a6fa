"""An artifact that a test puts together, file by file."""

from dataclasses import replace
from datetime import date
from pathlib import Path

from lambdabuild.check import RULES, Runtime, Runtimes, Subject, check
from lambdabuild.model.artifact import NOTHING, Entry, Fault, FaultKind
from lambdabuild.model.finding import Finding
from lambdabuild.model.platform import Architecture
from lambdabuild.model.spec import Allow


class Artifact:
    """Files on disk that become a subject; `put` returns self, so that a test can be read from left to right."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.runtimes: tuple[Runtime, ...] = ()
        self.subject = Subject(
            architecture=Architecture.AMD64,
            runtime="provided.al2023",
            own=replace(NOTHING, zipped=1000, unzipped=2000),
            static=True,
            today=date(2026, 1, 1),
        )

    def put(self, name: str, content: bytes, mode: int = 0o755) -> "Artifact":
        source = self._folder / f"{len(self.subject.own.entries)}"
        source.write_bytes(content)
        return self.link(name, source, mode)

    def link(self, name: str, source: Path, mode: int = 0o755) -> "Artifact":
        entry = Entry(name=name, mode=mode, source=source)
        return self.holds(entries=(*self.subject.own.entries, entry))

    def holds(self, **changes: object) -> "Artifact":
        return self.but(own=replace(self.subject.own, **changes))  # type: ignore[arg-type]

    def fault(self, kind: FaultKind, entry: str = "", count: int = 1, **details: str) -> "Artifact":
        fault = Fault(kind=kind, entry=entry, count=count, details=details)
        return self.holds(faults=(*self.subject.own.faults, fault))

    def but(self, **changes: object) -> "Artifact":
        self.subject = replace(self.subject, **changes)  # type: ignore[arg-type]
        return self

    def on(self, *runtimes: Runtime) -> "Artifact":
        self.runtimes = runtimes
        return self

    def allow(self, *rules: str) -> "Artifact":
        return self.but(allow=tuple(Allow(rule=rule, reason="known") for rule in rules))

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self.findings_on(lambda _: self.runtimes)

    def findings_on(self, runtimes: Runtimes) -> tuple[Finding, ...]:
        return check([self.subject], runtimes)

    @property
    def finding(self) -> tuple[str, str, str, str]:
        """The only one: rule, file, message, fix."""
        (found,) = self.findings
        assert found.severity is RULES[found.rule].severity
        return found.rule, found.file, found.message, found.fix

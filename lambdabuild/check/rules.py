"""Judges facts. Pure: it reads no file and writes no sentence."""

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from lambdabuild.check.buildinfo import BuildInfo
from lambdabuild.model.elf import DamagedElf, ElfFacts
from lambdabuild.check.facts import FileFacts
from lambdabuild.check.kinds import Kind
from lambdabuild.check.shebang import Shebang
from lambdabuild.check.subject import Subject
from lambdabuild.check.verdict import Verdict
from lambdabuild.check.wording import RULES

UNZIPPED_LIMIT = 250 * 1024 * 1024
"""Lambda quotas, "Deployment package size": unzipped, with all layers, it must be smaller than 262144000 bytes."""

DIRECT_UPLOAD_LIMIT = 50 * 1024 * 1024
"""Lambda quotas, "Deployment package size": zipped, for direct upload; larger zips go through S3."""

GRAVITON2 = (8, 2)
"""Lambda's arm64 is Graviton2, Neoverse N1, which is Armv8.2-A."""

SHELLS = frozenset(["/bin/sh", "/bin/bash", "/usr/bin/sh", "/usr/bin/bash"])
"""The interpreters that every `provided.*` image has."""

NOT_STATIC = frozenset(["LB301", "LB302", "LB303"])
"""What a static build that is not static is found by; two of them name `Subject.cgo_packages`."""

_ABIS = {0: "linux", 2: "netbsd", 3: "linux", 6: "solaris", 7: "aix", 9: "freebsd", 12: "openbsd"}
_READ, _READ_AND_RUN = 0o004, 0o005
_VERSION = re.compile(r"v(\d+)\.(\d+)")


def judge(subject: Subject, files: Sequence[FileFacts]) -> Iterator[Verdict]:
    """Hold every rule against the facts; a verdict that is allowed is left out, an idle `allow` is one itself."""
    verdicts = [*_artifact(subject, files)]
    for file in files:
        verdicts += _started(subject, file) if _is_started(subject, file) else _carried(subject, file)
    allowed = {each.rule for each in subject.allow}
    yield from (verdict for verdict in verdicts if verdict.rule not in allowed)
    for rule in sorted(allowed - {verdict.rule for verdict in verdicts}):
        yield from _idle(subject, rule)


def _idle(subject: Subject, allowed: str) -> Iterator[Verdict]:
    details = {"allowed": allowed}
    if allowed not in RULES:
        yield Verdict(rule="LB902", file=subject.bootstrap, details=details)
    elif RULES[allowed].architecture in (None, subject.architecture):
        yield Verdict(rule="LB901", file=subject.bootstrap, details=details)


def _is_started(subject: Subject, file: FileFacts) -> bool:
    """Lambda starts the bootstrap, and of a layer every file in `extensions/`; those of a function are data."""
    folder = PurePosixPath(subject.bootstrap).parent
    return file.name == subject.bootstrap or folder == PurePosixPath(file.name).parent == PurePosixPath("extensions")


def _artifact(subject: Subject, files: Sequence[FileFacts]) -> Iterator[Verdict]:
    if all(file.name != subject.bootstrap for file in files):
        wanted = PurePosixPath(subject.bootstrap).name.casefold()
        near = [file.name for file in files if PurePosixPath(file.name).name.casefold() == wanted]
        yield Verdict(rule="LB101", file=subject.bootstrap, details={"near": near[0] if near else ""})
    largest = max(files, key=lambda file: file.size, default=None)
    if largest is None:
        return
    largest_size = {"largest": _megabytes(largest.size)}
    if subject.unzipped >= UNZIPPED_LIMIT:
        details = largest_size | {"size": _megabytes(subject.unzipped)}
        yield Verdict(rule="LB501", file=largest.name, details=details)
    if subject.zipped >= DIRECT_UPLOAD_LIMIT:
        details = largest_size | {"size": _megabytes(subject.zipped)}
        yield Verdict(rule="LB502", file=largest.name, details=details)


def _megabytes(size: int) -> str:
    return f"{size / 1024 / 1024:.1f}"


def _started(subject: Subject, file: FileFacts) -> Iterator[Verdict]:
    """Judge a file that Lambda starts: what is wrong with it is an error."""
    match file.kind:
        case Kind.FOLDER | Kind.SPECIAL | Kind.UNREADABLE:
            yield Verdict(rule="LB102", file=file.name, details={"kind": file.kind})
            return
        case Kind.SCRIPT if file.shebang is not None:
            yield from _script(subject, file, file.shebang)
        case Kind.TEXT | Kind.MARKED_SCRIPT:
            yield Verdict(rule="LB111", file=file.name, details={"kind": file.kind})
        case Kind.ELF if isinstance(file.elf, DamagedElf):
            yield Verdict(rule="LB204", file=file.name, details={"reason": file.elf.reason})
        case Kind.ELF if isinstance(file.elf, ElfFacts):
            yield from _started_elf(subject, file, file.elf)
        case _:
            yield Verdict(rule="LB201", file=file.name, details={"kind": file.kind})
    if file.mode & _READ_AND_RUN != _READ_AND_RUN:
        yield Verdict(rule="LB103", file=file.name, details={"mode": f"{file.mode:04o}"})


def _script(subject: Subject, file: FileFacts, shebang: Shebang) -> Iterator[Verdict]:
    if shebang.crlf:
        yield Verdict(rule="LB112", file=file.name, details={"interpreter": shebang.interpreter})
    elif subject.runtime.startswith("provided") and not _is_there(subject, shebang):
        details = {"program": shebang.program or "nothing", "runtime": subject.runtime}
        yield Verdict(rule="LB113", file=file.name, details=details)


def _is_there(subject: Subject, shebang: Shebang) -> bool:
    if shebang.program.startswith("/opt/"):
        return True  # from a layer, which is not ours to see
    if shebang.program in ("sh", "bash") and shebang.program != shebang.interpreter:
        return True
    carried = {f"/var/task/{entry.name}" for entry in subject.entries}
    return shebang.program in SHELLS or shebang.program in carried


def _started_elf(subject: Subject, file: FileFacts, elf: ElfFacts) -> Iterator[Verdict]:
    """The first that is wrong; what follows from it is not said again."""
    system = _system(elf, file.build)
    if system != "linux":
        yield Verdict(rule="LB207", file=file.name, details={"system": system})
    elif elf.architecture is not subject.architecture:
        details = {"found": _machine(elf), "wanted": subject.architecture}
        yield Verdict(rule="LB202", file=file.name, details=details)
    elif not elf.program:
        yield Verdict(rule="LB206", file=file.name, details={"type": elf.type})
    else:
        if subject.static and file.name == subject.bootstrap and not elf.static:
            yield _not_static(subject, file, elf)
        yield from _cpu(file, started=True)


def _not_static(subject: Subject, file: FileFacts, elf: ElfFacts) -> Verdict:
    settings = file.build.settings if file.build else {}
    details = {
        "interpreter": elf.interpreter or "",
        "needed": ", ".join(elf.needed),
        "packages": ", ".join(subject.cgo_packages),
    }
    if settings.get("CGO_ENABLED", "1" if subject.cgo_packages else "0") == "1":
        return Verdict(rule="LB301", file=file.name, details=details)
    if settings.get("-buildmode") == "pie":
        return Verdict(rule="LB302", file=file.name, details=details)
    return Verdict(rule="LB303", file=file.name, details=details)


def _carried(subject: Subject, file: FileFacts) -> Iterator[Verdict]:
    """Judge a file that may never be loaded: what is wrong with it is a warning."""
    if file.kind in (Kind.FOLDER, Kind.SPECIAL, Kind.UNREADABLE):
        yield Verdict(rule="LB102", file=file.name, details={"kind": file.kind})
        return
    if not file.mode & _READ:
        yield Verdict(rule="LB104", file=file.name, details={"mode": f"{file.mode:04o}"})
    if isinstance(file.elf, DamagedElf):
        yield Verdict(rule="LB205", file=file.name, details={"reason": file.elf.reason})
    elif file.elf is not None and file.elf.loadable:
        yield from _carried_elf(subject, file, file.elf)


def _carried_elf(subject: Subject, file: FileFacts, elf: ElfFacts) -> Iterator[Verdict]:
    system = _system(elf, file.build)
    if system != "linux" or elf.architecture is not subject.architecture:
        details = {"found": f"{system}/{_machine(elf)}", "wanted": subject.architecture.platform}
        yield Verdict(rule="LB203", file=file.name, details=details)
        return
    if elf.program and file.mode & _READ and not file.mode & 0o001:
        yield Verdict(rule="LB105", file=file.name, details={"mode": f"{file.mode:04o}"})
    yield from _cpu(file, started=False)


def _system(elf: ElfFacts, build: BuildInfo | None) -> str:
    """Go's name of the operating system. EI_OSABI is 0 for many of them, so build info goes first."""
    said = build.settings.get("GOOS") if build else None
    return said or _ABIS.get(elf.abi, f"EI_OSABI {elf.abi}")


def _machine(elf: ElfFacts) -> str:
    if elf.architecture is not None:
        return elf.architecture
    order = "" if elf.little else ", big-endian"
    return f"{elf.machine.removeprefix('EM_')} ({elf.bits}-bit{order})"


def _cpu(file: FileFacts, *, started: bool) -> Iterator[Verdict]:
    """Judge only what the build info says: instructions themselves are not looked at."""
    settings = file.build.settings if file.build else {}
    amd64, arm64 = settings.get("GOAMD64", ""), settings.get("GOARM64", "")
    version = _VERSION.match(arm64)
    if amd64 == "v3":
        yield Verdict(rule="LB401", file=file.name)
    if amd64 == "v4":
        yield Verdict(rule="LB402" if started else "LB404", file=file.name, details={"level": "GOAMD64=v4"})
    if version is not None and (int(version[1]), int(version[2])) > GRAVITON2:
        level = {"level": f"GOARM64={arm64}"}
        yield Verdict(rule="LB403" if started else "LB404", file=file.name, details=level)

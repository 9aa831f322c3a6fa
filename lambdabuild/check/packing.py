"""Judges an artifact as a whole: how it is packed, what it is for, how large it is."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final

from lambdabuild.check.dates import RUNTIMES
from lambdabuild.check.facts import FileFacts
from lambdabuild.check.kinds import Kind
from lambdabuild.check.subject import Subject
from lambdabuild.check.verdict import Verdict
from lambdabuild.io.links import resolve
from lambdabuild.model.artifact import Fault, FaultKind
from lambdabuild.model.platform import Architecture
from lambdabuild.model.spec import OF_ARM64

UNZIPPED_LIMIT = 250 * 1024 * 1024
"""Lambda quotas, "Deployment package size": unzipped, with all layers, it must be smaller than 262144000 bytes."""

DIRECT_UPLOAD_LIMIT = 50 * 1024 * 1024
"""Lambda quotas, "Deployment package size": zipped, for direct upload; larger zips go through S3."""

OF_FAULTS: Mapping[FaultKind, str] = {
    FaultKind.CLIMBS: "LB121",
    FaultKind.ABSOLUTE: "LB122",
    FaultKind.BAD_NAME: "LB123",
    FaultKind.DUPLICATE: "LB124",
    FaultKind.FILE_AS_FOLDER: "LB124",
    FaultKind.SYMLINK_ESCAPES: "LB125",
    FaultKind.SYMLINK_DANGLES: "LB125",
    FaultKind.SYMLINK_LOOPS: "LB125",
    FaultKind.SYMLINK: "LB126",
    FaultKind.SPECIAL: "LB102",
    FaultKind.BACKSLASH: "LB128",
    FaultKind.UNCLEAN_NAME: "LB129",
    FaultKind.ENCRYPTED: "LB131",
    FaultKind.COMPRESSION: "LB132",
    FaultKind.WRONG_SIZE: "LB133",
    FaultKind.BAD_CRC: "LB133",
    FaultKind.DAMAGED: "LB133",
    FaultKind.UNREADABLE: "LB133",
    FaultKind.HEADERS_DISAGREE: "LB134",
    FaultKind.OVERLAP: "LB135",
    FaultKind.TOO_MUCH: "LB136",
    FaultKind.ZIP64: "LB137",
    FaultKind.DATA_DESCRIPTOR: "LB138",
    FaultKind.EMPTY: "LB139",
    FaultKind.NO_UNIX_MODES: "LB107",
}
"""The rule of each fault of a zip or a folder."""

_OF_ONE_FILE: Final = frozenset(["LB124", "LB125", "LB134"])
"""What is wrong with one entry alone: of a file that Lambda does not start it may not matter."""

_SOURCES: Final = frozenset([".go", ".rs", ".c", ".cc", ".cpp", ".java", ".kt", ".swift", ".zig", ".nim", ".cs"])


def packing(subject: Subject) -> Iterator[Verdict]:
    """What is wrong with the zip or the folder itself. A link that leads nowhere ends only what goes through it."""
    for fault in _faults(subject):
        details = dict.fromkeys(("other", "all"), "")
        details |= {"others": str(fault.count - 1) if fault.count > 1 else "", **_told(fault)}
        rule = OF_FAULTS[fault.kind]
        yield Verdict(
            rule=rule,
            file=fault.entry,
            details=details,
            carried=rule in _OF_ONE_FILE and fault.entry not in subject.starting,
        )


def _faults(subject: Subject) -> Iterator[Fault]:
    """Those that matter, each once: of two entries that share bytes, the first tells of both."""
    shared: set[str] = set()
    for fault in subject.own.faults:
        overlaps = fault.kind is FaultKind.OVERLAP
        if _is_well(fault) or _is_entry_point(subject, fault) or (overlaps and fault.entry in shared):
            continue
        if overlaps:
            shared.add(fault.details["other"])
        yield fault


def _is_well(fault: Fault) -> bool:
    """What matters elsewhere, or not at all: on Lambda a link may lead to a layer, to /tmp, or into the image."""
    if fault.kind is FaultKind.SYMLINK_ESCAPES:
        return fault.details["target"].startswith("/")
    return fault.kind is FaultKind.NO_UNIX_MODES  # it matters where it keeps a program from being started


def _is_entry_point(subject: Subject, fault: Fault) -> bool:
    """A link in the place of the program, of which a rule of its own says more."""
    return fault.kind is FaultKind.SYMLINK and fault.entry == subject.bootstrap and fault.count == 1


def _told(fault: Fault) -> dict[str, str]:
    details = dict(fault.details)
    match fault.kind:
        case FaultKind.SPECIAL:
            details["kind"] = details["what"]
        case FaultKind.SYMLINK_ESCAPES:
            details["problem"] = "which leaves the artifact"
        case FaultKind.SYMLINK_DANGLES:
            details["problem"] = f"and `{details['missing']}` is not there"
        case FaultKind.SYMLINK_LOOPS:
            details["problem"] = "which leads in a circle"
        case FaultKind.UNREADABLE:
            details["reason"] = f"cannot be read: {details['reason']}"
        case FaultKind.WRONG_SIZE:
            details["reason"] = f"has {details['found']} bytes, not the {details['claimed']} that its header claims"
        case FaultKind.BAD_CRC:
            details["reason"] = f"has the checksum {details['found']}, not {details['claimed']}"
        case FaultKind.ZIP64 if not fault.entry:
            details["all"] = "it has fields"
        case _:
            pass
    return details


def whole(subject: Subject, files: Sequence[FileFacts]) -> Iterator[Verdict]:
    """What is wrong with the artifact as a whole."""
    yield from _entry_point(subject, files)
    yield from _handler(subject, files)
    yield from _sizes(subject, files)
    yield from _end_of_runtime(subject)


def _entry_point(subject: Subject, files: Sequence[FileFacts]) -> Iterator[Verdict]:
    wanted = subject.bootstrap
    if wanted is None or wanted in subject.own.unread or not _is_all_listed(subject):
        return
    names = [file.name for file in files]
    if wanted in subject.own.links:
        yield from _link(subject, wanted, names)
        return
    if wanted in names:
        return
    inside = next((name for name in names if name.startswith(f"{wanted}/")), None)
    if inside is not None or wanted in subject.own.folders:
        yield Verdict(rule="LB109", file=wanted, details={"near": inside or ""})
        return
    source = next((name for name in names if PurePosixPath(name).suffix in _SOURCES), None)
    programs = any(file.kind in (Kind.ELF, Kind.MACHO, Kind.PE) for file in files)
    if source is not None and not programs:
        yield Verdict(rule="LB208", file=wanted, details={"source": source})
        return
    yield Verdict(rule="LB101", file=wanted, details={"near": _near(wanted, files)})


def _is_all_listed(subject: Subject) -> bool:
    """Whether all names are known: what could not be read as a whole may have more."""
    whole = (FaultKind.EMPTY, FaultKind.DAMAGED, FaultKind.TOO_MUCH)
    return not any(fault.kind in whole and not fault.entry for fault in subject.own.faults)


def _link(subject: Subject, wanted: str, names: Sequence[str]) -> Iterator[Verdict]:
    """A link in the place of the program. One that leads nowhere is a fault of its own."""
    links = {f"/{name}": target for name, target in subject.own.links.items()}
    led = (resolve(f"/{wanted}", links) or "/").removeprefix("/")
    inside = next((name for name in names if name.startswith(f"{led}/")), None)
    if led in names:
        yield Verdict(rule="LB108", file=wanted, details={"target": subject.own.links[wanted]})
    elif led and (inside is not None or led in subject.own.folders):
        yield Verdict(rule="LB109", file=wanted, details={"near": inside or ""})


def _near(wanted: str, files: Sequence[FileFacts]) -> str:
    """What may be meant: the name in a folder or in other letters, or the only program."""
    name = PurePosixPath(wanted).name.casefold()
    near = [file.name for file in files if PurePosixPath(file.name).stem.casefold() == name]
    programs = [file.name for file in files if file.kind in (Kind.ELF, Kind.MACHO, Kind.PE)]
    return near[0] if near else programs[0] if len(programs) == 1 else ""


def _handler(subject: Subject, files: Sequence[FileFacts]) -> Iterator[Verdict]:
    """On go1.x, and where a dispatcher looks it up, the handler is the name of a file; on others, of code."""
    handler = subject.handler
    if handler is None or not (subject.programs or subject.runtime.startswith(("provided", "go1"))):
        return
    problem = _problem(handler, subject, {*(file.name for file in files), *subject.own.links})
    if problem:
        suggestion = next((file.name for file in files if file.kind is Kind.ELF and "/" not in file.name), "main")
        details = {"handler": handler, "problem": problem, "suggestion": suggestion.removesuffix(OF_ARM64)}
        yield Verdict(rule="LB106", file=handler, details=details)


def _problem(handler: str, subject: Subject, names: set[str]) -> str:
    """What is wrong with a handler, on this CPU; a dispatcher takes it for the same with `_arm64` and without."""
    if "/" in handler or handler in ("", ".", ".."):
        return "is not the name of a file"
    if not _is_all_listed(subject):
        return ""
    if not subject.programs or subject.bootstrap is None:
        return "" if handler in names else "is not there"
    name = handler.removesuffix(OF_ARM64)
    if name == subject.bootstrap:
        return "is the script that starts the others"
    wanted = f"{name}{OF_ARM64 if subject.architecture is Architecture.ARM64 else ''}"
    if wanted not in names:
        return f"needs `{wanted}` on {subject.architecture}, which is not there"
    return "is what go1.x itself would start, and it is for arm64" if subject.rpc and handler != name else ""


def _sizes(subject: Subject, files: Sequence[FileFacts]) -> Iterator[Verdict]:
    largest = max(files, key=lambda file: file.size, default=None)
    if largest is None:
        return
    largest_size = {"largest": _megabytes(largest.size)}
    unzipped = subject.own.unzipped + subject.layers.unzipped
    if unzipped >= UNZIPPED_LIMIT:
        details = largest_size | {
            "size": _megabytes(unzipped),
            "layers": "with its layers " * bool(subject.layers.unzipped),
        }
        yield Verdict(rule="LB501", file=largest.name, details=details)
    if subject.own.zipped is not None and subject.own.zipped >= DIRECT_UPLOAD_LIMIT:
        details = largest_size | {"size": _megabytes(subject.own.zipped)}
        yield Verdict(rule="LB502", file=largest.name, details=details)


def _megabytes(size: int) -> str:
    return f"{size / 1024 / 1024:.1f}"


def _end_of_runtime(subject: Subject) -> Iterator[Verdict]:
    dates = RUNTIMES.get(subject.runtime)
    if dates is None or subject.today < dates.deprecated:
        return
    details = {"runtime": subject.runtime, "deprecated": dates.deprecated.isoformat(), "successor": dates.successor}
    for past, coming, day in (
        ("no_create", "will_not_create", dates.no_create),
        ("no_update", "will_not_update", dates.no_update),
    ):
        there = day.isoformat() if day else ""
        over = day is not None and subject.today >= day
        details |= {past: there if over else "", coming: "" if over else there}
    yield Verdict(rule="LB601", file=subject.bootstrap or "", details=details)

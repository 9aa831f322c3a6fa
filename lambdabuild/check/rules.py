"""Judges facts: the rules in their order. Pure: it reads no file and writes no sentence."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath

from lambdabuild.check.elves import NOT_STATIC, carried_elf, started_elf
from lambdabuild.check.facts import FileFacts
from lambdabuild.check.kinds import Kind
from lambdabuild.check.packing import packing, whole
from lambdabuild.check.running import Loads, on_runtimes
from lambdabuild.check.scripts import is_known, own_loader
from lambdabuild.check.subject import OPT, Runtime, Subject
from lambdabuild.check.verdict import Verdict
from lambdabuild.io.links import resolve
from lambdabuild.model.artifact import FaultKind
from lambdabuild.model.elf import DamagedElf, ElfFacts
from lambdabuild.model.platform import Architecture

Runtimes = Callable[[Architecture], Sequence[Runtime]]
"""The runtime's image, then those of the floor, for one CPU. Asked for only where something has to be loaded."""

_READ, _READ_AND_RUN = 0o004, 0o005
_ENDS_IT = NOT_STATIC | {"LB202", "LB203", "LB204", "LB205", "LB206", "LB207"}
"""After these nothing is said of how a file is linked."""


def judge(
    subject: Subject, own: Sequence[FileFacts], layers: Sequence[FileFacts], runtimes: Runtimes
) -> Iterator[Verdict]:
    """Hold every rule against the facts, but for programs of another CPU, which are judged for theirs."""
    verdicts = [*packing(subject), *whole(subject, own)]
    own = [file for file in own if file.name not in subject.elsewhere]
    entry_point = _entry_point(subject)
    started = [file for file in own if _is_started(subject, file, entry_point)]
    names = {file.name for file in started}
    for file in own:
        verdicts += _started(subject, file) if file.name in names else _carried(subject, file)
    ended = {verdict.file for verdict in verdicts if verdict.rule in _ENDS_IT}
    to_load = [file for file in own if _is_dynamic(subject, file) and file.name not in ended]
    if (own_way := own_loader(started)) is not None and to_load:
        verdicts.append(own_way)
        to_load = [file for file in to_load if file.name in names]
    started_names = names | {file.name for file in to_load if _is_named(file, started)}
    loads = Loads(
        own=own,
        layers=layers,
        started=[file for file in to_load if file.name in started_names],
        carried=[file for file in to_load if file.name not in started_names],
        scripts=[file for file in started if file.shebang and not is_known(subject, file.shebang, [*own, *layers])],
    )
    if loads.started or loads.carried or loads.scripts:
        verdicts += on_runtimes(subject, loads, runtimes(subject.architecture))
    yield from verdicts


def _entry_point(subject: Subject) -> str | None:
    """The name of the file that Lambda starts, through links."""
    if subject.bootstrap is None:
        return None
    found = resolve(f"/{subject.bootstrap}", {f"/{name}": target for name, target in subject.own.links.items()})
    return found.removeprefix("/") if found else None


def _is_started(subject: Subject, file: FileFacts, entry_point: str | None) -> bool:
    """Lambda starts the bootstrap, and of a layer every file in `extensions/`; those of a function are data."""
    extension = subject.root == OPT and PurePosixPath(file.name).parent == PurePosixPath("extensions")
    return extension or file.name == entry_point or file.name in subject.programs


def _is_named(file: FileFacts, started: Sequence[FileFacts]) -> bool:
    """Whether a script that Lambda starts names this program, which it then most likely starts itself."""
    program = isinstance(file.elf, ElfFacts) and file.elf.program
    return program and any(PurePosixPath(file.name).name in script.words for script in started)


def _is_dynamic(subject: Subject, file: FileFacts) -> bool:
    """Whether the dynamic loader of this CPU would take it."""
    elf = file.elf
    return (
        isinstance(elf, ElfFacts)
        and elf.loadable
        and elf.architecture is subject.architecture
        and elf.dynamic is not None
        and (elf.interpreter is not None or not elf.program)
    )


def _started(subject: Subject, file: FileFacts) -> Iterator[Verdict]:
    """Judge a file that Lambda starts: what is wrong with it is an error."""
    match file.kind:
        case Kind.FOLDER | Kind.SPECIAL | Kind.UNREADABLE:
            yield Verdict(rule="LB102", file=file.name, details={"kind": file.kind})
            return
        case Kind.SCRIPT if file.shebang is not None:
            if file.shebang.crlf:
                yield Verdict(rule="LB112", file=file.name, details={"interpreter": file.shebang.interpreter})
        case Kind.TEXT | Kind.MARKED_SCRIPT:
            yield Verdict(rule="LB111", file=file.name, details={"kind": file.kind})
        case Kind.ELF if isinstance(file.elf, DamagedElf):
            yield Verdict(rule="LB204", file=file.name, details={"reason": file.elf.reason})
        case Kind.ELF if isinstance(file.elf, ElfFacts):
            yield from started_elf(subject, file, file.elf)
        case _:
            yield Verdict(rule="LB201", file=file.name, details={"kind": file.kind})
    if file.mode & _READ_AND_RUN != _READ_AND_RUN:
        yield _not_executable(subject, file)


def _not_executable(subject: Subject, file: FileFacts) -> Verdict:
    for fault in subject.own.faults:
        if fault.kind is FaultKind.NO_UNIX_MODES:
            return Verdict(rule="LB107", file=file.name)
    return Verdict(rule="LB103", file=file.name, details={"mode": f"{file.mode:04o}"})


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
        yield from carried_elf(subject, file, file.elf)

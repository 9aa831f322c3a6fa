"""What an artifact is meant to be: as the spec says, as the command line says, as it looks."""

import mmap
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePosixPath

from lambdabuild.check import OPT, TASK, Subject
from lambdabuild.io.elf import architecture_in, read_elf
from lambdabuild.io.links import resolve
from lambdabuild.model.artifact import NOTHING, Entry, Opened, Packed
from lambdabuild.model.elf import ElfFacts, ElfType
from lambdabuild.model.platform import Architecture
from lambdabuild.model.spec import BOOTSTRAP, GO1X, OF_ARM64, Function
from lambdabuild.package import SUFFIXES, dispatcher, program
from lambdabuild.pipeline.images import Images

_EXECUTABLE = 0o755
_ELF = b"\x7fELF"
_HEAD, _LONGEST_SCRIPT = 64, 1 << 13
_OF_LAYERS = frozenset(["bin", "lib", "extensions", "python", "nodejs", "java", "ruby", "node_modules"])
"""Folders of a layer (Lambda developer guide, "Layer paths for each Lambda runtime"; Runtime Extensions API)."""


def built(function: Function, architecture: Architecture, own: Opened, images: Images) -> Subject:
    """An artifact of a function of the spec, on one CPU."""
    subject = Subject(
        architecture=architecture,
        runtime=function.runtime,
        own=own,
        root=OPT if function.layout == "extension" else TASK,
        bootstrap=program(function, architecture),
        handler=function.handler,
        rpc=GO1X in function.runtimes(architecture),
        static=function.cgo == "off",
        opened=function.extra_needed,
        build_image=partial(images.built_in, function, architecture),
        allow=function.allow,
        today=datetime.now(UTC).date(),
    )
    if function.layout != "forward-compatible":
        return subject
    dispatched = {one: frozenset([program(function, one)]) for one in sorted(function.architectures)}
    return _dispatching(replace(subject, bootstrap=BOOTSTRAP), architecture, dispatched)


def found(own: Opened, asked: Architecture | None, runtime: str, handler: str | None) -> tuple[Subject, ...]:
    """An artifact that no spec describes, on each of its CPUs: a function, or a layer where it looks like one."""
    layer = is_layer(own)
    subject = Subject(
        architecture=asked or _architecture(own),
        runtime=runtime,
        own=own,
        root=OPT if layer else TASK,
        bootstrap=BOOTSTRAP if runtime.startswith("provided") and not layer else None,
        handler=handler,
        today=datetime.now(UTC).date(),
    )
    if runtime == GO1X:
        return (_on_go1x(subject),)
    dispatched = _dispatched(own) if subject.bootstrap else {}
    views = [_dispatching(subject, one, dispatched) for one in dispatched if asked in (None, one)]
    return tuple(views) or (subject,)


def _on_go1x(subject: Subject) -> Subject:
    """go1.x is of amd64, and starts the handler itself: where that is not given, the programs that it could be."""
    elves = _programs(subject.own)
    pairs = [name for name in elves if f"{name}{OF_ARM64}" in elves]
    named = [subject.handler] if subject.handler else pairs or list(elves if len(elves) == 1 else ())
    elsewhere = {f"{name}{OF_ARM64}" for name in pairs} - {*named}
    return replace(
        subject,
        architecture=Architecture.AMD64,
        programs=frozenset(named),
        elsewhere=frozenset(elsewhere),
        rpc=True,
    )


def _dispatched(own: Opened) -> dict[Architecture, frozenset[str]]:
    """The programs of each CPU in a zip whose `bootstrap` is a script: `<handler>`, and `<handler>_arm64` beside it.

    Beside our own dispatcher that is any program; beside another script both have to be there.
    """
    elves = _programs(own)
    script = _script(own)
    if script is None:
        return {}
    ours = script == dispatcher()
    names = dict.fromkeys(name.removesuffix(OF_ARM64) for name in elves)
    handlers = [name for name in names if ours or (name in elves and f"{name}{OF_ARM64}" in elves)]
    every = {
        architecture: frozenset(f"{name}{suffix}" for name in handlers if f"{name}{suffix}" in elves)
        for architecture, suffix in SUFFIXES.items()
    }
    return {architecture: programs for architecture, programs in every.items() if programs}


def _dispatching(
    subject: Subject, architecture: Architecture, dispatched: Mapping[Architecture, frozenset[str]]
) -> Subject:
    return replace(
        subject,
        architecture=architecture,
        programs=dispatched[architecture],
        elsewhere=frozenset(name for one, names in dispatched.items() if one is not architecture for name in names),
        cpus=tuple(dispatched),
    )


def _programs(own: Opened) -> tuple[str, ...]:
    """The ELF files that a handler can name, whatever CPU they are for."""
    elves = (entry.name for entry in own.entries if _head(entry).startswith(_ELF))
    return tuple(name for name in elves if "/" not in name and name != BOOTSTRAP)


def _script(own: Opened) -> bytes | None:
    """The script that Lambda starts, through links, as far as it can be ours; None where it starts something else."""
    links = {f"/{name}": target for name, target in own.links.items()}
    name = (resolve(f"/{BOOTSTRAP}", links) or "").removeprefix("/")
    for entry in own.entries:
        if entry.name == name and (content := _head(entry, _LONGEST_SCRIPT)).startswith(b"#!"):
            return content
    return None


def _architecture(own: Opened) -> Architecture:
    """The CPU that it is for: by its bootstrap, else by its first ELF file; x86_64, as Lambda has it, if by none."""
    entries = sorted(own.entries, key=lambda entry: entry.name != BOOTSTRAP)
    cpus = (architecture_in(_head(entry)) for entry in entries)
    return next((one for one in cpus if one is not None), Architecture.AMD64)


def _head(entry: Entry, size: int = _HEAD) -> bytes:
    """The first bytes of a file; nothing of one that cannot be read."""
    with suppress(OSError), entry.source.open("rb") as stream:
        return stream.read(size)
    return b""


def bare(file: Path, name: str) -> Opened:
    """One file, as it will be packed: with every permission that it needs."""
    entry = Entry(name=name, mode=_EXECUTABLE, source=file)
    return replace(NOTHING, entries=(entry,), unzipped=file.stat().st_size)


def alone(subject: Subject) -> Subject:
    """One file by itself: what a function starts, or a library that one may load."""
    (entry,) = subject.own.entries
    return replace(subject, root=TASK, bootstrap=None if _is_library(entry.source) else entry.name)


def _is_library(file: Path) -> bool:
    if file.stat().st_size == 0:
        return False
    with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        elf = read_elf(content)
        return isinstance(elf, ElfFacts) and elf.type is ElfType.SHARED and not elf.program


def is_layer(own: Opened) -> bool:
    """Whether everything lies in folders that layers have, nothing beside them, and nothing that a function starts."""
    names = [PurePosixPath(entry.name) for entry in own.entries]
    return bool(names) and all(
        len(name.parts) > 1 and name.parts[0] in _OF_LAYERS and name.name.casefold() != BOOTSTRAP for name in names
    )


def opened(entries: tuple[Entry, ...], packed: Packed) -> Opened:
    """What was just packed, by the files that it was packed from."""
    return replace(NOTHING, entries=entries, zipped=packed.zipped, unzipped=packed.unzipped, sha256=packed.sha256)


def merged(layers: Sequence[Opened]) -> Opened:
    """Layers one over the other, as Lambda unpacks them: of one name the last one counts."""
    there: dict[str, Entry | str] = {}
    for layer in layers:
        there |= {entry.name: entry for entry in layer.entries} | dict(layer.links)
    return replace(
        NOTHING,
        entries=tuple(one for one in there.values() if isinstance(one, Entry)),
        links={name: one for name, one in there.items() if isinstance(one, str)},
        unzipped=sum(layer.unzipped for layer in layers),
    )

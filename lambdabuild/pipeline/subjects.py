"""What an artifact is meant to be: as the spec says, as the command line says, as it looks."""

import mmap
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePosixPath

from lambdabuild.check import OPT, TASK, Subject
from lambdabuild.io.elf import architecture_in, read_elf
from lambdabuild.model.artifact import NOTHING, Entry, Opened, Packed
from lambdabuild.model.elf import ElfFacts, ElfType
from lambdabuild.model.platform import Architecture
from lambdabuild.model.spec import GO1X, Function
from lambdabuild.package import BOOTSTRAP, SUFFIXES, program
from lambdabuild.pipeline.images import Images

_EXECUTABLE = 0o755
_HEAD = 64
_OF_LAYERS = frozenset(["bin", "lib", "extensions", "python", "nodejs", "java", "ruby", "node_modules"])
"""Folders of a layer (Lambda developer guide, "Layer paths for each Lambda runtime"; Runtime Extensions API)."""


def built(function: Function, architecture: Architecture, own: Opened, images: Images) -> Subject:
    """An artifact of a function of the spec, on one CPU."""
    dispatches = function.layout == "forward-compatible"
    dispatched = {one: frozenset([program(function, one)]) for one in function.architectures if dispatches}
    return Subject(
        architecture=architecture,
        runtime=function.runtime,
        own=own,
        root=OPT if function.layout == "extension" else TASK,
        bootstrap=BOOTSTRAP if dispatches else program(function, architecture),
        handler=function.handler,
        programs=dispatched.get(architecture, frozenset()),
        elsewhere=_elsewhere(dispatched, architecture),
        rpc=GO1X in function.runtimes(architecture),
        static=function.cgo == "off",
        opened=function.extra_needed,
        build_image=partial(images.built_in, function, architecture),
        allow=function.allow,
        today=datetime.now(UTC).date(),
    )


def found(own: Opened, asked: Architecture | None, runtime: str, handler: str | None) -> tuple[Subject, ...]:
    """An artifact that no spec describes, on each of its CPUs: a function, or a layer where it looks like one."""
    layer = is_layer(own)
    go1x = runtime == GO1X
    bootstrap = BOOTSTRAP if runtime.startswith("provided") and not layer else None
    pairs = _pairs(own) if go1x or (bootstrap and _is_script(own, bootstrap)) else ()
    of_runtime = (Architecture.AMD64,) if go1x else tuple(SUFFIXES) if pairs else ()
    architectures = (asked,) if asked else of_runtime or (_architecture(own),)
    named = [handler] if go1x and handler else pairs if bootstrap else ()
    return tuple(
        Subject(
            architecture=architecture,
            runtime=runtime,
            own=own,
            root=OPT if layer else TASK,
            bootstrap=bootstrap,
            handler=handler,
            programs=frozenset(name if go1x else f"{name}{SUFFIXES[architecture]}" for name in named),
            elsewhere=_elsewhere({one: [f"{name}{SUFFIXES[one]}" for name in pairs] for one in SUFFIXES}, architecture),
            rpc=go1x,
            today=datetime.now(UTC).date(),
        )
        for architecture in architectures
    )


def _pairs(own: Opened) -> tuple[str, ...]:
    """The handlers that a forward-compatible zip has: `<handler>` for amd64, and `<handler>_arm64` beside it."""
    cpus = {entry.name: architecture_in(_head(entry)) for entry in own.entries}
    return tuple(name for name in cpus if all(cpus.get(f"{name}{suffix}") is one for one, suffix in SUFFIXES.items()))


def _is_script(own: Opened, name: str) -> bool:
    return any(entry.name == name and _head(entry).startswith(b"#!") for entry in own.entries)


def _elsewhere(programs: Mapping[Architecture, Iterable[str]], here: Architecture) -> frozenset[str]:
    return frozenset(name for architecture, names in programs.items() if architecture is not here for name in names)


def _architecture(own: Opened) -> Architecture:
    """The CPU that it is for: by its bootstrap, else by its first ELF file; x86_64, as Lambda has it, if by none."""
    entries = sorted(own.entries, key=lambda entry: entry.name != BOOTSTRAP)
    cpus = (architecture_in(_head(entry)) for entry in entries)
    return next((one for one in cpus if one is not None), Architecture.AMD64)


def _head(entry: Entry) -> bytes:
    """The first bytes of a file; nothing of one that cannot be read."""
    with suppress(OSError), entry.source.open("rb") as stream:
        return stream.read(_HEAD)
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
        len(name.parts) > 1 and name.parts[0] in _OF_LAYERS and name.name.casefold() != "bootstrap" for name in names
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

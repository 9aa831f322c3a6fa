"""What an artifact is meant to be: as the spec says, as the command line says, as it looks."""

import mmap
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePosixPath

from lambdabuild.check import OPT, TASK, Subject
from lambdabuild.io.elf import read_elf
from lambdabuild.model.artifact import NOTHING, Entry, Opened, Packed
from lambdabuild.model.elf import ElfFacts, ElfType
from lambdabuild.model.platform import Architecture
from lambdabuild.model.spec import Function
from lambdabuild.pipeline.images import Images

_EXECUTABLE = 0o755
_OF_LAYERS = frozenset(["bin", "lib", "extensions", "python", "nodejs", "java", "ruby", "node_modules"])
"""Folders of a layer (Lambda developer guide, "Layer paths for each Lambda runtime"; Runtime Extensions API)."""


def built(function: Function, architecture: Architecture, own: Opened, images: Images) -> Subject:
    """An artifact of a function of the spec."""
    return Subject(
        architecture=architecture,
        runtime=function.runtime,
        own=own,
        root=OPT if function.layout == "extension" else TASK,
        bootstrap=bootstrap_of(function),
        handler=function.handler,
        static=function.cgo == "off",
        opened=function.extra_needed,
        build_image=partial(images.built_in, function, architecture),
        allow=function.allow,
        today=datetime.now(UTC).date(),
    )


def found(own: Opened, architecture: Architecture, runtime: str) -> Subject:
    """An artifact that no spec describes: a function, or a layer where it looks like one."""
    provided = runtime.startswith("provided")
    layer = is_layer(own)
    return Subject(
        architecture=architecture,
        runtime=runtime,
        own=own,
        root=OPT if layer else TASK,
        bootstrap="bootstrap" if provided and not layer else None,
        today=datetime.now(UTC).date(),
    )


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


def bootstrap_of(function: Function) -> str:
    """The entry that Lambda starts."""
    return f"extensions/{function.name}" if function.layout == "extension" else "bootstrap"


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

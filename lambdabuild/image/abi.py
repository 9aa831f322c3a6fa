"""The ABI inventory as bytes: JSON that is always the same for one image, packed with zstd in the cache."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import Any, Final

from lambdabuild.model.abi import LOADERS, Inventory, SharedObject
from lambdabuild.model.elf import Exports, Linkage, Need

FORMAT: Final = 1
"""Of the document; what is read of an image cannot change without it."""

_LARGEST = 1 << 28
_KEYS = {"version", *(field.name for field in fields(Inventory))}


def encode(inventory: Inventory) -> bytes:
    """The document. Its SHA-256 is what a lock keeps as `abi`."""
    document = {
        "version": FORMAT,
        "manifest": inventory.manifest,
        "platform": inventory.platform,
        "loader": inventory.loader,
        "environment": dict(inventory.environment),
        "directories": inventory.directories,
        "cache": dict(inventory.cache),
        "links": dict(inventory.links),
        "programs": sorted(inventory.programs),
        "objects": {path: _plain(known) for path, known in inventory.objects.items()},
    }
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def decode(content: bytes) -> Inventory:
    """The inventory of a document; libraries are decoded when they are asked for. ValueError for another format."""
    try:
        document = json.loads(content)
    except RecursionError as error:
        raise ValueError("a damaged inventory") from error
    if not isinstance(document, dict) or document.keys() != _KEYS or document["version"] != FORMAT:
        raise ValueError("an inventory of another format")
    if not _is_sound(document):
        raise ValueError("a damaged inventory")
    return Inventory(
        manifest=document["manifest"],
        platform=document["platform"],
        loader=document["loader"],
        environment=document["environment"],
        directories=tuple(document["directories"]),
        cache=document["cache"],
        links=document["links"],
        programs=frozenset(document["programs"]),
        objects=_Objects(document["objects"]),
    )


def digest_of(document: bytes) -> str:
    """As a lock keeps it."""
    return f"sha256:{hashlib.sha256(document).hexdigest()}"


def pack(document: bytes) -> bytes:
    """For the cache."""
    import zstandard

    return zstandard.ZstdCompressor(level=3, write_checksum=True).compress(document)


def unpack(packed: bytes) -> bytes:
    """The document again; ValueError where it is damaged."""
    import zstandard

    try:
        if zstandard.get_frame_parameters(packed).content_size <= _LARGEST:
            return zstandard.ZstdDecompressor().decompress(packed)
    except zstandard.ZstdError as error:
        raise ValueError("a damaged inventory") from error
    raise ValueError("an inventory that is too large")


class _Objects(Mapping[str, SharedObject]):
    """Most of an image's libraries are never asked for."""

    def __init__(self, plain: Mapping[str, Any]) -> None:
        self._plain = plain
        self._known: dict[str, SharedObject] = {}

    def __getitem__(self, path: str) -> SharedObject:
        if path not in self._known:
            self._known[path] = _object(self._plain[path])
        return self._known[path]

    def __contains__(self, path: object) -> bool:
        return path in self._plain

    def __iter__(self) -> Iterator[str]:
        return iter(self._plain)

    def __len__(self) -> int:
        return len(self._plain)


def _is_sound(document: Mapping[str, Any]) -> bool:
    return all(_SHAPES[name](document[name]) for name in _SHAPES.keys() & document.keys()) and all(
        isinstance(plain, dict) and all(_is_field(name, value) for name, value in plain.items())
        for plain in document["objects"].values()
    )


def _is_field(name: str, value: object) -> bool:
    return name in _FIELDS and _FIELDS[name](value)


def _rows(*kinds: type) -> Callable[[object], bool]:
    """A list of lists, each of values of these types."""
    wanted = [*kinds]
    return lambda value: (
        isinstance(value, list) and all(isinstance(row, list) and [*map(type, row)] == wanted for row in value)
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_true(value: object) -> bool:
    return value is True


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _map_texts(value: object) -> bool:
    return isinstance(value, dict) and all(map(_is_text, value.values()))


_SHAPES: Final[Mapping[str, Callable[[object], bool]]] = {
    "manifest": _is_text,
    "platform": lambda value: _is_text(value) and value in LOADERS,
    "loader": lambda value: value is None or _is_text(value),
    "environment": _map_texts,
    "directories": _are_texts,
    "cache": _map_texts,
    "links": _map_texts,
    "programs": _are_texts,
    "objects": lambda value: isinstance(value, dict),
}
_FIELDS: Final[Mapping[str, Callable[[object], bool]]] = {
    "soname": _is_text,
    "needed": _are_texts,
    "rpath": _is_text,
    "runpath": _is_text,
    "nodeflib": _is_true,
    "nodes": _are_texts,
    "versioned": _is_true,
    "needs": _rows(str, str, bool),
    "exports": _rows(str, int, bool, bool, str),
}
"""Of a library, each only where it is not empty."""


def _plain(known: SharedObject) -> dict[str, object]:
    linkage = known.linkage
    facts = {
        "soname": known.soname,
        "needed": known.needed,
        "rpath": known.rpath,
        "runpath": known.runpath,
        "nodeflib": known.nodeflib,
        "nodes": None if linkage.nodes is None else sorted(linkage.nodes),
        "versioned": linkage.versioned,
        "needs": [[one.file, one.node, one.weak] for one in linkage.needs],
        "exports": [[one.node, one.index, one.hidden, one.weak, _joined(one.names)] for one in linkage.exports],
    }
    return {
        name: fact
        for name, fact in facts.items()
        if fact not in (None, False, [], ()) or (name == "nodes" and fact is not None)
    }


def _object(plain: Mapping[str, Any]) -> SharedObject:
    nodes = plain.get("nodes")
    return SharedObject(
        soname=plain.get("soname"),
        needed=tuple(plain.get("needed", ())),
        rpath=plain.get("rpath"),
        runpath=plain.get("runpath"),
        nodeflib=plain.get("nodeflib", False),
        linkage=Linkage(
            needs=tuple(Need(file=file, node=node, weak=weak) for file, node, weak in plain.get("needs", ())),
            nodes=None if nodes is None else frozenset(nodes),
            versioned=plain.get("versioned", False),
            exports=tuple(
                Exports(node=node, index=index, hidden=hidden, weak=weak, names=_split(names))
                for node, index, hidden, weak, names in plain.get("exports", ())
            ),
        ),
    )


def _joined(names: frozenset[str]) -> str:
    """One text is read faster than a list. No compiler writes a line end into a name; such a one is left out."""
    return "\n".join(sorted(name for name in names if "\n" not in name))


def _split(names: str) -> frozenset[str]:
    return frozenset(names.split("\n")) if names else frozenset()

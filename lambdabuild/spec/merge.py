"""One function's fields, from where they are written nearest: itself, `defaults`, the top of the file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from lambdabuild.io.document import KeyPath
from lambdabuild.spec.document import FunctionDocument, SpecDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What is said of one function, and where. `env_origins` has the place of each variable."""

    name: str
    said: FunctionDocument
    origins: Mapping[str, KeyPath]
    env_origins: Mapping[str, KeyPath]

    @property
    def path(self) -> KeyPath:
        """Where the function itself is."""
        return ("functions", self.name)

    def where(self, field: str) -> KeyPath:
        """Where the value of a field is written; the function, where nothing is."""
        return self.origins.get(field, self.path)


def merge(document: SpecDocument) -> Iterator[Merged]:
    """Every function. A value replaces the one that lies further away, lists whole; `env` goes name by name."""
    top = FunctionDocument(runtime=document.runtime, architectures=document.architectures, go=document.go)
    defaults = document.defaults or FunctionDocument()
    for name, function in document.functions.items():
        layers: tuple[tuple[KeyPath, FunctionDocument], ...] = (
            ((), top),
            (("defaults",), defaults),
            (("functions", name), function),
        )
        values: dict[str, Any] = {}
        origins: dict[str, KeyPath] = {}
        env: dict[str, str] = {}
        env_origins: dict[str, KeyPath] = {}
        for path, layer in layers:
            written = {field: value for field in _FIELDS if (value := getattr(layer, field)) is not None}
            values |= written
            origins |= {field: (*path, field) for field in written}
            env |= layer.env or {}
            env_origins |= {variable: (*path, "env", variable) for variable in layer.env or {}}
        said = FunctionDocument(**{**values, "env": env})
        yield Merged(name=name, said=said, origins=origins, env_origins=env_origins)


_FIELDS = tuple(field.name for field in fields(FunctionDocument))

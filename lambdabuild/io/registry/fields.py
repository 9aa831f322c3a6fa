"""Typed reading of a JSON or TOML object: a field is what it should be, or a MalformedError says which is not."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self, TypeVar

_T = TypeVar("_T")


class MalformedError(ValueError):
    """A text is not what it should be. The words go on after its name: `lacks ...`, `is not JSON`."""


def quoted(text: str) -> str:
    """Text of a stranger, fit for a message: short, and nothing that a terminal would obey."""
    return f"`{text[:80].encode('ascii', 'backslashreplace').decode()}`" if text.isprintable() else f"{text[:80]!a}"


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of one object. A null is an absent field, as Go's encoders write it."""

    values: Mapping[str, object]
    path: str = field(default="", kw_only=True)

    @classmethod
    def of_json(cls, content: bytes) -> Self:
        """Decode a JSON object."""
        try:
            value = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise MalformedError("is not JSON") from error
        if not isinstance(value, dict):
            raise MalformedError("is not a JSON object")
        return cls(value)

    def has(self, name: str) -> bool:
        """Whether the field is there."""
        return self.values.get(name) is not None

    def text(self, name: str) -> str:
        """A string that must be there and say something."""
        value = self._typed(name, str, "a string")
        if not value:
            raise MalformedError(f"has an empty `{self.path}{name}`")
        return value

    def optional_text(self, name: str) -> str | None:
        """A string, or None."""
        return self._typed(name, str, "a string") if self.has(name) else None

    def integer(self, name: str) -> int:
        """A whole number that must be there."""
        value = self._typed(name, int, "a whole number")
        if isinstance(value, bool):
            raise MalformedError(f"has `{self.path}{name}` that is not a whole number")
        return value

    def flag(self, name: str) -> bool:
        """A boolean, false where it is absent."""
        return self.has(name) and self._typed(name, bool, "true or false")

    def object(self, name: str) -> "Fields":
        """An object that must be there."""
        return Fields(self._typed(name, dict, "an object"), path=f"{self.path}{name}.")

    def optional_object(self, name: str) -> "Fields":
        """An object, or one without fields."""
        return self.object(name) if self.has(name) else Fields({}, path=f"{self.path}{name}.")

    def objects(self, name: str) -> tuple["Fields", ...]:
        """A list of objects that must be there."""
        items = []
        for number, item in enumerate(self._typed(name, list, "a list")):
            if not isinstance(item, dict):
                raise MalformedError(f"has `{self.path}{name}[{number}]` that is not an object")
            items.append(Fields(item, path=f"{self.path}{name}[{number}]."))
        return tuple(items)

    def optional_objects(self, name: str) -> tuple["Fields", ...]:
        """A list of objects, or none."""
        return self.objects(name) if self.has(name) else ()

    def optional_texts(self, name: str) -> tuple[str, ...]:
        """A list of strings, or none."""
        items = self._typed(name, list, "a list") if self.has(name) else []
        if not all(isinstance(item, str) for item in items):
            raise MalformedError(f"has `{self.path}{name}` that is not a list of strings")
        return tuple(items)

    def _typed(self, name: str, kind: type[_T], words: str) -> _T:
        if not self.has(name):
            raise MalformedError(f"lacks `{self.path}{name}`")
        value = self.values[name]
        if not isinstance(value, kind):
            raise MalformedError(f"has `{self.path}{name}` that is not {words}")
        return value

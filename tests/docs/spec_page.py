"""docs/spec.md, of the JSON schema that `lambdabuild schema` prints."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from lambdabuild.spec import json_schema
from tests.docs.markdown import table
from tests.support.cli import ROOT

_HEAD = """\
<!-- project: examples -->

# buildspec.yaml

`make docs` writes this page, of the types that read the file. For an editor that completes from them, keep the schema
of your version beside the spec, and name it in the first line: `# yaml-language-server: $schema=buildspec.schema.json`.

```sh
lambdabuild schema > buildspec.schema.json
```

It is YAML 1.2: `off`, `no` and `on` are words, and a version is in quotes, since `1.20` is a number. A key that is
unknown or given twice, a tag `latest`, and an image without a tag are errors with line and column. Paths are relative
to the folder of the spec, with `/` on every system, and never lead out of it.
"""
_TITLES = {
    "SpecDocument": "The top",
    "FunctionDocument": "A function",
    "IncludeDocument": "An include",
    "AllowDocument": "An accepted finding",
}
_PATTERNS = """\
A path or a pattern alone is its `source`. `*`, `?` and `[…]` stay inside a folder, `**` crosses any number; names that
begin with a dot match only a pattern that does.
"""
_LINKS = {
    "FunctionDocument": "[a function](#a-function)",
    "IncludeDocument": "[an include](#an-include)",
    "AllowDocument": "[an accepted finding](#an-accepted-finding)",
}
_PLAIN = re.compile("[A-Za-z./-][A-Za-z0-9_./:-]*")
Schema = Mapping[str, Any]


def page() -> str:
    """The page."""
    return "\n".join([_HEAD, *_example(), *_sections()]).rstrip("\n") + "\n"


def _example() -> Iterator[str]:
    text = (ROOT / "examples" / "buildspec.yaml").read_text(encoding="utf-8").rstrip("\n")
    yield f"[One that builds](../examples/buildspec.yaml):\n\n```yaml\n{text}\n```\n"


def _sections() -> Iterator[str]:
    whole = json_schema()
    shapes: dict[str, Schema] = {"SpecDocument": whole, **whole["$defs"]}
    assert shapes.keys() == _TITLES.keys(), "every shape has a section"
    for name, title in _TITLES.items():
        shape = shapes[name]
        yield f"## {title}\n"
        yield f"{shape['description']}\n"
        if name == "IncludeDocument":
            yield _PATTERNS
        needed = frozenset(shape.get("required", ()))
        yield table(
            ("key", "value", "default", ""),
            [
                (f"`{key}`", _value(one), _default(one, needed=key in needed), _said(one))
                for key, one in shape["properties"].items()
            ],
        )


def _value(shape: Schema) -> str:
    match shape:
        case {"$ref": str(name)}:
            said = _LINKS[name.rpartition("/")[2]]
        case {"const": value}:
            said = f"`{value}`"
        case {"enum": values}:
            said = ", ".join(f"`{value}`" for value in values)
        case {"oneOf": forms} | {"anyOf": forms}:
            said = ", or ".join(_value(form) for form in forms)
        case {"type": "array", "items": items}:
            said = f"list of {_value(items)}"
        case {"type": "object", "patternProperties": patterns}:
            said = f"map of names to {_value(next(iter(patterns.values())))}"
        case {"type": "object", "additionalProperties": dict(values)}:
            said = f"map to {_value(values)}"
        case {"type": "boolean"}:
            said = "`true`, `false`"
        case {"type": "string"}:
            said = "text"
        case _:
            raise AssertionError(f"a value that this page cannot describe: {shape}")
    return said


def _default(shape: Schema, *, needed: bool) -> str:
    if needed:
        return "required"
    return f"`{_written(shape['default'])}`" if "default" in shape else ""


def _said(shape: Schema) -> str:
    said = str(shape["description"])
    examples = ", ".join(f"`{_written(one)}`" for one in shape.get("examples", ()))
    return f"{said} For example: {examples}." if examples else said


def _written(value: object, *, inside: bool = False) -> str:
    """As one writes it in a spec, on one line; inside of brackets more has to be in quotes."""
    match value:
        case str():
            plain = _PLAIN.fullmatch(value) if inside else not value[:1].isdigit()
            return value if plain else json.dumps(value)
        case list():
            return f"[{', '.join(_written(one, inside=True) for one in value)}]"
        case dict():
            return f"{{{', '.join(f'{name}: {_written(one, inside=True)}' for name, one in value.items())}}}"
    return json.dumps(value)

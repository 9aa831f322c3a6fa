"""What pydantic finds, in our words: which value, what was expected, what to write.

Importing this imports pydantic: do so inside the function that reads.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from typing import Final

from pydantic_core import ErrorDetails

from lambdabuild.io.document import Document, KeyPath, Plain, brief
from lambdabuild.spec.document import AllowDocument, FunctionDocument, IncludeDocument, SpecDocument
from lambdabuild.spec.nearest import did_you_mean, either, nearest
from lambdabuild.spec.problems import Problems
from lambdabuild.spec.shapes import SHAPES, VERSION

_MEANT: Final[Mapping[str, str]] = {
    "aarch64": "arm64",
    "x64": "amd64",
    "x86-64": "amd64",
    "false": "off",
    "no": "off",
    "none": "off",
    "local": "host",
    "container": "docker",
}
"""What people call things elsewhere; told only where the other word is expected."""

_BOOLEANS: Final[Mapping[str, str]] = {"on": "true", "yes": "true", "off": "false", "no": "false"}

_EXAMPLES: Final[Mapping[str | int, str]] = {"go": "1.26.8", "zig": "0.17.1"}


def tell(error: ErrorDetails, document: Document, problems: Problems) -> None:
    """Add one error of pydantic to the problems. What has no value is told elsewhere."""
    path = _path(error["loc"], document)
    value: Plain = error["input"]
    match error["type"]:
        case "unexpected_keyword_argument":
            problems.add(path, "is not a known key", hint=_known_keys(path), key=True)
        case "missing":
            if not _is_misspelt(str(path[-1]), value):
                problems.add(path, "is missing", hint=_how_to_begin(path), key=True)
        case "too_short" if value:
            pass  # by the items that are wrong, each told by itself
        case _ if value is not None:
            words, hint = _about(error, path, document)
            problems.add(path, words, hint=hint, key=error["loc"][-1:] == ("[key]",))


def _about(error: ErrorDetails, path: KeyPath, document: Document) -> tuple[str, str]:
    """What is there against what was expected; and what to write."""
    value: Plain = error["input"]
    found = f"is {_found(value, document.text(path))}"
    match error["type"]:
        case "string_type":
            expected, hint = "text", _as_text(path, value, document)
        case "bool_type":
            meant = _BOOLEANS.get(str(value).lower(), "true")
            hint = f"write `{path[-1]}: {meant}`; in YAML 1.2 only `true` and `false` are not words"
            expected = "`true` or `false`"
        case "tuple_type":
            expected, hint = "a list", _as_list(path, value)
        case "mapping_type" | "dict_type" | "dataclass_type":
            hint = "write `key: value`, one a line, indented" if path else "begin with `version: 1`"
            expected = "a map"
        case "union_tag_not_found":
            expected, hint = "text or a map", _as_text(path, value, document)
        case "too_short":
            expected, hint = "at least one", "name one"
        case "literal_error" if path == ("version",):
            found = f'is `"{brief(value)}"`, text' if isinstance(value, str) else found
            expected, hint = "the number `1`", "write `version: 1`, the only one so far"
        case "literal_error":
            known = re.findall("'([^']+)'", error["ctx"]["expected"])
            expected, hint = either(known), _meant(str(value).lower(), known)
        case kind:
            assert kind == "string_pattern_mismatch", kind
            pattern = error["ctx"]["pattern"]
            hint = _three_numbers(path, str(value)) if pattern == VERSION else SHAPES[pattern].hint
            found = "is a bad name" if error["loc"][-1] == "[key]" else found
            expected = SHAPES[pattern].expected
    return f"{found}, expected {expected}", hint


def _path(location: Sequence[int | str], document: Document) -> KeyPath:
    """Without what pydantic adds to a path: tags of unions, `[key]`."""
    path: KeyPath = ()
    node = document.root
    for index, part in enumerate(location):
        last = index == len(location) - 1
        if node is not None and part in node.children:
            path, node = (*path, part), node.children[part]
        elif last and part != "[key]" and not str(part).startswith("<"):
            path = (*path, part)
    return path


def _found(value: Plain, text: str | None) -> str:
    match value:
        case bool():
            return f"`{text}`"
        case int() | float():
            return f"the number `{text}`"
        case str():
            return f"`{brief(value)}`" if value else "empty"
        case list():
            return "a list" if value else "an empty list"
        case dict():
            return "a map" if value else "an empty map"
        case None:
            return "empty"


def _known_keys(path: KeyPath) -> str:
    word = str(path[-1])
    top, function = _names(SpecDocument), _names(FunctionDocument)
    match path:
        case (_,) if word in function:
            return f"write `{word}` under `defaults`, or for one function"
        case (_,):
            return did_you_mean(word, top, what="keys")
        case ("defaults", _) | ("functions", _, _):
            if word in top:
                return f"write `{word}` at the top of the file"
            return did_you_mean(word, function, what="keys")
        case (*_, "include", int(), _):
            return did_you_mean(word, _names(IncludeDocument), what="keys")
    return did_you_mean(word, _names(AllowDocument), what="keys")


def _names(document: type[SpecDocument | FunctionDocument | IncludeDocument | AllowDocument]) -> Collection[str]:
    return [field.name for field in fields(document)]


def _is_misspelt(missing: str, siblings: Plain) -> bool:
    """Whether a key is missing only because it is written wrongly, which is told by itself."""
    assert isinstance(siblings, dict)
    known = {*_names(SpecDocument), *_names(IncludeDocument), *_names(AllowDocument)}
    return any(nearest(word, [missing]) for word in siblings if word not in known)


def _how_to_begin(path: KeyPath) -> str:
    examples = {
        "version": "1",
        "go": '"1.26.8"',
        "images": "{provided.al2023: public.ecr.aws/lambda/provided:al2023}",
        "functions": "{orders: {package: ./cmd/orders}}",
        "reason": "why it is fine here",
        "rule": "LB101",
        "source": "templates/**/*.html",
    }
    return f"write `{path[-1]}: {examples[str(path[-1])]}`"


def _as_text(path: KeyPath, value: Plain, document: Document) -> str:
    text = document.text(path)
    if isinstance(value, list | dict) or text is None:
        return "write one line of text"
    if path[-1] in _EXAMPLES and not isinstance(value, bool):
        return _three_numbers(path, text)
    key = "" if isinstance(path[-1], int) else f"{path[-1]}: "
    return f'quote it: `{key}"{brief(text)}"`'


def _as_list(path: KeyPath, value: Plain) -> str:
    if not isinstance(value, str):
        return f"write `{path[-1]}: […]`"
    item = json.dumps(value, ensure_ascii=False) if re.search(r"[^\w./-]", value) else value
    return f"write `{path[-1]}: [{brief(item)}]`"


def _meant(word: str, known: Collection[str]) -> str:
    if (meant := _MEANT.get(word)) in known:
        return f"write `{meant}`"
    near = nearest(word, known)
    return f"did you mean `{near}`?" if near else "write one of them"


def _three_numbers(path: KeyPath, text: str) -> str:
    numbers = re.findall("[0-9]+", text)[:3]
    version = ".".join((*numbers, "0", "0")[:3]) if len(numbers) > 1 else _EXAMPLES[path[-1]]
    return f"write all three numbers, in quotes, such as `{path[-1]}: {json.dumps(version)}`"

"""YAML 1.2 as plain data that knows where it was written; every fault is the caller's class of error.

Importing this imports PyYAML: do so inside the function that reads.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Final

import yaml

from lambdabuild.errors import LambdabuildError
from lambdabuild.io.document import Document, KeyPath, Node, Plain, Position, brief, dotted

MAX_BYTES: Final = 1 << 20
"""The longest file that is read, and the most that aliases may expand to."""

MAX_DEPTH: Final = 50
"""How deep collections may nest."""

_NODE_WEIGHT: Final = 16
_MAX_NUMBER: Final = 20

_UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_NOT_PRINTABLE: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")

_WORDS: Final[Mapping[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER: Final = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)

_SYNTAX: Final = {
    "mapping values are not allowed": (
        "`: ` is not expected here",
        "check the indentation, and quote a value that has `: ` in it",
    ),
    "found unexpected end of stream": ("the quote that opens here is never closed", "close it"),
}


def load(content: bytes, *, file: Path, error: type[LambdabuildError]) -> Document:
    """Read one document by the core schema (YAML 1.2.2, section 10.3.2): `off` and `on` are strings.

    Narrower than YAML: keys are text and unique; no tags, no merge keys, one document, bounded aliases.
    A byte order mark and CRLF are fine. Any fault raises `error`, with line and column.
    """
    reader = _Reader(file=file, error=error)
    return Document(file=file, root=reader.read(reader.decode(content)))


def scalar(text: str) -> bool | int | float | str | None:
    """A plain scalar by the core schema."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text[2:], {"0o": 8, "0x": 16}[text[:2]]) if text[:2] in {"0o", "0x"} else int(text)
    if _FLOAT.fullmatch(text):
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text


class _Reader:
    """Composes nodes from parse events: PyYAML's own composer has no bound on depth, keys, or aliases."""

    def __init__(self, *, file: Path, error: type[LambdabuildError]) -> None:
        self._file = file
        self._error = error
        self._anchors: dict[str, Node | None] = {}
        self._expanded = 0

    def decode(self, content: bytes) -> str:
        """UTF-8 of the characters that YAML allows (section 5.1), without its byte order mark."""
        if len(content) > MAX_BYTES:
            raise self._error(
                f"`{self._file}` is longer than {MAX_BYTES} bytes",
                hint="check that it is the right file",
            )
        if content.startswith(_UTF16_MARKS):
            raise self._error(f"`{self._file}` is UTF-16, expected UTF-8", hint="save it again as UTF-8")
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            before = content[: error.start].decode(errors="replace")
            message = f"byte 0x{error.object[error.start]:02x} is not UTF-8"
            raise self._fault(_offset(before, len(before)), message, hint="save the file as UTF-8") from error
        if match := _NOT_PRINTABLE.search(text):
            message = f"the character U+{ord(match[0]):04X} is not allowed in YAML"
            raise self._fault(_offset(text, match.start()), message, hint="remove it")
        return text

    def read(self, text: str) -> Node | None:
        """The one document of `text`."""
        root: Node | None = None
        documents = 0
        events = self._events(text)
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    message = "a second document begins here, expected one"
                    raise self._fault(_start(event), message, hint="remove the `---`")
                root = self._node(next(events), events, ())
        return None if root is None or root.data is None else root

    def _events(self, text: str) -> Iterator[yaml.Event]:
        try:
            yield from yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        except yaml.MarkedYAMLError as error:
            raise self._syntax(error, text) from error
        except (ValueError, OverflowError) as error:  # PyYAML's Python loader on `"\UFFFFFFFF"`
            raise self._error(f"`{self._file}` has an escape that is not a character: {error}") from error

    def _node(self, event: yaml.Event, events: Iterator[yaml.Event], path: KeyPath) -> Node:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, depth=len(path))
        assert isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent)
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            message = f"the tag `{brief(tag)}` is not understood"
            raise self._fault(_start(event), message, hint="write plain text, a list or a map")
        if len(path) > MAX_DEPTH:
            raise self._fault(_start(event), f"nested more than {MAX_DEPTH} deep")
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        match event:
            case yaml.ScalarEvent():
                node = self._scalar(event)
            case yaml.SequenceStartEvent():
                node = self._sequence(event, events, path)
            case _:
                node = self._mapping(event, events, path)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _alias(self, event: yaml.AliasEvent, *, depth: int) -> Node:
        name = brief(str(event.anchor))
        if event.anchor not in self._anchors:
            hint = f"write `&{name}` at a value above it, or quote it"
            raise self._fault(_start(event), f"`*{name}` names no anchor", hint=hint)
        node = self._anchors[event.anchor]
        if node is None:
            message = f"`*{name}` lies inside its own anchor"
            raise self._fault(_start(event), message, hint="write the value out")
        if depth + node.height > MAX_DEPTH:
            raise self._fault(_start(event), f"`*{name}` nests more than {MAX_DEPTH} deep")
        self._expanded += node.weight
        if self._expanded > MAX_BYTES:
            message = f"`*{name}`: the aliases of this file expand to more than {MAX_BYTES} bytes"
            raise self._fault(_start(event), message, hint="write the values out")
        return node

    def _scalar(self, event: yaml.ScalarEvent) -> Node:
        text: str = event.value
        plain = not event.style
        if _SURROGATE.search(text):  # PyYAML's C loader refuses the escape itself
            raise self._fault(_start(event), "an escape that is not a character")
        if plain and len(text) > _MAX_NUMBER and (_INTEGER.fullmatch(text) or _FLOAT.fullmatch(text)):
            raise self._fault(_start(event), f"a number of {len(text)} characters", hint="quote it")
        return Node(
            position=_start(event),
            data=scalar(text) if plain else text,
            text=text if plain else None,
            weight=_NODE_WEIGHT + len(text),
        )

    def _sequence(self, event: yaml.Event, events: Iterator[yaml.Event], path: KeyPath) -> Node:
        children: list[Node] = []
        while not isinstance(item := next(events), yaml.SequenceEndEvent):
            children.append(self._node(item, events, (*path, len(children))))
        return Node(
            position=_start(event),
            data=[child.data for child in children],
            children=dict(enumerate(children)),
            weight=_weight(children),
            height=_height(children),
        )

    def _mapping(self, event: yaml.Event, events: Iterator[yaml.Event], path: KeyPath) -> Node:
        keys: dict[str | int, Position] = {}
        children: dict[str | int, Node] = {}
        data: dict[str, Plain] = {}
        while not isinstance(item := next(events), yaml.MappingEndEvent):
            key = self._key(item)
            if key in keys:
                message = f"`{dotted((*path, key))}` is written twice, first on line {keys[key].line}"
                raise self._fault(_start(item), message, hint="keep one of them")
            keys[key] = _start(item)
            children[key] = self._node(next(events), events, (*path, key))
            data[key] = children[key].data
        return Node(
            position=_start(event),
            data=data,
            weight=_weight(children.values()) + sum(map(len, data)),
            height=_height(children.values()),
            keys=keys,
            children=children,
        )

    def _key(self, event: yaml.Event) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            raise self._fault(_start(event), "a key must be text", hint="write one word before the `:`")
        node = self._node(event, iter(()), ())
        if node.text == "<<":
            hint = "write the keys out, or alias a whole value"
            raise self._fault(node.position, "`<<`, the merge key of YAML 1.1, is not understood", hint=hint)
        if not isinstance(node.data, str):
            message = f"the key `{node.text}` is not text" if node.text else "a key is missing"
            raise self._fault(node.position, message, hint=f'quote it: `"{node.text}"`')
        return node.data

    def _syntax(self, error: yaml.MarkedYAMLError, text: str) -> LambdabuildError:
        problem = brief(error.problem or error.context or "it cannot be parsed")
        mark = error.problem_mark
        if "end of stream" in problem and error.context_mark:
            mark = error.context_mark
        assert mark is not None, "PyYAML marks every problem of its scanner and parser"
        position = Position(mark.line + 1, mark.column + 1)
        lines = text.split("\n")
        line = lines[position.line - 1] if position.line <= len(lines) else ""
        if "\t" in line[: len(line) - len(line.lstrip())] or line[position.column - 1 :].startswith("\t"):
            return self._fault(position, "a tab, expected spaces", hint="YAML is indented with spaces")
        if "cannot start any token" in problem:
            message = f"a value cannot begin with `{line[position.column - 1 : position.column]}`"
            return self._fault(position, message, hint="quote the value")
        for begin, (message, hint) in _SYNTAX.items():
            if problem.startswith(begin):
                return self._fault(position, message, hint=hint)
        hint = "check the indentation, brackets and quotes"
        return self._fault(position, f"not YAML: {problem}", hint=hint)

    def _fault(self, position: Position, message: str, *, hint: str | None = None) -> LambdabuildError:
        return self._error(f"`{self._file}:{position.line}:{position.column}`: {message}", hint=hint)


def _start(event: yaml.Event) -> Position:
    assert event.start_mark is not None, "PyYAML marks every event of a parse"
    return Position(event.start_mark.line + 1, event.start_mark.column + 1)


def _offset(text: str, index: int) -> Position:
    return Position(text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index))


def _weight(children: Collection[Node]) -> int:
    return _NODE_WEIGHT + sum(child.weight for child in children)


def _height(children: Collection[Node]) -> int:
    return max((child.height + 1 for child in children), default=0)

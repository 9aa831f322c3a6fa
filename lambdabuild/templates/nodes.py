"""A template as YAML nodes that know their places: every tag survives, and nothing is resolved.

Importing this imports ruamel.yaml: do so inside the function that reads.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from lambdabuild.errors import UsageError
from lambdabuild.io.text import printable

Pairs: TypeAlias = "Mapping[str, tuple[Node, Node]]"
"""Key and value of a mapping, by the text of the key."""

_MERGE: Final = "tag:yaml.org,2002:merge"
_MOST_MERGES: Final = 50
_STANDARD: Final = "tag:yaml.org,2002:"


class TemplateError(UsageError):
    """A template that cannot be read, or not be understood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One file: its text without a byte order mark, and its root."""

    file: Path
    text: str
    root: MappingNode

    def fault(self, node: Node, message: str, *, hint: str | None = None) -> TemplateError:
        """An error about what begins at `node`."""
        return TemplateError(f"`{self.file}:{line(node)}`: {message}", hint=hint)

    def mapping(self, node: Node, what: str) -> Pairs:
        """The pairs of a mapping; TemplateError where it is none."""
        if not isinstance(node, MappingNode) or is_intrinsic(node):
            raise self.fault(node, f"{what} is {kind(node)}, expected a mapping")
        return pairs(node)


def read_template(file: Path) -> Template:
    """YAML or JSON, one document, in UTF-8; TemplateError otherwise, with the line."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TemplateError(f"`{file}` is not UTF-8", hint="save it again as UTF-8") from error
    except OSError as error:
        raise TemplateError(f"`{file}` cannot be read: {error.strerror}", hint="name the template") from error
    return parse_template(file, text)


def parse_template(file: Path, text: str) -> Template:
    """The same, of text at hand."""
    root = _compose(file, text)
    if root is not None:
        _refuse_circles(file, root)
    if not isinstance(root, MappingNode):
        raise TemplateError(
            f"`{file}` is no template: it is {kind(root) if root else 'empty'}, expected a mapping with `Resources`"
        )
    return Template(file=file, text=text, root=root)


def _compose(file: Path, text: str) -> Node | None:
    reader = YAML(typ="safe", pure=True)
    try:
        root: Node | None = reader.compose(_without_tabs(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"`{file}:{mark.line + 1}`" if mark else f"`{file}`"
        raise TemplateError(
            f"{place}: not YAML: {printable(str(error.problem or error.context))}",
            hint="check the indentation, brackets and quotes",
        ) from error
    except YAMLError as error:
        raise TemplateError(f"`{file}`: not YAML: {printable(str(error).splitlines()[0])}") from error
    except RecursionError as error:
        raise TemplateError(f"`{file}` is nested too deep", hint="check that it is the right file") from error
    return root


def _refuse_circles(file: Path, root: Node) -> None:
    """TemplateError where a mapping merges itself: who reads what it has would never end."""
    left = [one for one in _mappings(root) if _merges(one)]
    for _ in range(_MOST_MERGES):
        waiting = {id(one) for one in left}
        left = [one for one in left if any(id(other) in waiting for other in _merges(one))]
    if left:
        raise TemplateError(
            f"`{file}:{line(left[0])}`: `<<` merges a mapping into itself, or more than {_MOST_MERGES} in a row",
            hint="take the `<<` out",
        )


def _mappings(root: Node) -> Iterator[MappingNode]:
    """Each once, by aliases, too."""
    waiting, seen = [root], {id(root)}
    while waiting:
        node = waiting.pop()
        below: list[Node] = []
        if isinstance(node, MappingNode):
            yield node
            below = [one for pair in node.value for one in pair]
        elif isinstance(node, SequenceNode):
            below = node.value
        fresh = {id(one): one for one in below if id(one) not in seen}
        seen |= fresh.keys()
        waiting.extend(reversed(fresh.values()))


def _merges(node: MappingNode) -> list[MappingNode]:
    return [other for key, value in node.value if key.tag == _MERGE for other in _merged(value)]


def _without_tabs(text: str) -> str:
    """JSON may be indented with tabs, YAML may not; in a string of JSON there is none."""
    if "\t" not in text or not text.lstrip().startswith("{"):
        return text
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return text
    return text.replace("\t", " ")


def pairs(node: MappingNode) -> Pairs:
    """The last of a key counts, as in `sam`; what `<<` merges is there where it is not said otherwise."""
    merged: dict[str, tuple[Node, Node]] = {}
    own: dict[str, tuple[Node, Node]] = {}
    for key, value in node.value:
        if key.tag == _MERGE:
            for other in _merged(value):
                merged = {**pairs(other), **merged}
        elif isinstance(key, ScalarNode):
            own[key.value] = (key, value)
    return {**merged, **own}


def _merged(node: Node) -> Iterator[MappingNode]:
    every = node.value if isinstance(node, SequenceNode) else [node]
    return (one for one in every if isinstance(one, MappingNode))


def line(node: Node) -> int:
    """Counted from 1."""
    return int(node.start_mark.line) + 1


def is_intrinsic(node: Node) -> bool:
    """Whether it is a function of CloudFormation, of whatever name: `!Ref A`, `{"Ref": "A"}`, `Fn::Sub: …`."""
    if not str(node.tag).startswith(_STANDARD):
        return True
    if not isinstance(node, MappingNode) or len(node.value) != 1:
        return False
    name = node.value[0][0].value
    return isinstance(name, str) and (name in {"Ref", "Condition"} or name.startswith("Fn::"))


def constant(node: Node) -> str | None:
    """The text of a scalar, or of a `Sub` in which nothing is substituted; None for what is settled later."""
    if isinstance(node, ScalarNode):
        if str(node.tag).startswith(_STANDARD):
            return str(node.value)
        return _plain(node) if str(node.tag) == "!Sub" else None
    if isinstance(node, MappingNode) and is_intrinsic(node) and node.value[0][0].value == "Fn::Sub":
        return _plain(node.value[0][1])
    return None


def _plain(node: Node) -> str | None:
    return str(node.value) if isinstance(node, ScalarNode) and "${" not in node.value else None


def is_null(node: Node) -> bool:
    """Whether nothing is written there."""
    return str(node.tag) == f"{_STANDARD}null"


def kind(node: Node) -> str:
    """What a node is, as messages say it."""
    if is_intrinsic(node):
        return "an intrinsic function"
    match node:
        case MappingNode():
            return "a mapping"
        case SequenceNode():
            return "a list"
    return "empty" if is_null(node) else "text"

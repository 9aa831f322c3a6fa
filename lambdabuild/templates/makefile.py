"""The lines in a template that let `sam build` call make, put there without touching any other.

A template that is loaded and dumped comes back in the dumper's style; so text is put in at places that the nodes name.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

from lambdabuild.io.files import write_atomically
from lambdabuild.templates.nodes import Template, is_intrinsic, is_null, kind, pairs, parse_template, read_template
from lambdabuild.templates.sam import function_resources, functions_of

BUILD_METHOD: Final = "makefile"
_TEXT: Final = re.compile(r"[A-Za-z][\w.-]*", re.ASCII)
_WORDS: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""Texts that YAML takes for something else (YAML 1.1, "Language-Independent Types": bool, null)."""

_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edit:
    """`text` in the place of what lies between two offsets."""

    start: int
    end: int
    text: str


def write_makefile_method(path: Path, names: Mapping[str, str | None]) -> bool:
    """Let the functions of these logical ids be built by make, and say what the spec calls them, where it is not None.

    Whether anything had to be written. The file appears whole or not at all, with every other byte as it was;
    TemplateError where it cannot be: Metadata that is an alias or an intrinsic function.
    """
    template = read_template(path)
    edits = [
        edit
        for name, key, resource in function_resources(template)
        if name in names
        for edit in _Resource(template, name, key, resource).edits(names[name])
    ]
    if not edits:
        return False
    text = template.text
    for edit in sorted(edits, key=lambda one: one.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    written = {one.logical_id: one for one in functions_of(parse_template(path, text))}
    assert all(
        written[name].build_method == BUILD_METHOD and named in {None, written[name].named}
        for name, named in names.items()
    ), "what was put in is what is read"
    real = path.resolve()
    mark = _BOM if real.read_bytes().startswith(_BOM) else b""
    write_atomically(real, mark + text.encode(), mode=real.stat().st_mode & 0o777)
    return True


class _Resource:
    """One function of a template, and where lines go in it."""

    def __init__(self, template: Template, name: str, key: Node, resource: MappingNode) -> None:
        self._template = template
        self._text = template.text
        self._name = name
        self._key_node = key
        self._resource = resource
        self._newline = "\r\n" if "\r\n" in template.text else "\n"
        self._json = template.text.lstrip().startswith("{")

    def edits(self, named: str | None) -> list[_Edit]:
        """What is not there yet."""
        wanted = {"BuildMethod": BUILD_METHOD} | ({"LambdabuildFunction": named} if named is not None else {})
        if _begin(self._resource) < _end(self._key_node):
            raise self._fault(self._key_node, f"`{self._name}` is an alias")
        metadata = _own(self._resource, "Metadata")
        if metadata is None and "Metadata" not in pairs(self._resource):
            return [self._section(wanted)]
        of = f"`Metadata` of `{self._name}`"
        if metadata is None:
            raise self._fault(self._key_node, f"{of} is merged into it")
        key, value = metadata
        if not isinstance(value, MappingNode) or is_intrinsic(value) or _begin(value) < _end(key):
            raise self._fault(key, f"{of} is {'an alias' if _begin(value) < _end(key) else kind(value)}")
        edits = []
        lacking = {}
        for name, text in wanted.items():
            said = _own(value, name)
            if said is None:
                lacking[name] = text
            elif not isinstance(said[1], ScalarNode) or not _is_plain(*said):
                raise self._fault(said[0], f"{of} has a `{name}` that is no plain text")
            elif said[1].value != text:
                edits.append(_Edit(start=_begin(said[1]), end=_end(said[1]), text=self._quoted(text, said[1].style)))
        if lacking:
            edits.append(self._pairs(value, lacking))
        return edits

    def _fault(self, node: Node, what: str) -> Exception:
        return self._template.fault(
            node, what, hint=f"write it out, with `BuildMethod: {BUILD_METHOD}` below `Metadata`"
        )

    def _section(self, wanted: Mapping[str, str]) -> _Edit:
        """`Metadata` behind `Type`, where that is written here, on a line; else before what is first."""
        own = _own(self._resource, "Type")
        own = own if own and _is_plain(*own) else None
        if self._resource.flow_style:
            section = self._flow("Metadata", wanted, self._resource)
            if own:
                comma = f",{self._gap(own[0])}"
                return _Edit(start=_end(own[1]), end=_end(own[1]), text=comma + section)
            return self._first(self._resource, [section])
        first = own[0] if own else self._resource.value[0][0]
        indent = " " * first.start_mark.column
        lines = [
            f"{indent}Metadata:",
            *(f"{indent}{self._step()}{name}: {_plain(text)}" for name, text in wanted.items()),
        ]
        if not own:
            return self._first(self._resource, [f"{self._newline}".join(lines).lstrip(" ")])
        end = self._text.find("\n", _end(own[1]))
        if end < 0:
            return _Edit(
                start=len(self._text), end=len(self._text), text="".join(f"{self._newline}{each}" for each in lines)
            )
        return _Edit(start=end + 1, end=end + 1, text="".join(f"{each}{self._newline}" for each in lines))

    def _pairs(self, mapping: MappingNode, wanted: Mapping[str, str]) -> _Edit:
        """Pairs before the first of a mapping."""
        flow = bool(mapping.flow_style)
        return self._first(
            mapping,
            [f"{self._key(name)}: {self._key(text) if flow else _plain(text)}" for name, text in wanted.items()],
        )

    def _first(self, mapping: MappingNode, texts: list[str]) -> _Edit:
        """Texts before the first key of a mapping; behind the brace of an empty one."""
        if not mapping.value:
            start = _begin(mapping) + self._text[_begin(mapping) : _end(mapping)].index("{") + 1
            return _Edit(start=start, end=start, text=", ".join(texts))
        key = mapping.value[0][0]
        comma = "," if mapping.flow_style else ""
        text = "".join(f"{each}{comma}{self._gap(key)}" for each in texts)
        return _Edit(start=_begin(key), end=_begin(key), text=text)

    def _gap(self, key: Node) -> str:
        """What lies between a key and the one before it: a new line, as far in, or a space."""
        begin = self._text.rfind("\n", 0, _begin(key)) + 1
        before = self._text[begin : _begin(key)]
        return f"{self._newline}{before}" if not before.strip() else " "

    def _flow(self, name: str, wanted: Mapping[str, str], near: MappingNode) -> str:
        inner = [f"{self._key(key)}: {self._key(text)}" for key, text in wanted.items()]
        gap = self._gap(near.value[0][0])
        if gap == " ":
            return f"{self._key(name)}: {{{', '.join(inner)}}}"
        deeper = gap + self._step()
        return f"{self._key(name)}: {{{deeper}{f',{deeper}'.join(inner)}{gap}}}"

    def _key(self, text: str) -> str:
        return json.dumps(text) if self._json else _plain(text)

    def _quoted(self, text: str, style: str | None) -> str:
        return f"{style}{text}{style}" if style in {"'", '"'} else _plain(text)

    def _step(self) -> str:
        """How far the template goes in, level by level."""
        own = _own(self._resource, "Properties")
        if own and isinstance(own[1], MappingNode) and own[1].value and _begin(own[1]) > _end(own[0]):
            outer, inner = own[0].start_mark, own[1].value[0][0].start_mark
            if inner.line > outer.line and inner.column > outer.column:
                start = inner.index - inner.column + outer.column
                return self._text[start : inner.index]
        return "  "


def _is_plain(key: Node, value: Node) -> bool:
    """Whether it is text on its own: no alias, anchor, tag or block, and not empty."""
    return (
        isinstance(value, ScalarNode)
        and not is_intrinsic(value)
        and not is_null(value)
        and value.anchor is None
        and value.style not in {"|", ">"}
        and _begin(value) > _end(key)
    )


def _plain(text: str) -> str:
    """A name as YAML 1.1 and 1.2 read it as text: in quotes, where it would be a number, a date, null or a boolean."""
    return text if _TEXT.fullmatch(text) and text.casefold() not in _WORDS else json.dumps(text)


def _own(mapping: MappingNode, name: str) -> tuple[Node, Node] | None:
    """A pair that is written in this mapping, not merged into it; the last, as it counts."""
    found = [(key, value) for key, value in mapping.value if isinstance(key, ScalarNode) and key.value == name]
    return found[-1] if found else None


def _begin(node: Node) -> int:
    return int(node.start_mark.index)


def _end(node: Node) -> int:
    return int(node.end_mark.index)

"""The Lambda functions of a template of SAM or CloudFormation, with the line of each thing that it says of them.

What only a deployment settles is not guessed: a parameter has a default, and may be given another value.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from lambdabuild.model.template import Saying, TemplateFunction
from lambdabuild.templates.nodes import (
    Pairs,
    Template,
    TemplateError,
    constant,
    is_intrinsic,
    is_null,
    kind,
    line,
    pairs,
    read_template,
)

SERVERLESS: Final = "AWS::Serverless::Function"
TYPES: Final = frozenset({SERVERLESS, "AWS::Lambda::Function"})
STACKS: Final = {"AWS::Serverless::Application": "Location", "AWS::CloudFormation::Stack": "TemplateURL"}
"""Resources that are templates themselves, and what names the template."""

_PROPERTIES: Final[Mapping[str, Saying]] = {
    "Runtime": "runtime",
    "Handler": "handler",
    "Architectures": "architectures",
    "CodeUri": "code",
    "Code": "code",
    "PackageType": "package_type",
}
_METADATA: Final[Mapping[str, Saying]] = {
    "BuildMethod": "build_method",
    "LambdabuildFunction": "named",
    "aws:asset:path": "asset",
}


def read_sam(path: Path) -> tuple[TemplateFunction, ...]:
    """The functions of the template at `path`, in its order; TemplateError with file and line for what is no template.

    `Globals.Function` is honoured. Resources of other types, and whatever is not a plain resource, are passed over.
    """
    return functions_of(read_template(path))


def functions_of(template: Template) -> tuple[TemplateFunction, ...]:
    """The same, of one that is read already."""
    shared = _globals(template)
    found = []
    for name, key, resource in function_resources(template):
        said = pairs(resource)
        properties = _section(template, said, "Properties", of=name)
        metadata = _section(template, said, "Metadata", of=name)
        inherited = shared if _type(resource) == SERVERLESS else {}
        reader = _Reader(template=template, name=name)
        reader.read({**inherited, **properties}, _PROPERTIES)
        reader.read(metadata, _METADATA)
        found.append(reader.function(line(key)))
    return tuple(found)


def stacks_of(template: Template) -> Mapping[str, str | None]:
    """The nested stacks of a template by logical id, and the path or address of each one's own template.

    None where only a deployment settles it.
    """
    stacks = {}
    for name, _, resource in _resources(template, frozenset(STACKS)):
        properties = _section(template, pairs(resource), "Properties", of=name)
        said = properties.get(STACKS[_type(resource) or ""])
        stacks[name] = constant(said[1]) if said else None
    return stacks


def function_resources(template: Template) -> list[tuple[str, Node, MappingNode]]:
    """Logical id, key and value of every Lambda function."""
    return _resources(template, TYPES)


def _resources(template: Template, types: frozenset[str]) -> list[tuple[str, Node, MappingNode]]:
    resources = pairs(template.root).get("Resources")
    if resources is None:
        raise TemplateError(
            f"`{template.file}` is no template of SAM or CloudFormation: it has no `Resources`",
            hint="name the template",
        )
    if is_null(resources[1]):
        return []
    return [
        (name, key, value)
        for name, (key, value) in template.mapping(resources[1], "`Resources`").items()
        if isinstance(value, MappingNode) and _type(value) in types
    ]


def _type(resource: MappingNode) -> str | None:
    said = pairs(resource).get("Type")
    return constant(said[1]) if said else None


def _globals(template: Template) -> Pairs:
    """`Globals.Function`: what every serverless function says unless it says otherwise itself."""
    every = _section(template, pairs(template.root), "Globals", of=None)
    return _section(template, every, "Function", of="Globals")


def _section(template: Template, said: Pairs, section: str, *, of: str | None) -> Pairs:
    if section not in said or is_null(said[section][1]):
        return {}
    return template.mapping(said[section][1], f"`{section}` of `{of}`" if of else f"`{section}`")


class _Reader:
    """Gathers what is said of one function."""

    def __init__(self, *, template: Template, name: str) -> None:
        self._template = template
        self._name = name
        self._texts: dict[Saying, str] = {}
        self._architectures: tuple[str, ...] | None = None
        self._unsettled: set[Saying] = set()
        self._lines: dict[Saying, int] = {}

    def read(self, said: Pairs, known: Mapping[str, Saying]) -> None:
        for name, (key, value) in said.items():
            if name in known and not is_null(value):
                self._lines[known[name]] = line(key)
                if known[name] == "architectures":
                    self._list(name, value)
                else:
                    self._text(name, known[name], value)

    def function(self, at: int) -> TemplateFunction:
        said = self._texts.get
        return TemplateFunction(
            file=self._template.file,
            logical_id=self._name,
            line=at,
            runtime=said("runtime"),
            handler=said("handler"),
            architectures=self._architectures,
            code=said("code"),
            package_type=said("package_type"),
            build_method=said("build_method"),
            named=said("named"),
            asset=said("asset"),
            unsettled=frozenset(self._unsettled),
            lines=self._lines,
        )

    def _text(self, name: str, saying: Saying, value: Node) -> None:
        if (text := constant(value)) is not None:
            self._texts[saying] = text
        elif is_intrinsic(value) or (saying == "code" and isinstance(value, MappingNode)):
            self._unsettled.add(saying)
        else:
            raise self._fault(name, value, "text")

    def _list(self, name: str, value: Node) -> None:
        if is_intrinsic(value):
            self._unsettled.add("architectures")
            return
        if not isinstance(value, SequenceNode):
            raise self._fault(name, value, "a list")
        texts = [constant(one) for one in value.value]
        if all(text is not None for text in texts):
            self._architectures = tuple(text for text in texts if text is not None)
        else:
            self._unsettled.add("architectures")

    def _fault(self, name: str, value: Node, expected: str) -> TemplateError:
        return self._template.fault(value, f"`{name}` of `{self._name}` is {kind(value)}, expected {expected}")

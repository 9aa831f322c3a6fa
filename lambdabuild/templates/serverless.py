"""The Lambda functions of a serverless.yml, with the line of each thing that it says of them.

Source: the Serverless Framework's guide for AWS, pages "serverless.yml reference" and "Functions". What `${…}` stands
for is settled at a deployment, and is not guessed.
"""

import posixpath
from pathlib import Path
from typing import Final

from ruamel.yaml.nodes import MappingNode, Node

from lambdabuild.model.template import Saying, TemplateFunction
from lambdabuild.templates.nodes import Pairs, Template, constant, is_null, line, pairs, read_template


def read_serverless(path: Path) -> tuple[TemplateFunction, ...]:
    """The functions of the file at `path`, in its order; TemplateError with file and line for what is none.

    `logical_id` is the key under `functions`; `code` is the artifact of `package`, or the folder of a handler that is
    a Go file.
    """
    template = read_template(path)
    root = pairs(template.root)
    provider = _section(root, "provider")
    functions = _section(root, "functions")
    return tuple(
        _function(template, name, key, pairs(value), provider)
        for name, (key, value) in functions.items()
        if isinstance(value, MappingNode)
    )


def _section(said: Pairs, name: str) -> Pairs:
    """`functions: ${file(…)}` is settled elsewhere, as is a list of files: nothing is said here."""
    value = said[name][1] if name in said else None
    return pairs(value) if isinstance(value, MappingNode) else {}


_INHERITED: Final[dict[str, Saying]] = {"runtime": "runtime", "architecture": "architectures"}


def _function(template: Template, name: str, key: Node, said: Pairs, provider: Pairs) -> TemplateFunction:
    package = _section(said, "package")
    texts: dict[Saying, str] = {}
    lines: dict[Saying, int] = {}
    unsettled: set[Saying] = set()

    def read(pairs_: Pairs, word: str, saying: Saying) -> None:
        if word not in pairs_ or is_null(pairs_[word][1]):
            return
        at, value = pairs_[word]
        lines[saying] = line(at)
        text = constant(value)
        if text is None or "${" in text:
            unsettled.add(saying)
        else:
            texts[saying] = text

    for word, saying in _INHERITED.items():
        read(said if word in said else provider, word, saying)
    read(said, "handler", "handler")
    read(said, "image", "package_type")
    read(package, "artifact", "code")
    handler = texts.get("handler", "")
    if "code" not in lines and handler.endswith(".go"):
        texts["code"], lines["code"] = posixpath.dirname(handler) or ".", lines["handler"]
    architecture = texts.get("architectures")
    return TemplateFunction(
        file=template.file,
        logical_id=name,
        line=line(key),
        runtime=texts.get("runtime"),
        handler=texts.get("handler"),
        architectures=None if architecture is None else (architecture,),
        code=texts.get("code"),
        package_type="Image" if "package_type" in lines else None,
        unsettled=frozenset(unsettled),
        lines=lines,
    )

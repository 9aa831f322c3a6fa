"""Read `buildspec.yaml`: from bytes to the resolved spec, or to the first problems with their places."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lambdabuild.errors import SpecError
from lambdabuild.io.document import Document, KeyPath, Node
from lambdabuild.model.spec import Spec
from lambdabuild.spec.problems import Problems
from lambdabuild.spec.refusals import (
    BadVariableError,
    CodeBuildSpecError,
    EmptySpecError,
    MissingSpecError,
    UnknownVariableError,
    UnreadableSpecError,
)
from lambdabuild.spec.shapes import VALUE

if TYPE_CHECKING:
    from lambdabuild.spec.document import SpecDocument

_UNDECODED: Final = re.compile("[\ud800-\udfff]")
"""Bytes of a command line that are not UTF-8 (PEP 383)."""


def load(file: Path, *, variables: Mapping[str, str] | None = None) -> Spec:
    """The spec in `file`, with `variables` (`build --set`) over its own.

    SpecError with the first problems and their places; UsageError for a variable that the spec does not have.
    """
    from lambdabuild.spec.resolve import resolve

    document = _read(file)
    problems = Problems(document)
    written = _validate(document, problems)
    words = _variables(file, written.variables or {}, variables or {})
    spec = resolve(written, file=file, variables=words, problems=problems)
    problems.refuse_if_any()
    return spec


def _read(file: Path) -> Document:
    from lambdabuild.io import yaml

    try:
        with file.open("rb") as stream:
            content = stream.read(yaml.MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise MissingSpecError(file) from error
    except OSError as error:
        raise UnreadableSpecError(file, error.strerror or str(error)) from error
    document = yaml.load(content, file=file, error=SpecError)
    if document.root is None:
        raise EmptySpecError(file)
    if "phases" in document.root.children:
        raise CodeBuildSpecError(file)
    return document


def _validate(document: Document, problems: Problems) -> "SpecDocument":
    from pydantic import TypeAdapter, ValidationError

    from lambdabuild.spec.document import SpecDocument
    from lambdabuild.spec.wording import tell

    assert document.root is not None, "an empty file is refused before"
    written: SpecDocument | None = None
    try:
        written = TypeAdapter(SpecDocument).validate_json(json.dumps(document.data))
    except ValidationError as error:
        errors = error.errors(include_url=False)
        version = [each for each in errors if each["loc"] == ("version",) and each["type"] == "literal_error"]
        for each in version or errors:  # a file of another version is another format
            tell(each, document, problems)
    for path in _without_value(document.root):
        key = not isinstance(path[-1], int)
        problems.add(path, "has no value", hint="write one, or remove the line", key=key)
    problems.refuse_if_any()
    assert written is not None, "what pydantic refuses is a problem"
    return written


def _without_value(node: Node, path: KeyPath = ()) -> Iterator[KeyPath]:
    for part, child in node.children.items():
        if child.data is None:
            yield (*path, part)
        else:
            yield from _without_value(child, (*path, part))


def _variables(file: Path, own: Mapping[str, str], given: Mapping[str, str]) -> Mapping[str, str]:
    for name, value in given.items():
        if name not in own:
            raise UnknownVariableError(file, name, own)
        if not re.fullmatch(VALUE, value) or _UNDECODED.search(value):
            raise BadVariableError(name)
    return {**own, **given}

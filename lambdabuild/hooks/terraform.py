"""The protocol of Terraform's data source `external`: one object of strings in, one out.

HashiCorp's provider `external`, "external (Data Source)", section "External Program Protocol".
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lambdabuild.errors import UsageError
from lambdabuild.hooks.building import build_function
from lambdabuild.io.text import printable
from lambdabuild.model.artifact import Selection
from lambdabuild.model.platform import LAMBDA_NAMES, OF_LAMBDA, Architecture
from lambdabuild.model.spec import BOOTSTRAP
from lambdabuild.pipeline.request import Request, selected
from lambdabuild.report.style import Style
from lambdabuild.spec import load

_KEYS: Final = ("function", "architecture", "file")
_SET: Final = "set."
"""`set.version` is the variable `version` of the spec: what a query holds is text, and no object."""

_CPUS: Final = {*Architecture, *OF_LAMBDA}
_EXAMPLE: Final = 'write `query = { function = "orders", architecture = "arm64" }`'


class QueryError(UsageError):
    """What Terraform asks is not what the hook answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What Terraform asks for. `file` is the spec, as seen from where Terraform runs; `variables` are those of it."""

    function: str
    architecture: Architecture | None
    file: Path | None
    variables: Mapping[str, str]


def read_query(text: bytes) -> Query:
    """The query on stdin; QueryError where it is none."""
    try:
        query = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise QueryError(f"stdin is not JSON: {error}", hint=f"Terraform writes it: {_EXAMPLE}") from error
    if not isinstance(query, dict):
        raise QueryError(f"stdin is {_kind(query)}, expected one JSON object", hint=f"Terraform writes it: {_EXAMPLE}")
    for key, value in query.items():
        if key not in _KEYS and not key.startswith(_SET):
            raise QueryError(
                f"query: `{printable(key)}` is not understood",
                hint=f"known: {', '.join(f'`{one}`' for one in _KEYS)}, and `{_SET}NAME` for a variable of the spec",
            )
        if not isinstance(value, str):
            raise QueryError(f"query: `{printable(key)}` is {_kind(value)}, expected text", hint=_EXAMPLE)
    if not query.get("function"):
        raise QueryError("query: `function` is missing", hint=_EXAMPLE)
    architecture = query.get("architecture")
    if architecture and architecture not in _CPUS:
        raise QueryError(
            f"query: `architecture` is `{printable(architecture)}`", hint="write `arm64`, or `x86_64` (amd64)"
        )
    file = query.get("file")
    return Query(
        function=query["function"],
        architecture=Architecture.named(architecture) if architecture else None,
        file=Path(file) if file else None,
        variables={key.removeprefix(_SET): value for key, value in query.items() if key.startswith(_SET)},
    )


def answer(request: Request, query: Query, style: Style) -> str:
    """Build, and the result as JSON: `filename` as seen from here, `source_code_hash`, and what else a resource needs.

    QueryError where the query leaves open which zip is meant.
    """
    spec = load(request.spec_file, variables=request.variables)
    (function,) = selected(spec, Selection(functions=frozenset({query.function})))
    if query.architecture is None and len(function.artifacts) > 1:
        names = " and ".join(LAMBDA_NAMES[one] for one in function.architectures)
        raise QueryError(f"query: `{function.name}` is built for {names}, and `architecture` is missing", hint=_EXAMPLE)
    (artifact,) = build_function(request, function.name, query.architecture, style)
    result = {
        "filename": os.path.relpath(spec.project / artifact.path),
        "source_code_hash": artifact.code_sha256,
        "architecture": LAMBDA_NAMES[query.architecture or function.architectures[0]],
        "runtime": function.runtime,
        "handler": function.handler or BOOTSTRAP,
        "sha256": artifact.sha256,
    }
    return json.dumps(result, sort_keys=True) + "\n"


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
    return "an object"

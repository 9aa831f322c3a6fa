"""The files that say how functions are deployed: which are there, by name and by what they mention."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lambdabuild.discovery.folders import CDK_OUT, Folder, read_text, walk
from lambdabuild.model.discovery import Kind

_FUNCTION: Final = re.compile(r"AWS::(?:Serverless|Lambda)::Function\b")
_TEMPLATES: Final = (".yaml", ".yml", ".json", ".template")
_SERVERLESS: Final = frozenset({"serverless.yml", "serverless.yaml", "serverless.json"})
_ASSEMBLIES: Final = ("*.template.json", "assembly-*/*.template.json")
"""Stacks lie in cdk.out itself, those of a stage (`cdk.Stage`) in an assembly below it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One file, relative to the project."""

    kind: Kind
    path: str


def deployments(project: Path) -> tuple[Deployment, ...]:
    """All of them, in the order of their folders."""
    return tuple(one for folder in walk(project) for one in _in(project, folder))


def unsynthesized(project: Path) -> tuple[str, ...]:
    """Every cdk.json that has no output beside it to read."""
    return tuple(
        _join(folder.path, "cdk.json")
        for folder in walk(project)
        if "cdk.json" in folder.files and CDK_OUT not in folder.made
    )


def _in(project: Path, folder: Folder) -> Iterator[Deployment]:
    for name in folder.files:
        path = _join(folder.path, name)
        text = read_text(project / path) if name.endswith(_TEMPLATES) else None
        if text is not None and name in _SERVERLESS:
            yield Deployment(kind="serverless", path=path)
        elif text is not None and _FUNCTION.search(text):
            yield Deployment(kind="sam", path=path)
    if CDK_OUT in folder.made:
        output = project / folder.path / CDK_OUT
        for pattern in _ASSEMBLIES:
            for file in sorted(output.glob(pattern)):
                if _FUNCTION.search(read_text(file) or ""):
                    yield Deployment(
                        kind="cdk", path=_join(folder.path, file.relative_to(project / folder.path).as_posix())
                    )


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name

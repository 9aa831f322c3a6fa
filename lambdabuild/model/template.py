"""What a deployment template says of a Lambda function. Standard library only."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Saying = Literal["runtime", "handler", "architectures", "code", "package_type", "build_method", "named", "asset"]
"""What a template can say of a function, by the names of the fields below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateFunction:
    """One Lambda function of a template, by its logical id.

    None is what is not said. What is said, but only settled at a deployment (`!Ref`, `Fn::If`, an object in S3), is
    None as well, and is named in `unsettled`. `architectures` are Lambda's words (`x86_64`), `code` is CodeUri or Code
    as a path or an address, `build_method` and `named` are `BuildMethod` and `LambdabuildFunction` of Metadata, and
    `asset` is its `aws:asset:path`, which CDK writes. `line` is the line of the resource, `lines` have those of what
    is said, each counted from 1; what comes from Globals has its line there.
    """

    file: Path
    logical_id: str
    line: int
    runtime: str | None = None
    handler: str | None = None
    architectures: tuple[str, ...] | None = None
    code: str | None = None
    package_type: str | None = None
    build_method: str | None = None
    named: str | None = None
    asset: str | None = None
    unsettled: frozenset[Saying] = frozenset()
    lines: Mapping[Saying, int]

    def where(self, saying: Saying | None = None) -> str:
        """`template.yaml:12`: the place of what is said; of the resource, where it is not said."""
        return f"{self.file}:{self.lines.get(saying, self.line) if saying else self.line}"

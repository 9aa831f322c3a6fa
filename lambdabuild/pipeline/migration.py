"""What the move off older runtimes asks for: for each function what to write, with its place in the template.

The dates of `provided`, which no spec can name: docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html, "Deprecated
runtimes", as cfn-lint 1.58.0 has them (LmbdRuntimeLifecycle.json); all others are in check/dates.py. What go1.x is: the
AWS Compute Blog, "Migrating AWS Lambda functions from the Go1.x runtime to the custom runtime on Amazon Linux 2".
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from lambdabuild.check.dates import RUNTIMES, Dates
from lambdabuild.check.elves import FIRST_WITH_RUNTIME_API
from lambdabuild.model.discovery import Deployed, GoMain, Remark
from lambdabuild.model.spec import BOOTSTRAP, GO1X

_DATES: Final[Mapping[str, Dates]] = {"provided": RUNTIMES[GO1X], **RUNTIMES}
"""`provided` ended with go1.x: both were of the first Amazon Linux."""

_ONLY_THERE: Final = frozenset({GO1X, "provided"})
"""Runtimes that no spec has as its `runtime`."""

_KEYS: Final = (
    ("Runtime", "Handler", "Architectures", "[arm64]"),
    ("runtime", "handler", "architecture", "arm64"),
)
"""As CloudFormation has them, and as serverless.yml has."""


def migration(name: str, deployed: Deployed) -> Iterator[Remark]:
    """What function `name` needs; nothing where its runtime is the newest, or is settled by a deployment."""
    said = deployed.said
    dates = _DATES.get(said.runtime or "")
    if dates is None or said.runtime is None or said.runtime == dates.successor:
        return

    def remark(place: str, message: str, hint: str) -> Remark:
        return Remark(place=place, function=name, message=message, hint=hint)

    runtime, handler, architectures, arm64 = _KEYS[deployed.kind == "serverless"]
    yield remark(
        said.where("runtime"),
        f"{runtime} {said.runtime} {_ends(dates)}",
        f"set it to `{dates.successor}`{'' if said.runtime in _ONLY_THERE else ', here and in the spec'}",
    )
    if said.runtime != GO1X:
        return
    if said.handler != BOOTSTRAP:
        shown = f"{handler} `{said.handler}`" if said.handler else f"its {handler}"
        yield remark(
            said.where("handler"),
            f"{shown} names the program on go1.x; provided runtimes start `bootstrap`",
            "set it to `bootstrap`",
        )
    yield remark(
        said.where("architectures"),
        "go1.x has x86_64 alone, provided runtimes have arm64, too",
        f"set {architectures} to `{arm64}` once it has moved, here and in the spec",
    )
    yield remark(
        said.where("runtime"),
        "is built with the tag `lambda.norpc`, and go1.x cannot speak to such a program",
        "deploy it together with the new runtime; or `layout: forward-compatible` makes one zip for both",
    )


def sdk(main: GoMain) -> Remark | None:
    """Whether aws-lambda-go is too old for provided runtimes."""
    numbers = re.match(r"v(\d+)\.(\d+)\.(\d+)", main.sdk or "")
    if numbers is None or tuple(map(int, numbers.groups())) >= FIRST_WITH_RUNTIME_API:
        return None
    first = ".".join(map(str, FIRST_WITH_RUNTIME_API))
    return Remark(
        place=main.go_mod,
        message=f"requires aws-lambda-go {main.sdk}, which cannot speak to provided runtimes; {first} is the first",
        hint="run `go get github.com/aws/aws-lambda-go@latest` beside it, then `go mod tidy`",
    )


def _ends(dates: Dates) -> str:
    return (
        f"is deprecated since {dates.deprecated}; no new functions from {dates.no_create} on,"
        f" no updates from {dates.no_update} on"
    )

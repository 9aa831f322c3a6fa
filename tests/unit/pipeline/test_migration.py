"""What the move off older runtimes asks for, with its place."""

from pathlib import Path

import pytest

from lambdabuild.model.discovery import Deployed, GoMain, Kind
from lambdabuild.model.template import TemplateFunction
from lambdabuild.pipeline.migration import migration, sdk


def told(runtime: str | None, handler: str | None = "main", kind: Kind = "sam") -> list[tuple[str, str | None]]:
    said = TemplateFunction(
        file=Path("template.yaml"),
        logical_id="Orders",
        line=3,
        runtime=runtime,
        handler=handler,
        lines={"runtime": 7, "handler": 8} if handler else {"runtime": 7},
    )
    found = migration("Orders", Deployed(said=said, kind=kind, name="Orders", file="template.yaml"))
    return [(one.line, one.hint) for one in found]


RUNTIME, UPDATES = "template.yaml:7: `Orders`: Runtime", "no updates from 2027-03-03 on"
GO1 = [
    (
        f"{RUNTIME} go1.x is deprecated since 2024-01-08; no new functions from 2024-02-08 on, {UPDATES}",
        "set it to `provided.al2023`",
    ),
    (
        "template.yaml:8: `Orders`: Handler `main` names the program on go1.x; provided runtimes start `bootstrap`",
        "set it to `bootstrap`",
    ),
    (
        "template.yaml:3: `Orders`: go1.x has x86_64 alone, provided runtimes have arm64, too",
        "set Architectures to `[arm64]` once it has moved, here and in the spec",
    ),
    (
        "template.yaml:7: `Orders`: is built with the tag `lambda.norpc`, and go1.x cannot speak to such a program",
        "deploy it together with the new runtime; or `layout: forward-compatible` makes one zip for both",
    ),
]


def test_go1_needs_runtime_handler_cpu_and_tag() -> None:
    assert told("go1.x") == GO1


def test_a_handler_that_fits_needs_nothing() -> None:
    assert told("go1.x", "bootstrap") == [GO1[0], GO1[2], GO1[3]]
    assert told("go1.x", None)[1][0].startswith("template.yaml:3: `Orders`: its Handler names the program on go1.x")


def test_keys_of_serverless_are_in_its_own_words() -> None:
    runtime, handler, cpu, _ = told("go1.x", kind="serverless")

    assert runtime[0] == GO1[0][0].replace("Runtime", "runtime")
    assert handler[0] == GO1[1][0].replace("Handler", "handler")
    assert cpu == (GO1[2][0], "set architecture to `arm64` once it has moved, here and in the spec")
    assert "its handler names" in told("go1.x", None, "serverless")[1][0]


def test_older_provided_runtimes_need_a_runtime() -> None:
    assert told("provided") == [(GO1[0][0].replace("go1.x", "provided"), "set it to `provided.al2023`")]
    assert told("provided.al2") == [
        (
            f"{RUNTIME} provided.al2 is deprecated since 2026-07-31; no new functions from 2027-02-01 on, {UPDATES}",
            "set it to `provided.al2023`, here and in the spec",
        )
    ]


@pytest.mark.parametrize("runtime", ["provided.al2023", None])
def test_the_newest_and_the_unknown_need_nothing(runtime: str | None) -> None:
    assert told(runtime) == []


@pytest.mark.parametrize(
    ("version", "old"), [("v1.17.0", True), ("v1.18.0", False), ("v1.55.1", False), (None, False), ("latest", False)]
)
def test_aws_lambda_go_speaks_to_provided_runtimes_since_1_18(version: str | None, old: bool) -> None:
    remark = sdk(GoMain(package=".", import_path="m", go_mod="a/go.mod", sdk=version))

    assert (remark is not None) is old
    if remark is not None:
        assert remark.line == (
            "a/go.mod: requires aws-lambda-go v1.17.0, which cannot speak to provided runtimes; 1.18.0 is the first"
        )
        assert remark.hint == "run `go get github.com/aws/aws-lambda-go@latest` beside it, then `go mod tidy`"

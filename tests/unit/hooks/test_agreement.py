"""A template that would deploy an artifact where it does not run is refused, with its line."""

from pathlib import Path

import pytest

from lambdabuild.hooks.agreement import DisagreementError, agreed
from lambdabuild.model.platform import Architecture
from lambdabuild.model.spec import Function
from lambdabuild.model.template import Saying, TemplateFunction
from lambdabuild.spec import load

AMD64, ARM64 = Architecture.AMD64, Architecture.ARM64
FILE = Path("buildspec.yaml")
SPEC = """\
version: 1
go: "1.26.8"
runtime: provided.al2023
architectures: [arm64]
images:
  provided.al2023: public.ecr.aws/lambda/provided:al2023
  provided.al2: public.ecr.aws/lambda/provided:al2
  ours: registry.example.com/ours:1
functions:
  one: {package: ./one}
  both: {package: ./both, architectures: [amd64, arm64], floor: [provided.al2]}
  old: {package: ./old, architectures: [amd64, arm64], layout: forward-compatible, floor: [go1.x]}
  custom: {package: ./custom, runtime: ours}
  extra: {package: ./extra, layout: extension}
"""
LINES: dict[Saying, int] = {"runtime": 5, "architectures": 6, "handler": 7, "package_type": 8}


@pytest.fixture
def function(request: pytest.FixtureRequest, tmp_path: Path) -> Function:
    (tmp_path / "buildspec.yaml").write_text(SPEC)
    return load(tmp_path / "buildspec.yaml").functions[request.param]


def said(**facts: object) -> TemplateFunction:
    """`Fn` of a template, of which these things are said."""
    lines = {name: line for name, line in LINES.items() if facts.get(name) or name in facts.get("unsettled", ())}  # type: ignore[operator]
    return TemplateFunction(file=Path("template.yaml"), logical_id="Fn", line=3, lines=lines, **facts)  # type: ignore[arg-type]


def refusal(function: Function, template: TemplateFunction, asked: Architecture | None = None) -> DisagreementError:
    with pytest.raises(DisagreementError) as caught:
        agreed(FILE, function, template, asked=asked)
    assert caught.value.exit_code == 2
    return caught.value


@pytest.mark.parametrize(
    ("function", "facts", "expected"),
    [
        ("one", {"architectures": ("arm64",), "runtime": "provided.al2023", "handler": "anything"}, ARM64),
        ("both", {"architectures": ("arm64",)}, ARM64),
        ("both", {"architectures": ("x86_64",), "runtime": "provided.al2", "package_type": "Zip"}, AMD64),
        ("both", {}, AMD64),
        ("one", {"unsettled": frozenset({"architectures", "runtime", "handler"})}, ARM64),
        ("old", {"unsettled": frozenset({"architectures"})}, AMD64),
        ("old", {"architectures": ("arm64",), "handler": "old"}, ARM64),
        ("old", {"architectures": ("arm64",), "handler": "old_arm64"}, ARM64),
        ("old", {"runtime": "go1.x", "handler": "old"}, AMD64),
        ("old", {}, AMD64),
        ("custom", {"architectures": ("arm64",), "runtime": "provided.al2"}, ARM64),
    ],
    indirect=["function"],
)
def test_the_architecture_is_the_templates(
    function: Function, facts: dict[str, object], expected: Architecture
) -> None:
    assert agreed(FILE, function, said(**facts)) is expected


@pytest.mark.parametrize("function", ["both"], indirect=True)
def test_what_is_asked_for_settles_what_the_template_leaves_open(function: Function) -> None:
    unsettled = said(unsettled=frozenset({"architectures"}))

    assert agreed(FILE, function, unsettled, asked=ARM64) is ARM64
    assert agreed(FILE, function, unsettled, otherwise=ARM64) is ARM64
    error = refusal(function, unsettled)
    assert error.message == (
        "`template.yaml:6`: `Architectures` of `Fn` is only known at a deployment,"
        " and `buildspec.yaml` builds `both` for two"
    )
    assert error.hint == "write the architecture out, or set LAMBDABUILD_ARCH"


@pytest.mark.parametrize(
    ("function", "facts", "message", "hint"),
    [
        (
            "one",
            {"runtime": "go1.x", "architectures": ("arm64",)},
            "`template.yaml:5`: `Runtime` of `Fn` is `go1.x`, and `buildspec.yaml` builds `one` for `provided.al2023`",
            "write `Runtime: provided.al2023`, or change `runtime` in the spec",
        ),
        (
            "one",
            {},
            (
                "`template.yaml:3`: `Fn` is for x86_64, as it has no `Architectures`,"
                " and `buildspec.yaml` builds `one` for arm64"
            ),
            "let `Architectures` in the template and `architectures` in the spec say the same",
        ),
        (
            "one",
            {"architectures": ("x86_64",)},
            "`template.yaml:6`: `Fn` is for x86_64, and `buildspec.yaml` builds `one` for arm64",
            "let `Architectures` in the template and `architectures` in the spec say the same",
        ),
        (
            "both",
            {"architectures": ("x86_64", "arm64")},
            "`template.yaml:6`: `Fn` is for x86_64, arm64, and `buildspec.yaml` builds `both` for x86_64 and arm64",
            "let `Architectures` in the template and `architectures` in the spec say the same",
        ),
        (
            "old",
            {"architectures": ("arm64",), "handler": "bootstrap"},
            (
                "`template.yaml:7`: `Handler` of `Fn` is `bootstrap`,"
                " and `buildspec.yaml` puts `old` into the zip of `old`"
            ),
            "write `Handler: old`",
        ),
        (
            "old",
            {"architectures": ("arm64",), "handler": "new"},
            "`template.yaml:7`: `Handler` of `Fn` is `new`, and `buildspec.yaml` puts `old` into the zip of `old`",
            "write `Handler: old`, or `handler: new` in the spec",
        ),
        (
            "old",
            {"runtime": "go1.x", "handler": "old_arm64"},
            (
                "`template.yaml:7`: `Handler` of `Fn` is `old_arm64`,"
                " and `buildspec.yaml` puts `old` into the zip of `old`"
            ),
            "write `Handler: old`",
        ),
        (
            "one",
            {"package_type": "Image"},
            "`template.yaml:8`: `Fn` is of `PackageType: Image`, and `buildspec.yaml` makes a zip of `one`",
            "remove the line",
        ),
        (
            "extra",
            {"architectures": ("arm64",)},
            (
                "`template.yaml:3`: `Fn` is a function, and `extra` of `buildspec.yaml` is an extension,"
                " which belongs into a layer"
            ),
            "give a layer its zip in dist/ as `ContentUri`",
        ),
    ],
    indirect=["function"],
)
def test_a_template_that_says_otherwise_is_refused(
    function: Function, facts: dict[str, object], message: str, hint: str
) -> None:
    error = refusal(function, said(**facts))

    assert (error.message, error.hint) == (message, hint)


@pytest.mark.parametrize("function", ["both"], indirect=True)
def test_an_architecture_that_is_asked_for_is_the_templates(function: Function) -> None:
    assert refusal(function, said(architectures=("arm64",)), AMD64).message == (
        "`template.yaml:6`: `Fn` is for arm64, and `buildspec.yaml` builds `both` for x86_64 as it was asked to"
    )


@pytest.mark.parametrize(
    ("function", "facts", "expected"),
    [
        ("both", {"architectures": ("arm64",)}, ARM64),
        ("both", {}, AMD64),
        ("one", {"unsettled": frozenset({"architectures"})}, ARM64),
    ],
    indirect=["function"],
)
@pytest.mark.parametrize("otherwise", [AMD64, ARM64])
def test_what_the_template_or_the_spec_settles_needs_nothing_else(
    function: Function, facts: dict[str, object], expected: Architecture, otherwise: Architecture
) -> None:
    assert agreed(FILE, function, said(**facts), otherwise=otherwise) is expected

"""A new spec: it says what was drafted, explains itself, and can be loaded."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdabuild.discovery.naming import fit
from lambdabuild.model.discovery import Draft, DraftFunction
from lambdabuild.model.platform import Architecture
from lambdabuild.model.spec import Spec
from lambdabuild.spec import load
from lambdabuild.spec.writing import write_spec

ARM64, AMD64 = Architecture.ARM64, Architecture.AMD64

WRITTEN = """\
# Written by `lambdabuild init`; yours from now on. Next: `lambdabuild lock`, then `lambdabuild build`.
# What else may be said here: `lambdabuild schema`.
version: 1
go: "1.26.8"                      # exact; go.mod asks for 1.24.0 or newer
zig: "0.17.1"                     # compiles the C of `cgo: zig`, for both CPUs
runtime: provided.al2023          # of every function that says no other
architectures: [amd64]            # as in template.yaml

images:                           # all that a build may touch; `lock` pins them by digest
  provided.al2023: public.ecr.aws/lambda/provided:al2023
  provided.al2: public.ecr.aws/lambda/provided:al2

defaults:
  tags: [lambda.norpc]            # leaves net/rpc out, which only go1.x spoke

functions:
  Orders:                         # template.yaml:3
    package: ./cmd/orders
  Thumbs:                         # template.yaml:9
    package: ./cmd/thumbs
    runtime: provided.al2
    architectures: [arm64, amd64]
    cgo: zig                      # cmd/thumbs has import "C"
  Legacy:                         # template.yaml:15
    package: "./cmd/old one"
    # cgo: zig                    # if example.com/c is compiled into it: it is C
    # Off go1.x without downtime: one zip for it and for what follows, on both CPUs.
    # layout: forward-compatible
    # handler: main
    # floor: [go1.x]
    # architectures: [arm64, amd64]
  "null":
    package: .
"""


def function(name: str, package: str, **said: object) -> DraftFunction:
    facts = {"runtime": "provided.al2023", "architectures": (AMD64,), "origin": "", **said}
    return DraftFunction(name=name, package=package, **facts)  # type: ignore[arg-type]


def draft(*functions: DraftFunction) -> Draft:
    return Draft(
        go="1.26.8",
        go_reason="exact; go.mod asks for 1.24.0 or newer",
        runtime="provided.al2023",
        architectures=(AMD64,),
        architectures_reason="as in template.yaml",
        functions=functions,
    )


EXAMPLE = draft(
    function("Orders", "./cmd/orders", origin="template.yaml:3"),
    function(
        "Thumbs",
        "./cmd/thumbs",
        origin="template.yaml:9",
        runtime="provided.al2",
        architectures=(ARM64, AMD64),
        native='cmd/thumbs has import "C"',
    ),
    function("Legacy", "./cmd/old one", origin="template.yaml:15", handler="main", perhaps_native="example.com/c"),
    function("null", "."),
)


def loaded(text: str, folder: Path) -> Spec:
    file = folder / "buildspec.yaml"
    file.write_text(text, encoding="utf-8")
    return load(file)


def test_a_spec_explains_itself() -> None:
    assert write_spec(EXAMPLE) == WRITTEN


def test_what_is_written_is_what_was_drafted(tmp_path: Path) -> None:
    spec = loaded(WRITTEN, tmp_path)

    said = {
        name: (one.package, one.runtime, one.architectures, one.cgo, one.tags) for name, one in spec.functions.items()
    }
    assert said == {
        "Orders": ("./cmd/orders", "provided.al2023", (AMD64,), "off", ("lambda.norpc",)),
        "Thumbs": ("./cmd/thumbs", "provided.al2", (ARM64, AMD64), "zig", ("lambda.norpc",)),
        "Legacy": ("./cmd/old one", "provided.al2023", (AMD64,), "off", ("lambda.norpc",)),
        "null": (".", "provided.al2023", (AMD64,), "off", ("lambda.norpc",)),
    }


def test_what_is_offered_in_comments_can_be_taken(tmp_path: Path) -> None:
    taken = WRITTEN
    for line in ("layout: forward-compatible", "handler: main", "floor: [go1.x]", "architectures: [arm64, amd64]"):
        taken = taken.replace(f"    # {line}", f"    {line}", 1)

    legacy = loaded(taken, tmp_path).functions["Legacy"]
    native = loaded(WRITTEN.replace("    # cgo: zig", "    cgo: zig"), tmp_path).functions["Legacy"]

    assert (legacy.layout, legacy.handler, legacy.architectures) == ("forward-compatible", "main", (ARM64, AMD64))
    assert legacy.floor == ("go1.x",)
    assert native.cgo == "zig"


def test_architectures_of_a_functions_own_are_replaced_by_hand() -> None:
    one = function("Legacy", "./a", handler="main", architectures=(ARM64,))

    assert "    # architectures: [arm64, amd64] # in place of those above\n" in write_spec(draft(one))


@pytest.mark.parametrize("handler", ["bootstrap", "a b", "../x", "main_arm64"])
def test_a_handler_that_can_be_no_file_beside_the_dispatcher_is_not_offered(handler: str) -> None:
    assert "forward-compatible" not in write_spec(draft(function("A", "./a", handler=handler)))


def test_no_image_is_named_that_is_not_used() -> None:
    assert "provided.al2:" not in write_spec(draft(function("A", "./a")))
    assert "zig" not in write_spec(draft(function("A", "./a")))


FOLDERS = st.text(min_size=1, max_size=8).filter(
    lambda name: name.isprintable() and not set(name) & set("\\/") and "..." not in name and not name.endswith(".go")
)


@given(
    name=st.text().map(fit),
    folder=FOLDERS.filter(lambda name: name not in {".", ".."}),
    comment=st.text(),
)
def test_any_draft_can_be_loaded(
    tmp_path_factory: pytest.TempPathFactory, name: str, folder: str, comment: str
) -> None:
    one = function(name, f"./{folder}", origin=comment, native=comment or None, handler=comment or None)

    home = tmp_path_factory.getbasetemp() / "drafts"
    home.mkdir(exist_ok=True)

    spec = loaded(write_spec(draft(one)), home)

    assert [(found, said.package) for found, said in spec.functions.items()] == [(name, f"./{folder}")]

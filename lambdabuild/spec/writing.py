"""A new `buildspec.yaml`, whose comments explain it. What is written here can be loaded."""

import json
import re
from collections.abc import Iterator
from typing import Final

from lambdabuild.io.text import printable
from lambdabuild.model.discovery import Draft, DraftFunction
from lambdabuild.model.platform import Architecture
from lambdabuild.model.spec import GO1X
from lambdabuild.spec.shapes import can_be_a_handler

ZIG: Final = "0.17.1"
"""The zig of a new spec."""

IMAGES: Final = {
    "provided.al2023": "public.ecr.aws/lambda/provided:al2023",
    "provided.al2": "public.ecr.aws/lambda/provided:al2",
}
"""The images of the runtimes that a draft may name."""

_COLUMN: Final = 34
_PLAIN: Final = re.compile(r"\.?[A-Za-z/][A-Za-z0-9_./-]*")
_WORDS: Final = frozenset({"null", "true", "false"})
_TOP: Final = """\
# Written by `lambdabuild init`; yours from now on. Next: `lambdabuild lock`, then `lambdabuild build`.
# What else may be said here: `lambdabuild schema`.
version: 1
"""


def write_spec(draft: Draft) -> str:
    """The text of the file; it has at least one function."""
    return _TOP + "".join(_lines(draft))


def _lines(draft: Draft) -> Iterator[str]:
    yield _said(f'go: "{draft.go}"', draft.go_reason)
    if any(one.native for one in draft.functions):
        yield _said(f'zig: "{ZIG}"', "compiles the C of `cgo: zig`, for both CPUs")
    yield _said(f"runtime: {draft.runtime}", "of every function that says no other")
    yield _said(f"architectures: {_list(draft.architectures)}", draft.architectures_reason)
    yield "\n"
    yield _said("images:", "all that a build may touch; `lock` pins them by digest")
    for name in IMAGES:
        if any(one.runtime == name for one in draft.functions):
            yield f"  {name}: {IMAGES[name]}\n"
    yield "\ndefaults:\n"
    yield _said("  tags: [lambda.norpc]", "leaves net/rpc out, which only go1.x spoke")
    yield "\nfunctions:\n"
    for one in draft.functions:
        yield from _function(one, draft)


def _function(one: DraftFunction, draft: Draft) -> Iterator[str]:
    yield _said(f"  {_text(one.name)}:", one.origin)
    yield f"    package: {_text(one.package)}\n"
    if one.runtime != draft.runtime:
        yield f"    runtime: {one.runtime}\n"
    if one.architectures != draft.architectures:
        yield f"    architectures: {_list(one.architectures)}\n"
    if one.native:
        yield _said("    cgo: zig", one.native)
    elif one.perhaps_native:
        yield _said("    # cgo: zig", f"if {one.perhaps_native} is compiled into it: it is C")
    if one.handler and not one.native and can_be_a_handler(one.handler):
        yield "    # Off go1.x without downtime: one zip for it and for what follows, on both CPUs.\n"
        yield "    # layout: forward-compatible\n"
        yield f"    # handler: {_text(one.handler)}\n"
        yield f"    # floor: [{GO1X}]\n"
        own = one.architectures != draft.architectures
        yield _said("    # architectures: [arm64, amd64]", "in place of those above" if own else "")


def _said(text: str, comment: str) -> str:
    return f"{text.ljust(_COLUMN - 1)} # {printable(comment)}\n" if comment else f"{text}\n"


def _list(architectures: tuple[Architecture, ...]) -> str:
    return f"[{', '.join(architectures)}]"


def _text(text: str) -> str:
    """As YAML reads it again: in quotes, unless it is plain."""
    if (_PLAIN.fullmatch(text) and text.lower() not in _WORDS) or text == ".":
        return text
    return json.dumps(text, ensure_ascii=False)

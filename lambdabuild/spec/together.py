"""What must fit together in one function."""

from typing import Final

from lambdabuild.io.document import KeyPath
from lambdabuild.model.spec import BOOTSTRAP, GO1X, OF_ARM64
from lambdabuild.spec.document import SpecDocument
from lambdabuild.spec.merge import Merged
from lambdabuild.spec.problems import Problems
from lambdabuild.spec.references import check_named

OLDEST_GO: Final = (1, 21, 0)
"""The first that is a module, `golang.org/toolchain` (go.dev/doc/toolchain)."""


def check_together(merged: Merged, document: SpecDocument, problems: Problems) -> None:
    """Add what is missing, and what one field says against another."""
    said = merged.said
    for field in ("package", "runtime", "architectures"):
        if getattr(said, field) is None:
            problems.add((*merged.path, field), "is missing", hint=_where_to_say(field), key=True)
    _check_go1x(merged, problems)
    if said.runtime is not None:
        check_named(said.runtime, document.images, merged.where("runtime"), problems)
    if said.go is not None:
        check_version(said.go, merged.where("go"), problems)
    _check_cgo(merged, document, problems)
    _check_layout(merged, problems)


def check_version(go: str, path: KeyPath, problems: Problems) -> None:
    """Go is not older than its toolchain modules."""
    if tuple(int(number) for number in go.split(".")) < OLDEST_GO:
        oldest = ".".join(str(number) for number in OLDEST_GO)
        words = f"is `{go}`; toolchains can be locked from {oldest} on"
        problems.add(path, words, hint="name a later Go; it builds older modules as they ask for")


def _where_to_say(field: str) -> str:
    match field:
        case "package":
            return "write the folder of its main package, such as `package: ./cmd/orders`"
        case "runtime":
            return "write `runtime`, a name in `images`, here or at the top of the file"
    return "write `architectures: [arm64]` here or at the top of the file"


def _check_go1x(merged: Merged, problems: Problems) -> None:
    """go1.x is a runtime that functions may still be on, and none that they go to; it ran on amd64."""
    said = merged.said
    if said.runtime == GO1X:
        words = f"is `{GO1X}`, which Lambda has ended"
        hint = f"write `runtime: provided.al2023`, and `floor: [{GO1X}]` for as long as functions still run there"
        problems.add(merged.where("runtime"), words, hint=hint)
    if GO1X in (said.floor or ()) and said.architectures and not {"amd64", "x86_64"} & {*said.architectures}:
        words = f"is `{GO1X}`, which never ran on arm64, and `{merged.name}` is built for that alone"
        index = (said.floor or ()).index(GO1X)
        problems.add((*merged.where("floor"), index), words, hint="remove it, or build for `amd64`, too")


def _check_cgo(merged: Merged, document: SpecDocument, problems: Problems) -> None:
    executor = merged.said.executor or "host"
    if merged.said.cgo == "image" and executor == "host":
        words = f"is `image`, but the executor of `{merged.name}` is `host`"
        problems.add(merged.where("cgo"), words, hint="add `executor: docker` or `executor: remote`")
    if merged.said.cgo == "zig" and document.zig is None:
        words = "is `zig`, but the file does not name a version of zig"
        problems.add(merged.where("cgo"), words, hint='add `zig: "0.17.1"` at the top of the file')
    if merged.said.cgo == "zig" and merged.said.strip is False:
        words = "is `false`, but what zig leaves for debuggers names folders of the machine"
        problems.add(merged.where("strip"), words, hint="leave it out, or build the function with `cgo: image`")


def _check_layout(merged: Merged, problems: Problems) -> None:
    said = merged.said
    layout = said.layout or "single"
    if layout != "forward-compatible":
        if said.handler is not None:
            words = f"is for `layout: forward-compatible`; the layout of `{merged.name}` is `{layout}`"
            problems.add(merged.where("handler"), words, hint="remove it", key=True)
        return
    names = [str(name) for name in said.architectures or ()]
    if len(names) == 1:
        words = f"is `forward-compatible`, but `{merged.name}` is built for `{names[0]}` alone"
        problems.add(merged.where("layout"), words, hint="add `architectures: [arm64, amd64]`")
    handler = said.handler or merged.name
    if handler == BOOTSTRAP:
        words = f"would name the binary `{BOOTSTRAP}`, which is the dispatcher's name"
        problems.add(merged.where("handler"), words, hint="write another `handler`", key=True)
    if handler.endswith(OF_ARM64):
        words = f"would name the binary `{handler}`, and `{OF_ARM64}` is what the dispatcher adds on arm64"
        problems.add(merged.where("handler"), words, hint="write another `handler`", key=True)

"""Builds that were to be static, as the spec of a project says: `cgo: off`."""

from tests.corpus.catalogue.runtime import BUILT, DIST, SPEC
from tests.corpus.catalogue.sources import HELLO_CGO, HELLO_GO
from tests.corpus.recipe import AMD64, Recipe, go

_ZIP = f"zip -q {DIST} bootstrap"
_NET_GO = """package main

import "net"

func main() { println(net.LookupHost("localhost")) }
"""


def _static(name: str, rule: str, source: str, command: str, *, about: str) -> Recipe:
    return Recipe(
        name=name,
        about=about,
        rule=rule,
        files={"buildspec.yaml": SPEC, "main.go": source},
        given=BUILT,
        commands=(command, _ZIP),
        architectures=(AMD64,),
        artifact=DIST,
        project=True,
    )


_BAD = (
    _static(
        "cgo silently on",
        "LB301",
        _NET_GO,
        "go build -o bootstrap main.go",
        about="Where there is a C compiler, go uses cgo for the package `net`. Nobody asked for it: `cgo: off` is the"
        " default of the spec.",
    ),
    _static(
        "cgo on by the environment",
        "LB301",
        HELLO_CGO,
        "CGO_ENABLED=1 go build -o bootstrap main.go",
        about="The environment of a CI job has its own idea.",
    ),
    _static(
        "buildmode pie",
        "LB302",
        HELLO_GO,
        "CGO_ENABLED=0 go build -buildmode=pie -o bootstrap main.go",
        about="The spec says `cgo: off`, by its default.",
    ),
    _static(
        "a library that Go imports without cgo",
        "LB303",
        'package main\n\n//go:cgo_import_dynamic _ _ "libc.so.6"\n\nfunc main() {}\n',
        "CGO_ENABLED=0 go build -o bootstrap main.go",
        about="The spec says `cgo: off`, by its default. Packages like purego have such a line.",
    ),
)

_GOOD = (
    _static(
        "net without cgo",
        "",
        _NET_GO,
        go(),
        about="",
    ),
)

RECIPES = (*_BAD, *_GOOD)

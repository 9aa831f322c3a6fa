"""The level of the CPU."""

from dataclasses import replace

from tests.corpus.catalogue.sources import HELLO_C, HELLO_GO
from tests.corpus.recipe import AMD64, ARM64, ZIP, Recipe, fails, go, loads, refused, runs

_GO = {"main.go": HELLO_GO}
_C = {"main.c": HELLO_C}
_V3 = "This program can only be run on AMD64 processors with v3 microarchitecture support."
_V4 = "This program can only be run on AMD64 processors with v4 microarchitecture support."
_LOADER = "CPU ISA level is lower than required"


def _level(name: str, level: str, out: str = "bootstrap") -> str:
    return f"{name}={level} {go(out)}"


_BAD = (
    Recipe(
        name="GOAMD64 v3",
        rule="LB401",
        files=_GO,
        commands=(_level("GOAMD64", "v3"), ZIP),
        architectures=(AMD64,),
        oracle=fails(_V3, cpu="Nehalem"),
    ),
    Recipe(
        name="GOAMD64 v4",
        rule="LB402",
        files=_GO,
        commands=(_level("GOAMD64", "v4"), ZIP),
        architectures=(AMD64,),
        oracle=fails(_V4, cpu="Nehalem"),
    ),
    Recipe(
        name="GOARM64 v9.0",
        rule="LB403",
        files=_GO,
        commands=(_level("GOARM64", "v9.0"), ZIP),
        architectures=(ARM64,),
    ),
    Recipe(
        name="a tool of GOAMD64 v4",
        rule="LB404",
        files=_GO,
        commands=(go(), _level("GOAMD64", "v4", "tool"), "zip -q function.zip bootstrap tool"),
        architectures=(AMD64,),
        oracle=fails(_V4, "/var/task/tool", cpu="Nehalem"),
    ),
    Recipe(
        name="a tool of GOARM64 v9.0",
        rule="LB404",
        files=_GO,
        commands=(go(), _level("GOARM64", "v9.0", "tool"), "zip -q function.zip bootstrap tool"),
        architectures=(ARM64,),
    ),
    Recipe(
        name="marked for v3",
        rule="LB405",
        files=_C,
        commands=("$CC -Wl,-z,x86-64-v3 -o bootstrap main.c", ZIP),
        architectures=(AMD64,),
        image="provided.al2023",
        oracle=replace(refused(_LOADER), cpu="Nehalem"),
    ),
    Recipe(
        name="marked for v4",
        rule="LB406",
        files=_C,
        commands=("$CC -Wl,-z,x86-64-v4 -o bootstrap main.c", ZIP),
        architectures=(AMD64,),
        image="provided.al2023",
        oracle=replace(refused(_LOADER), cpu="Nehalem"),
    ),
)

_GOOD = (
    Recipe(
        name="GOAMD64 v2",
        files=_GO,
        commands=(_level("GOAMD64", "v2"), ZIP),
        architectures=(AMD64,),
        oracle=runs("hello", cpu="Nehalem"),
    ),
    Recipe(
        name="GOARM64 v8.2",
        files=_GO,
        commands=(_level("GOARM64", "v8.2"), ZIP),
        architectures=(ARM64,),
        oracle=runs("hello", cpu="neoverse-n1"),
    ),
    Recipe(
        name="marked for v2",
        files=_C,
        commands=("$CC -Wl,-z,x86-64-v2 -o bootstrap main.c", ZIP),
        architectures=(AMD64,),
        image="provided.al2023",
        oracle=replace(loads("hello"), cpu="Nehalem"),
    ),
)

RECIPES = (*_BAD, *_GOOD)

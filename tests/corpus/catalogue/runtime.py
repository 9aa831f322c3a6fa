"""The runtime, what a program and its runtime say to each other, and the check itself."""

from datetime import date

from tests.corpus.catalogue.sources import HELLO_GO
from tests.corpus.recipe import AMD64, ZIP, Recipe, go, runs

HANDLER_GO = """package main

import "github.com/aws/aws-lambda-go/lambda"

func main() { lambda.Start(func() (string, error) { return "hello", nil }) }
"""
_OLD = {
    "go.mod": """module example.com/orders

go 1.24

require github.com/aws/aws-lambda-go v1.17.0
""",
    "main.go": HANDLER_GO,
}
_OLD_SUM = """\
github.com/aws/aws-lambda-go v1.17.0 h1:Ogihmi8BnpmCNktKAGpNwSiILNNING1MiosnKUfU8m0=
github.com/aws/aws-lambda-go v1.17.0/go.mod h1:FEwgPLE6+8wcGBTe5cJN3JWurd1Ztm9zN4jsXsjzKKw=
"""
_NEW = {
    "go.mod": """module example.com/orders

go 1.26

require github.com/aws/aws-lambda-go v1.55.1
""",
    "main.go": HANDLER_GO,
}
_NEW_SUM = """\
github.com/aws/aws-lambda-go v1.55.1 h1:We2cCp4BwqqH/JW+bEEo1FhgG71rslvjfi4y7KmlrR0=
github.com/aws/aws-lambda-go v1.55.1/go.mod h1:V+NzkHNR6vBC8C1PDloqSLE+7jYWFiPvJJFiCiTm8nE=
"""
SPEC = """version: 1
go: "1.26.8"
runtime: provided.al2023
architectures: [amd64]
images:
  provided.al2023: public.ecr.aws/lambda/provided:al2023
functions:
  orders:
    package: .
"""
DIST = "dist/orders-amd64.zip"
BUILT = {
    "dist/build.json": """{
  "artifacts": [{"architectures": ["amd64"], "function": "orders", "path": "dist/orders-amd64.zip", "sha256": ""}],
  "version": 1
}
"""
}
"""What an earlier `lambdabuild build` left: it says which function a zip is of."""


def _accepting(rule: str) -> str:
    return SPEC + f"    allow:\n      - {{rule: {rule}, reason: measured on every CPU that Lambda has}}\n"


_BAD = (
    Recipe(
        name="provided al2 past its end",
        rule="LB601",
        files={"main.go": HELLO_GO},
        commands=(go(), ZIP),
        architectures=(AMD64,),
        runtime="provided.al2",
        day=date(2026, 11, 25),
        oracle=runs("hello"),
    ),
    Recipe(
        name="provided al2 when no function can be updated",
        rule="LB601",
        files={"main.go": HELLO_GO},
        commands=(go(), ZIP),
        architectures=(AMD64,),
        runtime="provided.al2",
        day=date(2027, 3, 3),
    ),
    Recipe(
        name="provided al2023 past its end",
        rule="LB601",
        files={"main.go": HELLO_GO},
        commands=(go(), ZIP),
        architectures=(AMD64,),
        day=date(2029, 6, 30),
    ),
    Recipe(
        name="go1.x past its end",
        rule="LB601",
        files=_NEW,
        given={"go.sum": _NEW_SUM},
        commands=(go("orders", source="."), "zip -q function.zip orders"),
        architectures=(AMD64,),
        runtime="go1.x",
        handler="orders",
    ),
    Recipe(
        name="aws-lambda-go 1.17",
        about="Started where the Runtime API has an event for it, it never asks for that: it listens on a port of its"
        " own, as go1.x wanted, and prints nothing.",
        rule="LB602",
        files=_OLD,
        given={"go.sum": _OLD_SUM},
        commands=(go(source="."), ZIP),
    ),
    Recipe(
        name="an allow that allows nothing",
        rule="LB901",
        files={"buildspec.yaml": _accepting("LB401"), "main.go": HELLO_GO},
        given=BUILT,
        commands=(go(), f"zip -q {DIST} bootstrap"),
        architectures=(AMD64,),
        artifact=DIST,
        project=True,
    ),
    Recipe(
        name="an allow of no rule",
        rule="LB902",
        files={"buildspec.yaml": _accepting("LB041"), "main.go": HELLO_GO},
        given=BUILT,
        commands=(go(), f"zip -q {DIST} bootstrap"),
        architectures=(AMD64,),
        artifact=DIST,
        project=True,
    ),
    Recipe(
        name="aws-lambda-go with net rpc",
        rule="LB603",
        files=_NEW,
        given={"go.sum": _NEW_SUM},
        commands=(go(source="."), ZIP),
        architectures=(AMD64,),
    ),
    Recipe(
        name="aws-lambda-go without net rpc for go1.x",
        rule="LB604",
        files=_NEW,
        given={"go.sum": _NEW_SUM},
        commands=(
            go("orders", source=".").replace("go build", "go build -tags lambda.norpc"),
            "zip -q function.zip orders",
        ),
        architectures=(AMD64,),
        runtime="go1.x",
        handler="orders",
        day=date(2023, 12, 1),
    ),
)

_GOOD = (
    Recipe(
        name="aws-lambda-go with net rpc for go1.x",
        files=_NEW,
        given={"go.sum": _NEW_SUM},
        commands=(go("orders", source="."), "zip -q function.zip orders"),
        architectures=(AMD64,),
        runtime="go1.x",
        handler="orders",
        day=date(2023, 12, 1),
    ),
    Recipe(
        name="aws-lambda-go without net rpc",
        files=_NEW,
        given={"go.sum": _NEW_SUM},
        commands=(go(source=".").replace("go build", "go build -tags lambda.norpc"), ZIP),
    ),
    Recipe(
        name="an allow of what is found",
        files={"buildspec.yaml": _accepting("LB401"), "main.go": HELLO_GO},
        given=BUILT,
        commands=("GOAMD64=v3 " + go(), f"zip -q {DIST} bootstrap"),
        architectures=(AMD64,),
        artifact=DIST,
        project=True,
    ),
    Recipe(
        name="provided al2 before its end",
        files={"main.go": HELLO_GO},
        commands=(go(), ZIP),
        architectures=(AMD64,),
        runtime="provided.al2",
    ),
)

RECIPES = (*_BAD, *_GOOD)

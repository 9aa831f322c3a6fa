"""Which main a function of a template is built from."""

from pathlib import Path
from typing import Any

import pytest

from lambdabuild.discovery.matching import Unmatched, match, may_be_the_only
from lambdabuild.model.discovery import Deployed, GoMain
from lambdabuild.model.template import TemplateFunction

MONO = ("./cmd/orders", "./cmd/receipts", "./services/users/cmd/lambda")


def deployed(name: str = "Some", file: str = "template.yaml", main: str | None = None, **said: Any) -> Deployed:
    function = TemplateFunction(file=Path(file), logical_id=name, line=1, lines={}, **said)
    return Deployed(said=function, kind="sam", name=name, file=file, main=main)


def matched(one: Deployed, packages: tuple[str, ...] = MONO) -> str | tuple[str, ...]:
    mains = [
        GoMain(package=package, import_path=f"example.com/shop/{package.removeprefix('./')}", go_mod="go.mod")
        for package in packages
    ]
    found = match(one, mains)
    return found.candidates if isinstance(found, Unmatched) else found.package


@pytest.mark.parametrize("code", ["./cmd/orders", "cmd/orders/", "./cmd/../cmd/orders"])
def test_the_folder_of_its_code_says_it(code: str) -> None:
    assert matched(deployed(code=code)) == "./cmd/orders"


def test_a_single_main_below_the_folder_of_its_code_says_it() -> None:
    assert matched(deployed(code="services/users")) == "./services/users/cmd/lambda"


def test_the_folder_of_code_is_seen_from_the_template() -> None:
    assert matched(deployed(file="services/users/template.yaml", code=".")) == "./services/users/cmd/lambda"
    assert matched(deployed(file="deploy/template.yaml", code="../cmd/orders")) == "./cmd/orders"


@pytest.mark.parametrize(
    "one",
    [
        deployed("OrdersFunction", code="."),
        deployed("orders-lambda", code="."),
        deployed("ProdOrders", code="."),
        deployed("OrdersV2"),
        deployed(code=".", handler="bin/orders"),
        deployed(code=".", handler="bin/orders/bootstrap"),
        deployed(code="bin/orders"),
        deployed(code="dist/orders-arm64.zip"),
        deployed(code="build/orders.zip"),
        deployed("Receipts", code=".", named="orders"),
        deployed("Whatever", main="example.com/shop/cmd/orders"),
    ],
)
def test_names_say_it_where_the_folder_does_not(one: Deployed) -> None:
    assert matched(one) == "./cmd/orders"


def fits(one: Deployed, package: str = ".") -> bool:
    main = GoMain(package=package, import_path="example.com/shop", go_mod="go.mod")
    return may_be_the_only(one, main, frozenset({"", "build", "src", "rust", "ops/src"}))


@pytest.mark.parametrize(
    "one",
    [
        deployed(),
        deployed(code="build", handler="bootstrap"),
        deployed(code="bin/main.zip", handler="main"),
        deployed(code="function.zip"),
        deployed(code="handler/"),
    ],
)
def test_the_only_main_fits_where_nothing_is_said(one: Deployed) -> None:
    assert matched(one, (".",)) == ()
    assert fits(one)
    assert fits(one, "./cmd/lambda")


@pytest.mark.parametrize(
    "one",
    [
        deployed(code="payments/"),
        deployed(code="build/payments.zip"),
        deployed(code="build", handler="bin/payments"),
        deployed(code="src"),
        deployed(file="ops/template.yaml", code="src/"),
        deployed(code="rust"),
        deployed(named="payments"),
        deployed(code="build", main="example.com/elsewhere"),
    ],
)
def test_the_only_main_does_not_fit_where_something_else_is_said(one: Deployed) -> None:
    assert not fits(one)


def test_a_main_that_has_a_name_fits_a_function_that_has_none() -> None:
    assert not fits(deployed("Payments", code="build"), "./orders")
    assert fits(deployed("MyFunction", code="build"), "./orders")


@pytest.mark.parametrize("method", ["go1.x", None])
def test_sam_builds_the_folder_itself_where_it_runs_go(method: str | None) -> None:
    packages = (".", "./cmd/orders")

    assert matched(deployed("Orders", code=".", runtime="go1.x", build_method=method), packages) == "."


def test_make_may_build_what_lies_below() -> None:
    packages = (".", "./cmd/orders")

    assert matched(deployed("Orders", code=".", build_method="makefile"), packages) == "./cmd/orders"
    assert matched(deployed("Some", code=".", build_method="makefile"), packages) == "."


def test_what_could_be_several_is_none() -> None:
    assert matched(deployed("Some", code=".")) == MONO
    assert matched(deployed("Some", code="cmd")) == MONO[:2]
    assert matched(deployed("Orders"), ("./a/orders", "./b/orders")) == ()


def test_what_is_nowhere_is_none() -> None:
    assert matched(deployed("Some", code="python/app")) == ()

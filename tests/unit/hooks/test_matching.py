"""Which function of the spec a logical id is."""

from pathlib import Path

import pytest

from lambdabuild.hooks.matching import NoMatchError, match
from lambdabuild.model.template import TemplateFunction

FILE = Path("template.yaml")


def said(logical_id: str, named: str | None = None) -> TemplateFunction:
    return TemplateFunction(file=FILE, logical_id=logical_id, line=7, named=named, lines={"named": 9})


def refusal(function: TemplateFunction, *names: str) -> NoMatchError:
    with pytest.raises(NoMatchError) as caught:
        match(function, names)
    return caught.value


@pytest.mark.parametrize(
    ("logical_id", "names", "expected"),
    [
        ("orders", ("orders", "Orders"), "orders"),
        ("OrdersFunction", ("orders", "users"), "orders"),
        ("NewOrders", ("new-orders", "orders"), "new-orders"),
        ("NewOrdersFunction", ("new_orders", "orders"), "new_orders"),
        ("Orders", ("orders-function", "users"), "orders-function"),
        ("Function", ("function", "users"), "function"),
        ("OrdersFunction", ("orders", "OrdersFunction"), "OrdersFunction"),
    ],
)
def test_the_same_name_is_found_then_the_same_letters(logical_id: str, names: tuple[str, ...], expected: str) -> None:
    assert match(said(logical_id), names) == expected


def test_metadata_comes_before_every_likeness() -> None:
    assert match(said("orders", "users"), ("orders", "users")) == "users"


def test_a_name_in_metadata_that_is_not_built_is_told_with_its_line() -> None:
    error = refusal(said("Orders", "oders"), "users", "orders")

    assert error.message == (
        "`template.yaml:9`: `LambdabuildFunction` of `Orders` is `oders`, which the spec does not build"
    )
    assert error.hint == "it builds `orders`, `users`"


def test_a_name_that_only_a_deployment_settles_is_told() -> None:
    function = TemplateFunction(
        file=FILE, logical_id="Orders", line=7, unsettled=frozenset({"named"}), lines={"named": 9}
    )

    error = refusal(function, "orders")

    assert error.message == "`template.yaml:9`: `LambdabuildFunction` of `Orders` is only known at a deployment"
    assert error.hint == "write one of `orders`"


def test_two_functions_of_the_same_letters_are_told() -> None:
    error = refusal(said("NewOrders"), "new-orders", "new_orders", "orders")

    assert error.message == "`template.yaml:7`: `NewOrders` may be `new-orders` or `new_orders`"
    assert error.hint == "write `LambdabuildFunction: NAME` below `Metadata` of `NewOrders`"


def test_a_stranger_is_told_with_what_there_is() -> None:
    error = refusal(said("Cart"), "users", "orders")

    assert error.message == "`template.yaml:7`: `Cart` is no function that the spec builds"
    assert error.hint == ("it builds `orders`, `users`; write `LambdabuildFunction: NAME` below `Metadata` of `Cart`")
    assert error.exit_code == 2

"""Names of functions: what people would call them, fit for a spec, each once."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdabuild.discovery.naming import each_once, fit, longer_names, names_of
from lambdabuild.model.discovery import GoMain
from lambdabuild.spec.shapes import NAME


def called(package: str, import_path: str = "example.com/shop") -> str:
    return names_of(GoMain(package=package, import_path=import_path, go_mod="go.mod"))[0]


@pytest.mark.parametrize(
    ("package", "name"),
    [
        ("./cmd/orders", "orders"),
        ("./services/orders/cmd/lambda", "orders"),
        ("./orders/main", "orders"),
        ("./cmd", "shop"),
        (".", "shop"),
        ("./größe", "groe"),
        ("./a b", "a-b"),
        ("./日本", "function"),
        ("./-x-", "x"),
        ("./v1.2", "v1-2"),
    ],
)
def test_a_main_is_called_after_its_folder(package: str, name: str) -> None:
    assert called(package) == name


def test_a_main_at_the_root_is_called_after_its_module() -> None:
    assert called(".", "example.com/orders/v2") == "orders"
    assert called(".", "lambda") == "function"


def test_names_that_collide_grow_by_the_folders_above() -> None:
    mains = [GoMain(package=f"./{one}/api", import_path="m", go_mod="go.mod") for one in ("a", "b")]

    assert each_once([names_of(main) for main in mains]) == ["a-api", "b-api"]


def test_names_that_differ_in_case_alone_collide() -> None:
    assert each_once([["Orders", "x-Orders"], ["orders"]]) == ["x-Orders", "orders"]


def test_what_cannot_grow_is_numbered() -> None:
    assert each_once([["a"], ["A"], ["a"], ["a-2"]]) == ["a", "A-2", "a-3", "a-2-2"]


def test_a_name_of_a_template_grows_by_the_folders_of_the_template() -> None:
    assert longer_names("Api", "services/a/template.yaml") == ("Api", "a-Api", "services-a-Api")
    assert longer_names("Api", "infra/cdk.out/Shop.template.json") == ("Api", "infra-Api")


@given(st.text())
def test_every_text_becomes_a_name_of_a_spec(text: str) -> None:
    assert re.fullmatch(NAME, fit(text))
    assert "." not in fit(text)


@given(st.lists(st.lists(st.text(alphabet="aA-1", min_size=1, max_size=3).map(fit), min_size=1, max_size=3)))
def test_names_are_given_once(choices: list[list[str]]) -> None:
    names = each_once(choices)

    assert len({name.lower() for name in names}) == len(choices)
    assert all(re.fullmatch(NAME, name) for name in names)

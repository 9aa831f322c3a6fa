"""The schema that editors read says what the model says."""

from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import pytest

from lambdabuild.model.spec import Allow, Cgo, Executor, Function, Include, Layout, Spec
from lambdabuild.spec import json_schema, load
from tests.support.spec import FUNCTION


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return json_schema()


def test_it_names_its_draft(schema: dict[str, Any]) -> None:
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"] == "buildspec.yaml of lambdabuild"


def test_it_has_every_field_of_the_model_and_no_other(schema: dict[str, Any]) -> None:
    top = {field.name for field in fields(Spec)} - {"file"}
    function = {field.name for field in fields(Function)} - {"name"}

    assert set(schema["properties"]) == top | {"version", "runtime", "architectures", "defaults"}
    assert set(schema["$defs"]["FunctionDocument"]["properties"]) == function
    assert set(schema["$defs"]["IncludeDocument"]["properties"]) == {field.name for field in fields(Include)}
    assert set(schema["$defs"]["AllowDocument"]["properties"]) == {field.name for field in fields(Allow)}


def test_its_words_are_the_words_of_the_model(schema: dict[str, Any]) -> None:
    function = schema["$defs"]["FunctionDocument"]["properties"]

    for field, words in {"executor": Executor, "cgo": Cgo, "layout": Layout}.items():
        assert tuple(function[field]["enum"]) == get_args(words)


def test_its_defaults_are_those_that_load_fills_in(schema: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "buildspec.yaml"
    file.write_text(FUNCTION)
    spec = load(file)
    properties = schema["$defs"]["FunctionDocument"]["properties"]
    said = {name: each["default"] for name, each in properties.items() if "default" in each}

    for name, default in said.items():
        value = getattr(spec.functions["orders"], name)
        assert (list(value) if isinstance(value, tuple) else value) == default, name
    assert list(spec.hosts) == schema["properties"]["hosts"]["default"]
    assert schema["$defs"]["IncludeDocument"]["properties"]["mode"]["default"] == f"0{Include(source='x').mode:o}"


def test_every_field_is_described_and_no_other_is_allowed(schema: dict[str, Any]) -> None:
    for each in (schema, *schema["$defs"].values()):
        assert each["additionalProperties"] is False
        for name, field in each["properties"].items():
            assert field.get("description") or "$ref" in field, name


def test_nothing_may_be_null(schema: dict[str, Any]) -> None:
    assert "null" not in str(schema)


@pytest.mark.parametrize("name", ["images", "variables", "functions"])
def test_names_are_held_to_their_pattern(schema: dict[str, Any], name: str) -> None:
    assert schema["properties"][name]["additionalProperties"] is False
    assert len(schema["properties"][name]["patternProperties"]) == 1

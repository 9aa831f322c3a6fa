"""What Terraform may ask: one object of strings, with known names."""

from pathlib import Path

import pytest

from lambdabuild.hooks.terraform import Query, QueryError, read_query
from lambdabuild.model.platform import Architecture

EXAMPLE = 'write `query = { function = "orders", architecture = "arm64" }`'


@pytest.mark.parametrize(
    ("text", "query"),
    [
        (b'{"function": "orders"}', Query(function="orders", architecture=None, file=None, variables={})),
        (
            b'{"function": "orders", "architecture": "x86_64", "file": "../buildspec.yaml"}',
            Query(function="orders", architecture=Architecture.AMD64, file=Path("../buildspec.yaml"), variables={}),
        ),
        (
            b'{"function": "a", "architecture": "amd64", "file": ""}',
            Query(function="a", architecture=Architecture.AMD64, file=None, variables={}),
        ),
        (
            b'{"function": "a", "set.version": "1.2.3", "set.a.b": ""}',
            Query(function="a", architecture=None, file=None, variables={"version": "1.2.3", "a.b": ""}),
        ),
        (b'{"function": "a", "architecture": ""}', Query(function="a", architecture=None, file=None, variables={})),
    ],
)
def test_a_query_is_read(text: bytes, query: Query) -> None:
    assert read_query(text) == query


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (b"", "stdin is not JSON: Expecting value: line 1 column 1 (char 0)", f"Terraform writes it: {EXAMPLE}"),
        (b'["a"]', "stdin is a list, expected one JSON object", f"Terraform writes it: {EXAMPLE}"),
        (b"null", "stdin is null, expected one JSON object", f"Terraform writes it: {EXAMPLE}"),
        (b'"a"', "stdin is text, expected one JSON object", f"Terraform writes it: {EXAMPLE}"),
        (b'{"function": 1}', "query: `function` is a number, expected text", EXAMPLE),
        (b'{"function": true}', "query: `function` is a boolean, expected text", EXAMPLE),
        (b'{"function": {}}', "query: `function` is an object, expected text", EXAMPLE),
        (b'{"function": "a", "set.version": 1}', "query: `set.version` is a number, expected text", EXAMPLE),
        (b"{}", "query: `function` is missing", EXAMPLE),
        (
            b'{"functoin": "a"}',
            "query: `functoin` is not understood",
            "known: `function`, `architecture`, `file`, and `set.NAME` for a variable of the spec",
        ),
        (
            b'{"function": "a", "architecture": "arm"}',
            "query: `architecture` is `arm`",
            "write `arm64`, or `x86_64` (amd64)",
        ),
    ],
)
def test_what_is_no_query_is_told(text: bytes, message: str, hint: str) -> None:
    with pytest.raises(QueryError) as caught:
        read_query(text)

    assert (caught.value.message, caught.value.hint, caught.value.exit_code) == (message, hint, 2)


@pytest.mark.parametrize("text", [b'{"function": "\xff"}', b"[" * 100_000])
def test_what_cannot_be_decoded_is_not_json(text: bytes) -> None:
    with pytest.raises(QueryError, match="stdin is not JSON"):
        read_query(text)

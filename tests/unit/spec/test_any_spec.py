"""Whatever is in the file: a spec, or an error that says where."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdabuild.errors import SpecError
from lambdabuild.spec import load
from tests.support.spec import FUNCTION

PIECES = [
    *"0123:-[]{}&*!|>'\"#%@`?, \n\t",
    *("version: 1\n", 'go: "1.26.8"\n', "functions:\n", "images:\n", "defaults:\n", "  orders:\n"),
    *("    package: ./x\n", "    strip: off\n"),
    *("    env: {CC: 1}\n", "    include: [{source: a, mode: 0644}]\n", "    build_image: {amd64: x}\n"),
    *("    allow: [{}]\n", "    ldflags: ['${a}']\n", "  ", "null", "~", "true", "1.5", ".inf", "\r\n"),
]
WORDS = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


@settings(max_examples=300)
@given(
    text=st.one_of(
        st.binary(),
        WORDS.map(str.encode),
        WORDS.map(lambda words: (FUNCTION + words).encode()),
    )
)
def test_any_file_is_a_spec_or_refused(tmp_path_factory: pytest.TempPathFactory, text: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_bytes(text)
    try:
        spec = load(file)
    except SpecError as error:
        assert str(file) in error.message
    else:
        assert spec.functions


KEYS = st.sampled_from(("package", "go", "tags", "env", "include", "cgo", "build_image", "allow", "strip", "ldflags"))
TOP_KEYS = st.sampled_from(("hosts", "zig", "variables", "images", "defaults", "version", "x"))
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300)
@given(function=st.dictionaries(KEYS, VALUES), top=st.dictionaries(TOP_KEYS, VALUES))
def test_any_values_are_a_spec_or_refused(
    tmp_path_factory: pytest.TempPathFactory, function: dict[str, object], top: dict[str, object]
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    images = {"al2023": "public.ecr.aws/lambda/provided:al2023"}
    file.write_text(
        yaml.safe_dump({"version": 1, "go": "1.26.8", "images": images, "functions": {"f": function}, **top})
    )
    try:
        load(file)
    except SpecError as error:
        assert str(file) in error.message

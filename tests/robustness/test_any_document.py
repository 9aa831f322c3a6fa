"""Whatever a registry, or a layout of files, says of an image: it is what it should be, or malformed in words."""

import json
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdabuild.io.registry.documents import (
    CONFIG_TYPES,
    INDEX_TYPES,
    MANIFEST_TYPES,
    parse_config,
    parse_document,
    parse_listed,
)
from lambdabuild.io.registry.fields import MalformedError
from tests.robustness.bounds import within
from tests.robustness.fuzzing import Field, fuzz, mutated
from tests.robustness.json_trees import changed
from tests.support.registry import Image, descriptor

PARSED, TREES = 2000, 400
DIGEST = f"sha256:{'0' * 64}"
BLOB = descriptor(b"x", "application/octet-stream")

DOCUMENTS: dict[str, object] = {
    "manifest": {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPES[0],
        "config": descriptor(b"config", CONFIG_TYPES[0]),
        "layers": [BLOB, BLOB],
    },
    "index": {
        "schemaVersion": 2,
        "mediaType": INDEX_TYPES[0],
        "manifests": [
            {
                **descriptor(b"child", MANIFEST_TYPES[0]),
                "platform": {"os": "linux", "architecture": architecture, "variant": "v8"},
                "annotations": {"org.opencontainers.image.ref.name": "latest"},
            }
            for architecture in ("amd64", "arm64")
        ],
    },
    "config": dict(Image(layers=()).config),
}
PARSERS: dict[str, Callable[[bytes], object]] = {
    "manifest": lambda content: parse_document(content, DIGEST),
    "index": lambda content: parse_document(content, DIGEST),
    "listed": parse_listed,
    "config": parse_config,
}


def parsed(parser: str, content: bytes) -> str:
    try:
        found = PARSERS[parser](content)
    except MalformedError as error:
        assert str(error).isprintable()
        return "malformed"
    assert repr(found)
    return type(found).__name__


@pytest.mark.parametrize("parser", PARSERS)
def test_any_document_is_parsed_or_malformed(parser: str, tmp_path: Path) -> None:
    tree = DOCUMENTS["index" if parser == "listed" else parser]
    content = json.dumps(tree).encode()
    anywhere = [Field(at, 1) for at in range(len(content))]

    def make(chance: Random) -> bytes:
        if chance.random() < 0.3:
            return mutated(content, [anywhere], chance)
        return json.dumps(changed(tree, chance)).encode()

    assert len(fuzz(parser, make, lambda content: parsed(parser, content), PARSED, tmp_path)) > 1


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.sampled_from([DIGEST, "linux"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["config", "layers", "manifests", "digest", "size", "mediaType", "platform", "rootfs", "os"]
            )
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("parser", PARSERS)
@given(tree=ANY, keys=st.booleans())
@settings(max_examples=TREES, derandomize=True, database=None)
def test_any_tree_is_parsed_or_malformed(parser: str, tree: object, keys: bool) -> None:
    content = json.dumps({"schemaVersion": 2, "manifests": tree, "rootfs": tree} if keys else tree).encode()

    with within():
        assert parsed(parser, content)


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize(
    "content", [b"[" * 200_000, b'{"a":' * 200_000, b"1" * 100_000, b'{"size": 1e999}', b"\xff\xfe"]
)
def test_what_no_one_can_parse_is_malformed(parser: str, content: bytes) -> None:
    with within():
        assert parsed(parser, content) == "malformed"

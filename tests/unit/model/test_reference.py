"""What an image is called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdabuild.model.reference import ImageReference

DIGEST = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("text", "registry", "repository", "tag", "digest"),
    [
        ("alpine", "docker.io", "library/alpine", None, None),
        ("alpine:3.22", "docker.io", "library/alpine", "3.22", None),
        ("docker.io/alpine", "docker.io", "library/alpine", None, None),
        ("index.docker.io/library/alpine", "docker.io", "library/alpine", None, None),
        ("amazon/aws-lambda-go:1", "docker.io", "amazon/aws-lambda-go", "1", None),
        ("localhost/x", "localhost", "x", None, None),
        ("localhost:5000/a/b:t", "localhost:5000", "a/b", "t", None),
        ("[::1]:5000/x:t", "[::1]:5000", "x", "t", None),
        ("public.ecr.aws/lambda/provided:al2023", "public.ecr.aws", "lambda/provided", "al2023", None),
        (f"quay.io/x@{DIGEST}", "quay.io", "x", None, DIGEST),
        (f"quay.io/x:t@{DIGEST}", "quay.io", "x", "t", DIGEST),
    ],
)
def test_a_reference_is_read_as_docker_does(
    text: str, registry: str, repository: str, tag: str | None, digest: str | None
) -> None:
    reference = ImageReference.parse(text)

    assert reference == ImageReference(registry=registry, repository=repository, tag=tag, digest=digest)
    assert reference.name == f"{registry}/{repository}"


@pytest.mark.parametrize(
    "text",
    ["", " ", "Foo", "a b", "a:", "a@sha256:00", ":t", "a//b", "a/", "/a", "a:t:u", "a___b", "a:" + "t" * 129, "a\n"],
)
def test_what_is_not_a_reference_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an image reference"):
        ImageReference.parse(text)


@given(st.from_regex(r"(?:[a-z]{1,5}\.io/)?[a-z0-9]{1,5}(?:[._-][a-z0-9]{1,5}){0,2}(?::[\w.]{1,5})?", fullmatch=True))
def test_what_is_written_out_reads_back_the_same(text: str) -> None:
    try:
        reference = ImageReference.parse(text)
    except ValueError:
        return
    assert ImageReference.parse(str(reference)) == reference

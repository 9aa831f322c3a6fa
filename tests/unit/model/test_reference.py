"""What an image is called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdabuild.model.reference import ImageReference, Mirror

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


@pytest.mark.parametrize(
    ("prefix", "original", "copy"),
    [
        ("m.io/a", "public.ecr.aws/lambda/provided:al2023", "m.io/a/public.ecr.aws/lambda/provided"),
        ("m.io/a", f"q.io/x:t@{DIGEST}", f"m.io/a/q.io/x:t-000000000000@{DIGEST}"),
        ("localhost", f"q.io/x@{DIGEST}", f"localhost/q.io/x:pin-000000000000@{DIGEST}"),
        ("m.io:5000", "127.0.0.1:5001/x", "m.io:5000/127.0.0.1_5001/x"),
        ("m.io/a/b", "[::1]:5000/x", "m.io/a/b/ipv6---1_5000/x"),
        ("m.io", "Registry.Example.com/x", "m.io/registry.example.com/x"),
        ("docker.io/me", "alpine:3", "docker.io/me/docker.io/library/alpine"),
    ],
)
def test_a_mirror_has_a_name_for_every_image(prefix: str, original: str, copy: str) -> None:
    named = Mirror.parse(prefix).copy_of(ImageReference.parse(original))

    assert str(named) == copy
    assert ImageReference.parse(str(named)) == named


def test_a_long_tag_is_cut_where_a_tag_may_end() -> None:
    copy = Mirror(prefix="m.io").copy_of(ImageReference.parse(f"q.io/x:{'t' * 128}@{DIGEST}"))

    assert ImageReference.parse(str(copy)).tag == "t" * 100 + "-000000000000"


@pytest.mark.parametrize(
    "text", ["", "m", "m/a", "M.io/A", "m.io/", "https://m.io", "m.io/a:t", "m.io/a b", "index.docker.io"]
)
def test_what_is_no_registry_is_no_mirror(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not an image reference|names no registry"):
        Mirror.parse(text)


@pytest.mark.parametrize("registry", ["reg.example.com.", "a..b", "[fe80::]", "foo-.com", "-x.io:5000"])
def test_every_host_that_a_reference_may_have_has_a_folder_on_a_mirror(registry: str) -> None:
    copy = Mirror(prefix="m.io").copy_of(ImageReference.parse(f"{registry}/x:1@{DIGEST}"))

    assert copy.repository == f"hex-{registry.encode().hex()}/x"

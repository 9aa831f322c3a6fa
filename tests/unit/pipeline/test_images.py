"""Which image a name means."""

import pytest

from lambdabuild.errors import UsageError
from lambdabuild.pipeline.images import public_image, refuse_no_runtime, runtime_of


@pytest.mark.parametrize(
    ("runtime", "image"),
    [
        ("provided.al2023", "provided:al2023"),
        ("provided.al2", "provided:al2"),
        ("python3.13", "python:3.13"),
        ("nodejs22.x", "nodejs:22"),
        ("java21", "java:21"),
        ("java8.al2", "java:8.al2"),
        ("dotnet8", "dotnet:8"),
        ("ruby3.4", "ruby:3.4"),
        ("go1.x", "go:1"),
    ],
)
def test_a_runtime_has_a_public_image_and_back(runtime: str, image: str) -> None:
    public = f"public.ecr.aws/lambda/{image}"

    assert public_image(runtime) == public
    assert runtime_of(public) == runtime
    assert runtime_of(f"{public}@sha256:{'0' * 64}") == runtime
    assert runtime_of(f"{public}.2026.02.27.21") == runtime
    assert runtime_of(f"mirror.example/aws/lambda/{image}-arm64") == runtime


@pytest.mark.parametrize(
    "name", ["provided", "javaapp", "rubyx", "provied.al2023", "provided.al9", "go1.26", "", "python"]
)
def test_what_is_no_runtime_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="is not a runtime of AWS Lambda that has an image"):
        public_image(name)


@pytest.mark.parametrize("image", ["oci:./al2023", "alpine:3", "public.ecr.aws/lambda/provided", "lambda/go:2"])
def test_another_image_is_of_no_runtime(image: str) -> None:
    assert runtime_of(image) is None


def test_a_runtime_may_be_anything_where_its_image_is_given() -> None:
    refuse_no_runtime("mine", "oci:./mine", None)
    refuse_no_runtime("go1.x", None, None)
    refuse_no_runtime(None, None, None)
    with pytest.raises(UsageError):
        refuse_no_runtime("mine", None, None)

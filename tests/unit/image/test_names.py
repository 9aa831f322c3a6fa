"""What a user writes for an image of this machine."""

import pytest

from lambdabuild.errors import UsageError
from lambdabuild.image.sources import DockerArchive, Layout, local_image


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("oci:dir", Layout),
        ("oci:dir:tag", Layout),
        ("oci:/a/dir:name/of:tag", Layout),
        ("docker-archive:file.tar", DockerArchive),
        ("docker-archive:../file.tar:example.com:5000/app:1", DockerArchive),
    ],
)
def test_a_name_is_read_as_skopeo_reads_it(text: str, kind: type) -> None:
    source = local_image(text)
    assert source is not None
    assert (type(source), source.name) == (kind, text)


def test_a_colon_without_a_tag_names_none() -> None:
    source = local_image("oci:dir:")
    assert source is not None
    assert source.name == "oci:dir"


@pytest.mark.parametrize("text", ["public.ecr.aws/lambda/provided:al2023", "oci", "oci/app:1", "dir", "docker://x"])
def test_other_names_are_not_of_this_machine(text: str) -> None:
    assert local_image(text) is None


@pytest.mark.parametrize("text", ["oci:", "docker-archive:", "oci::tag"])
def test_a_name_without_a_path_is_a_mistake_of_the_user(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        local_image(text)
    assert caught.value.message == f"`{text}` names no path"
    assert caught.value.hint == "write `oci:DIR`, or `docker-archive:FILE`"

"""What a machine is called."""

import pytest

from lambdabuild.model.platform import ACTION_HOST, Architecture, Platform, host_platform


@pytest.mark.parametrize("text", ["linux/amd64", "linux/arm64", "linux/arm64/v8", "windows/amd64"])
def test_a_platform_reads_back_the_same(text: str) -> None:
    assert str(Platform.parse(text)) == text


@pytest.mark.parametrize("text", ["", "linux", "linux/", "/amd64", "linux/arm64/", "linux/arm64/v8/x"])
def test_what_is_not_a_platform_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not os/architecture\[/variant\]"):
        Platform.parse(text)


def test_only_a_variant_that_says_nothing_is_dropped() -> None:
    assert str(Platform.parse("linux/arm64/v8").canonical) == "linux/arm64"
    assert str(Platform.parse("linux/arm/v7").canonical) == "linux/arm/v7"


def test_an_architecture_names_its_platform() -> None:
    assert Architecture("amd64").platform == ACTION_HOST
    assert f"{Architecture.ARM64}" == "arm64"


def test_this_machine_is_a_platform() -> None:
    platform = Platform.parse(host_platform())

    assert platform.os
    assert platform.architecture not in {"x86_64", "aarch64"}

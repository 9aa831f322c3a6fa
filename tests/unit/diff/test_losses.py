"""What is lost, for whom, and in which words an update is refused."""

from pathlib import Path

import pytest

from lambdabuild.diff import UpdateRefusedError, losses
from lambdabuild.model.comparison import ImageMove, PlatformMove
from lambdabuild.model.report import LockReport
from tests.unit.diff.support import GCC_11, GCC_14, NAME, NEW, OLD, changed, image, move

BEFORE = image({"libstdc++.so.6": GCC_14, "libssl.so.3": None, "libcurl.so.4": None})
AFTER = image({"libstdc++.so.6": GCC_11, "libssl.so.4": None})
LOST = PlatformMove(platform="linux/amd64", old=OLD, new=None, functions=("orders", "audio"), judged=("audio",))


def refusal(moved: ImageMove) -> str:
    """What a user is told."""
    error = UpdateRefusedError(LockReport(lock=Path("images.lock"), losses=losses(moved), written=False))
    assert error.exit_code == 3
    assert error.hint == (
        "look at all of it with `lambdabuild lock --update --dry-run`; to move the pin all the same, add"
        " `--accept-loss`"
    )
    return error.message.removeprefix("`images.lock` stays as it is: ")


def test_versions_libraries_and_sonames_are_lost_to_who_is_judged_by_them() -> None:
    assert refusal(move(changed(BEFORE, AFTER, functions="orders audio"))) == (
        f"`audio` relies on what `{NAME}` loses: `libcurl.so.4` (linux/amd64), `libssl.so.3` (linux/amd64),"
        " GLIBCXX_3.4.30 … 3.4.33, CXXABI_1.3.14, CXXABI_1.3.15 of `libstdc++.so.6` (linux/amd64)"
    )


def test_a_platform_is_lost_to_everyone_who_is_built_for_it() -> None:
    assert refusal(move(LOST)) == f"`orders`, `audio` rely on what `{NAME}` loses: the platform (linux/amd64)"


def test_what_is_lost_on_two_platforms_is_named_once() -> None:
    amd64 = changed(image({"libz.so.1": ["ZLIB_1.2.9"]}), image({"libz.so.1": []}))
    arm64 = PlatformMove(**{**_facts(amd64), "platform": "linux/arm64"})  # type: ignore[arg-type]

    assert refusal(move(amd64, arm64)) == (
        f"`audio` relies on what `{NAME}` loses: ZLIB_1.2.9 of `libz.so.1` (linux/amd64, linux/arm64)"
    )


def _facts(one: PlatformMove) -> dict[str, object]:
    return {name: getattr(one, name) for name in PlatformMove.__slots__}


def test_what_cannot_be_told_is_no_less_than_a_loss() -> None:
    unread = PlatformMove(
        platform="linux/amd64", old=OLD, new=NEW, functions=("orders", "audio"), judged=("audio",), unknown="it is gone"
    )
    unlisted = PlatformMove(platform="linux/amd64", old=None, new=NEW, functions=("audio",), judged=("audio",))
    told = f"`audio` relies on what `{NAME}` loses: what cannot be told: it is gone (linux/amd64)"

    assert refusal(move(unread)) == told
    assert refusal(move(unlisted, unknown="it is gone")) == told
    assert losses(move(PlatformMove(platform="linux/amd64", old=None, new=None, functions=("a",)), unknown="gone"))


@pytest.mark.parametrize(
    "harmless",
    [
        changed(BEFORE, AFTER, functions="orders", judged=""),
        changed(BEFORE, AFTER, functions="", judged=""),
        changed(AFTER, image({"libstdc++.so.6": GCC_14, "libssl.so.4": None})),
        PlatformMove(platform="linux/s390x", old=OLD, new=None),
        PlatformMove(platform="linux/riscv64", old=None, new=NEW),
        PlatformMove(platform="linux/amd64", old=OLD, new=NEW, functions=("orders",), unknown="it is gone"),
    ],
    ids=["static", "not used", "gained", "a platform of no one", "a new platform", "static, and cannot be told"],
)
def test_nothing_is_lost_to_those_who_need_it_not(harmless: PlatformMove) -> None:
    assert losses(move(harmless)) == ()


def test_names_of_strangers_are_made_harmless() -> None:
    told = refusal(move(changed(image({"lib\x1b[31m.so.1": ["A\n_1"]}), image({"lib\x1b[31m.so.1": []}))))

    assert "A\\n_1 of `lib\\x1b[31m.so.1`" in told

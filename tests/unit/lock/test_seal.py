"""The seal: it breaks with every fact that is moved by hand."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lambdabuild.errors import BrokenSealError
from lambdabuild.lock import broken_seals, read_lock, write_lock
from lambdabuild.lock.seal import seal
from lambdabuild.model.lock import Lock, LockedImage, LockedPlatform
from tests.unit.lock.support import IMAGE, OTHER, digest

PLATFORM = LockedPlatform(digest=digest("b"), abi=digest("c"), glibc="GLIBC_2.34", libstdcxx="GLIBCXX_3.4.33")
IMAGE_FACTS = LockedImage(
    pin=f"{IMAGE}@{digest('a')}",
    created="2026-02-27T21:04:11Z",
    platforms={"linux/amd64": PLATFORM, "linux/arm64": LockedPlatform(digest=digest("d"))},
    seal="",
)
SEALED = replace(IMAGE_FACTS, seal=seal(IMAGE, IMAGE_FACTS))

MOVED: dict[str, Callable[[str], str]] = {
    "the pin": lambda text: text.replace(f"{IMAGE}@{digest('a')}", f"{IMAGE}@{digest('9')}"),
    "a platform's digest": lambda text: text.replace(digest("b"), digest("9")),
    "the time": lambda text: text.replace("2026-02-27", "2026-02-28"),
    "the inventory": lambda text: text.replace(digest("c"), digest("9")),
    "a version node": lambda text: text.replace("GLIBC_2.34", "GLIBC_2.35"),
    "another version node": lambda text: text.replace("GLIBCXX_3.4.33", "GLIBCXX_3.4.34"),
    "a platform": lambda text: text.replace("linux/arm64", "linux/arm"),
    "the seal": lambda text: text.replace(SEALED.seal, digest("9")),
    "a fact that is gone": lambda text: text.replace(f"        abi: {digest('c')}\n", ""),
}


def test_a_seal_is_this() -> None:
    """Another value breaks every lock that people have."""
    assert SEALED.seal == "sha256:c2f669ef3ca53b3342f0259dbb5a70c396d38b040bf90241ef0bfb0593a0f8b6"


def test_a_seal_holds(tmp_path: Path) -> None:
    lock = Lock(images={IMAGE: SEALED})
    write_lock(tmp_path / "images.lock", lock)

    assert broken_seals(lock) == broken_seals(read_lock(tmp_path / "images.lock")) == ()


def test_the_seal_is_not_a_part_of_itself() -> None:
    assert seal(IMAGE, SEALED) == seal(IMAGE, IMAGE_FACTS)


def test_the_order_of_platforms_does_not_count() -> None:
    other_way = replace(IMAGE_FACTS, platforms=dict(sorted(IMAGE_FACTS.platforms.items(), reverse=True)))

    assert seal(IMAGE, other_way) == SEALED.seal


@pytest.mark.parametrize("moved", MOVED)
def test_it_breaks_with(moved: str, tmp_path: Path) -> None:
    file = tmp_path / "images.lock"
    write_lock(file, Lock(images={IMAGE: SEALED}))

    file.write_text(MOVED[moved](file.read_text()))

    assert broken_seals(read_lock(file)) == (IMAGE,)


def test_facts_of_another_image_break_it() -> None:
    assert broken_seals(Lock(images={OTHER: SEALED, IMAGE: SEALED})) == (OTHER,)


def test_a_broken_seal_is_told() -> None:
    error = BrokenSealError(Path("images.lock"), broken_seals(Lock(images={OTHER: SEALED})))

    assert error.message == (
        f"`images.lock`: the seal of `{OTHER}` does not match its pin; a pin was moved without its platforms"
    )
    assert error.hint == "run `lambdabuild lock`: it reads the platforms of the new pin and seals them"
    assert error.exit_code == 3

"""What `lambdabuild lock` did, by the lock before and the lock after."""

from dataclasses import replace

from lambdabuild.diff import changes, moved, toolchain_moves
from lambdabuild.model.lock import Lock, LockedImage, LockedPlatform, LockedToolchain
from lambdabuild.model.report import Change, ToolchainMove

A, B = (f"sha256:{letter * 64}" for letter in "ab")
IMAGE = LockedImage(
    pin=f"x/y:1@{A}",
    created="2026-02-27T21:04:11Z",
    platforms={"linux/amd64": LockedPlatform(digest=A), "linux/arm64": LockedPlatform(digest=B)},
    seal=A,
)
LOCK = Lock(images={"x/y:1": IMAGE})


def toolchains(*names: str) -> Lock:
    host = {"linux/amd64": LockedToolchain(h1="h1:x", tree="t"), "linux/arm64": LockedToolchain(h1="h1:y", tree="t")}
    return Lock(toolchains=dict.fromkeys(names, host))


def test_the_same_lock_has_no_changes() -> None:
    assert (changes(LOCK, LOCK), moved(LOCK, LOCK), toolchain_moves(LOCK, LOCK)) == ((), (), ())


def test_images_are_added_and_dropped() -> None:
    assert changes(Lock(), LOCK) == (Change(verb="added", subject=f"x/y:1 {A}"),)
    assert changes(LOCK, Lock()) == (Change(verb="dropped", subject="x/y:1"),)


def test_a_pin_that_moved_is_told_as_that_alone() -> None:
    after = Lock(images={"x/y:1": replace(IMAGE, pin=f"x/y:1@{B}", platforms={})})

    assert moved(LOCK, after) == ("x/y:1",)
    assert changes(LOCK, after) == ()


def test_what_was_absent_is_completed() -> None:
    sparse = Lock(images={"x/y:1": replace(IMAGE, platforms={}, created=None)})
    read = replace(IMAGE, platforms={**IMAGE.platforms, "linux/arm64": LockedPlatform(digest=B, abi=A)})

    assert changes(sparse, LOCK) == (Change(verb="completed", subject=f"x/y:1 {A}"),)
    assert changes(LOCK, Lock(images={"x/y:1": read})) == (Change(verb="completed", subject=f"x/y:1 linux/arm64 {A}"),)


def test_a_toolchain_of_another_version_moved() -> None:
    old, new = toolchains("go@1.9.1", "go@1.26.7", "zig@0.16.0"), toolchains("go@1.26.8", "go@1.10.1", "zig@0.17.1")

    assert toolchain_moves(old, new) == (
        ToolchainMove(tool="go", old="1.9.1", new="1.10.1"),
        ToolchainMove(tool="go", old="1.26.7", new="1.26.8"),
        ToolchainMove(tool="zig", old="0.16.0", new="0.17.1"),
    )
    assert changes(old, new) == ()


def test_toolchains_of_which_no_one_can_tell_which_moved_are_added_and_dropped() -> None:
    old, new = toolchains("go@1.26.7"), toolchains("go@1.26.8", "go@1.25.1")

    assert toolchain_moves(old, new) == ()
    assert [(one.verb, one.subject) for one in changes(old, new)] == [
        *(("added", f"go@{version} {host}") for version in ("1.25.1", "1.26.8") for host in HOSTS),
        *(("dropped", f"go@1.26.7 {host}") for host in HOSTS),
    ]


HOSTS = ("linux/amd64", "linux/arm64")


def test_a_host_is_added_and_dropped_alone() -> None:
    both = toolchains("go@1.26.8")
    one = Lock(toolchains={"go@1.26.8": {"linux/arm64": both.toolchains["go@1.26.8"]["linux/arm64"]}})

    assert changes(one, both) == (Change(verb="added", subject="go@1.26.8 linux/amd64"),)
    assert changes(both, one) == (Change(verb="dropped", subject="go@1.26.8 linux/amd64"),)

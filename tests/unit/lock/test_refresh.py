"""`lambdabuild lock`: adds, completes, drops; never moves a pin."""

from dataclasses import replace

import pytest

from lambdabuild.diff import toolchain_moves
from lambdabuild.lock import broken_seals
from lambdabuild.model.lock import Lock, LockedImage
from lambdabuild.model.report import ToolchainMove
from tests.unit.lock.support import HOSTS, IMAGE, LIBRARIES, OTHER, SPEC, Project, digest, image_facts, toolchain, zig

LINUX = ("linux/amd64", "linux/arm64")
TOOLCHAINS = [("added", f"go@1.26.8 {host}") for host in HOSTS]


@pytest.fixture
def locked(project: Project) -> Lock:
    """What the first `lock` writes."""
    project.registry[IMAGE] = image_facts("a", *LINUX)
    lock, _ = project.refresh(Lock())
    project.asked.clear()
    return lock


def test_what_is_missing_is_added(project: Project) -> None:
    project.registry[IMAGE] = image_facts("a", *LINUX, "linux/s390x")

    lock, changes = project.refresh(Lock())

    assert changes == [("added", f"{IMAGE} {digest('a')}"), *TOOLCHAINS]
    image = lock.images[IMAGE]
    assert (image.pin, image.created) == (f"{IMAGE}@{digest('a')}", "2026-02-27T21:04:11Z")
    assert {name: found.digest for name, found in image.platforms.items()} == project.registry[IMAGE].platforms
    assert lock.toolchains == {"go@1.26.8": {host: toolchain("1.26.8", host) for host in HOSTS}}
    assert broken_seals(lock) == ()


def test_a_lock_that_covers_the_spec_asks_no_one(project: Project, locked: Lock) -> None:
    assert project.refresh(locked) == (locked, [])
    assert project.asked == []


def test_a_tag_that_moved_moves_no_pin(project: Project, locked: Lock) -> None:
    project.registry[IMAGE] = image_facts("b", *LINUX)

    lock, changes = project.refresh(locked, SPEC.replace(", darwin/arm64", ""))

    assert lock.images == locked.images
    assert changes == [("dropped", "go@1.26.8 darwin/arm64")]


def test_one_image_with_two_names_is_locked_once(project: Project, locked: Lock) -> None:
    lock, changes = project.refresh(locked, SPEC.replace("images:\n", f"images:\n  old: {IMAGE}\n"))

    assert (lock, changes) == (locked, [])


def test_what_the_spec_no_longer_names_is_dropped(project: Project, locked: Lock) -> None:
    project.registry[OTHER] = image_facts("c", *LINUX)

    lock, changes = project.refresh(locked, SPEC.replace(IMAGE, OTHER).replace("1.26.8", "1.27.3"))

    assert set(lock.images) == {OTHER}
    assert changes == [
        ("added", f"{OTHER} {digest('c')}"),
        ("dropped", IMAGE),
    ]
    assert lock.toolchains == {"go@1.27.3": {host: toolchain("1.27.3", host) for host in HOSTS}}
    assert toolchain_moves(locked, lock) == (ToolchainMove(tool="go", old="1.26.8", new="1.27.3"),)


def test_platforms_that_are_absent_are_filled_in(project: Project, locked: Lock) -> None:
    pin = f"{IMAGE}@{digest('a')}"
    project.registry[pin] = image_facts("a", *LINUX)
    sparse = replace(locked, images={IMAGE: LockedImage(pin=pin, seal=digest("0"))})

    lock, changes = project.refresh(sparse)

    assert (lock, changes) == (locked, [("completed", f"{IMAGE} {digest('a')}")])
    assert project.asked == [pin]


def test_a_pin_that_was_moved_by_hand_stays_and_is_read_anew(project: Project, locked: Lock) -> None:
    pin = f"{IMAGE}@{digest('d')}"
    project.registry[pin] = image_facts("d", *LINUX)
    moved = replace(locked, images={IMAGE: replace(locked.images[IMAGE], pin=pin)})
    assert broken_seals(moved) == (IMAGE,)

    lock, changes = project.refresh(moved)

    assert changes == [("completed", f"{IMAGE} {digest('d')}")]
    assert lock.images[IMAGE].pin == pin
    assert {found.digest[:-1] for found in lock.images[IMAGE].platforms.values()} == {digest("d")[:-1]}
    assert broken_seals(lock) == ()


def test_a_digest_in_the_spec_is_the_pin(project: Project) -> None:
    pinned = f"{IMAGE}@{digest('e')}"
    project.registry[pinned] = image_facts("e", *LINUX)

    lock, changes = project.refresh(Lock(), SPEC.replace(IMAGE, pinned))

    assert lock.images[pinned].pin == pinned
    assert changes[0] == ("added", f"{pinned} {digest('e')}")


def test_a_pin_of_the_spec_that_was_moved_goes_back(project: Project) -> None:
    pinned = f"{IMAGE}@{digest('e')}"
    project.registry[pinned] = image_facts("e", *LINUX)
    right, _ = project.refresh(Lock(), SPEC.replace(IMAGE, pinned))
    wrong = replace(right, images={pinned: replace(right.images[pinned], pin=f"{IMAGE}@{digest('f')}")})

    lock, changes = project.refresh(wrong, SPEC.replace(IMAGE, pinned))

    assert lock == right
    assert changes == [("completed", f"{pinned} {digest('e')}")]


def test_a_new_host_is_added_alone(project: Project, locked: Lock) -> None:
    _, changes = project.refresh(locked, SPEC.replace("linux/amd64, ", "linux/amd64, darwin/amd64, "))

    assert changes == [("added", "go@1.26.8 darwin/amd64")]
    assert project.asked == ["go@1.26.8 darwin/amd64"]


def test_a_function_with_a_go_of_its_own_has_it_locked(project: Project, locked: Lock) -> None:
    lock, changes = project.refresh(locked, f'{SPEC}  legacy:\n    package: ./cmd/legacy\n    go: "1.25.1"\n')

    assert changes == [("added", f"go@1.25.1 {host}") for host in HOSTS]
    assert lock.toolchains["go@1.26.8"] == locked.toolchains["go@1.26.8"]


ZIGS = [("added", f"zig@0.17.1 {host}") for host in HOSTS]
CGO = f"{SPEC}    cgo: zig\n".replace("runtime: new\n", 'runtime: new\nzig: "0.17.1"\n')


def test_what_cgo_is_judged_against_is_recorded(project: Project, locked: Lock) -> None:
    lock, changes = project.refresh(locked, CGO)

    image = lock.images[IMAGE]
    assert changes == [*(("completed", f"{IMAGE} {platform} {LIBRARIES.abi}") for platform in LINUX), *ZIGS]
    assert project.asked == [f"{image.pin} {platform} abi" for platform in LINUX] + [one for _, one in ZIGS]
    assert image.platforms == {
        platform: replace(LIBRARIES, digest=found.digest) for platform, found in locked.images[IMAGE].platforms.items()
    }
    assert broken_seals(lock) == ()


def test_what_opened_libraries_are_judged_against_is_recorded_too(project: Project, locked: Lock) -> None:
    _, changes = project.refresh(locked, f"{SPEC}    extra_needed: [libvips.so.42]\n")

    assert changes == [("completed", f"{IMAGE} {platform} {LIBRARIES.abi}") for platform in LINUX]


def test_what_is_recorded_is_not_asked_for_again(project: Project, locked: Lock) -> None:
    lock, _ = project.refresh(locked, CGO)
    project.asked.clear()

    assert project.refresh(lock, CGO) == (lock, [])
    assert project.refresh(lock)[0] == replace(lock, zigs={})
    assert project.asked == []


def test_zig_is_locked_where_a_function_has_c_that_it_compiles(project: Project, locked: Lock) -> None:
    lock, _ = project.refresh(locked, CGO)

    assert lock.zigs == {"zig@0.17.1": {host: zig("0.17.1", host) for host in HOSTS}}
    assert project.refresh(locked, SPEC.replace("runtime: new\n", 'runtime: new\nzig: "0.17.1"\n')) == (locked, [])


def test_a_zig_that_no_function_needs_is_dropped(project: Project, locked: Lock) -> None:
    lock, _ = project.refresh(locked, CGO)

    moved, told = project.refresh(lock, CGO.replace("0.17.1", "0.17.2"))
    _, changes = project.refresh(lock)

    dropped = [("dropped", f"zig@0.17.1 {host}") for host in sorted(HOSTS)]
    assert moved.zigs == {"zig@0.17.2": {host: zig("0.17.2", host) for host in HOSTS}}
    assert (told, toolchain_moves(lock, moved)) == ([], (ToolchainMove(tool="zig", old="0.17.1", new="0.17.2"),))
    assert changes == dropped


def test_a_new_host_has_its_zig_added(project: Project, locked: Lock) -> None:
    lock, _ = project.refresh(locked, CGO)

    _, changes = project.refresh(lock, CGO.replace("linux/amd64, ", "linux/amd64, darwin/amd64, "))

    assert changes == [("added", "go@1.26.8 darwin/amd64"), ("added", "zig@0.17.1 darwin/amd64")]


def test_the_floor_of_cgo_is_recorded_too(project: Project, locked: Lock) -> None:
    project.registry[OTHER] = image_facts("c", *LINUX, "linux/s390x")
    floor = CGO.replace("images:\n", f"images:\n  old: {OTHER}\n") + "    floor: [old]\n"

    lock, _ = project.refresh(locked, floor)

    recorded = {name: found.abi is not None for name, found in lock.images[OTHER].platforms.items()}
    assert recorded == {"linux/amd64": True, "linux/arm64": True, "linux/s390x": False}


def test_a_platform_that_the_image_lacks_is_left_to_the_build(project: Project) -> None:
    project.registry[IMAGE] = image_facts("a", "linux/amd64")

    lock, _ = project.refresh(Lock(), CGO)

    assert set(lock.images[IMAGE].platforms) == {"linux/amd64"}


def test_a_static_project_reads_no_layer(project: Project) -> None:
    project.registry[IMAGE] = image_facts("a", *LINUX)

    project.refresh(Lock())

    assert not [asked for asked in project.asked if asked.endswith(" abi")]

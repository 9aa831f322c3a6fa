"""`lambdabuild lock --update`: pins go where their tags are, and nothing else moves."""

import pytest

from lambdabuild.errors import UsageError
from lambdabuild.lock import broken_seals, movable
from lambdabuild.model.lock import Lock
from tests.unit.lock.support import IMAGE, OTHER, SPEC, Project, digest, image_facts

LINUX = ("linux/amd64", "linux/arm64")
PINNED = f"{IMAGE}@{digest('e')}"
THREE = SPEC.replace("images:\n", f"images:\n  old: {OTHER}\n  fixed: {PINNED}\n")


@pytest.fixture
def locked(project: Project) -> Lock:
    """Two tags and a digest, as the first `lock` writes them; then both tags move."""
    project.registry |= {
        IMAGE: image_facts("a", *LINUX),
        OTHER: image_facts("c", *LINUX),
        PINNED: image_facts("e", *LINUX),
    }
    lock, _ = project.refresh(Lock(), THREE)
    project.registry |= {IMAGE: image_facts("b", "linux/arm64"), OTHER: image_facts("d", *LINUX)}
    project.asked.clear()
    return lock


def test_every_tag_moves_and_what_the_spec_pins_stays(project: Project, locked: Lock) -> None:
    lock = project.update(locked, text=THREE)

    assert {name: image.pin for name, image in lock.images.items()} == {
        IMAGE: f"{IMAGE}@{digest('b')}",
        OTHER: f"{OTHER}@{digest('d')}",
        PINNED: PINNED,
    }
    assert set(lock.images[IMAGE].platforms) == {"linux/arm64"}
    assert lock.images[PINNED] == locked.images[PINNED]
    assert lock.toolchains == locked.toolchains
    assert broken_seals(lock) == ()
    assert project.asked == [OTHER, IMAGE], "each tag once: between two answers it could move again"


@pytest.mark.parametrize("name", ["old", OTHER])
def test_one_that_is_named_moves_alone(name: str, project: Project, locked: Lock) -> None:
    lock = project.update(locked, name, text=THREE)

    assert lock.images[OTHER].pin == f"{OTHER}@{digest('d')}"
    assert {name: image for name, image in lock.images.items() if name != OTHER} == {
        name: image for name, image in locked.images.items() if name != OTHER
    }
    assert project.asked == [OTHER]


def test_what_did_not_move_stays_as_it_is_written(project: Project, locked: Lock) -> None:
    """Also what the spec no longer needs to know of it."""
    project.registry[IMAGE] = image_facts("a", *LINUX)
    cgo = THREE.replace("runtime: new\n", 'runtime: new\nzig: "0.17.1"\n') + "    cgo: zig\n"
    known, _ = project.refresh(locked, cgo)
    assert known.images[IMAGE].platforms["linux/arm64"].abi is not None

    assert project.update(known, "new", text=THREE).images[IMAGE] == known.images[IMAGE]


def test_what_is_missing_is_added_as_by_lock(project: Project, locked: Lock) -> None:
    lock = project.update(Lock(), "old", text=THREE)

    assert set(lock.images) == {IMAGE, OTHER, PINNED}
    assert lock.toolchains == locked.toolchains


def test_a_pin_of_the_spec_that_is_named_is_an_error(project: Project) -> None:
    for name in ("fixed", PINNED):
        with pytest.raises(UsageError) as caught:
            movable(project.spec(THREE), [name])

        assert caught.value.message == (
            f"`{project.file}` pins `{name}` itself, by the digest in `{PINNED}`: `lock --update` never moves it"
        )
        assert caught.value.hint == "write another digest there, and run `lambdabuild lock`"
        assert caught.value.exit_code == 2


def test_a_name_that_is_not_there_is_told_with_those_that_are(project: Project) -> None:
    with pytest.raises(UsageError) as caught:
        movable(project.spec(THREE), ["new", "nwe"])

    assert caught.value.message == f"`{project.file}` has no image `nwe`"
    assert caught.value.hint == "`images` has `old`, `fixed`, `new`"

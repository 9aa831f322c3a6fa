"""The emulation decides what the real loader decides, whatever the world is."""

import os

import pytest

from lambdabuild.model.platform import Architecture
from tests.differential.decision import differences
from tests.differential.generator import world_of
from tests.differential.ground import Ground

FIRST = int(os.environ.get("LAMBDABUILD_TEST_SEED", "0"))
PARTS = 4
WORLDS = {Architecture.AMD64: 320, Architecture.ARM64: 60}
"""Of each loader."""


@pytest.mark.parametrize("part", range(PARTS))
def test_the_emulation_decides_what_the_loader_decides(any_ground: Ground, part: int) -> None:
    """LAMBDABUILD_TEST_SEED=1000 tries others than those from 0 on."""
    number = WORLDS[any_ground.architecture]
    for seed in range(FIRST + part, FIRST + number, PARTS):
        world = world_of(seed, any_ground.architecture, any_ground.platform)
        world.put_into(any_ground.root)
        truth = any_ground.truth(world)
        found = differences(truth, any_ground.emulation(world), loader=any_ground.interpreter)
        assert not found, "\n".join([f"seed {seed}", *found, str(world)])


@pytest.mark.parametrize("architecture", Architecture)
def test_a_seed_always_makes_the_same_world(architecture: Architecture) -> None:
    assert str(world_of(7, architecture, "cpu")) == str(world_of(7, architecture, "cpu"))
    assert str(world_of(7, architecture, "cpu")) != str(world_of(8, architecture, "cpu"))

"""Every recipe of the corpus, theme by theme."""

from collections.abc import Mapping
from typing import Final

from tests.corpus.catalogue import cpu, elf, files, libraries, packing, runtime, sizes, static, versions
from tests.corpus.recipe import Artifact, Recipe

__all__ = ["EXAMPLES", "RECIPES"]

_THEMES = (files, packing, elf, static, versions, libraries, cpu, sizes, runtime)

RECIPES: Final[tuple[Recipe, ...]] = tuple(recipe for theme in _THEMES for recipe in theme.RECIPES)

_FIRST = {(one.rule or one.note): one for one in reversed(RECIPES) if one.expected}

EXAMPLES: Final[Mapping[str, Artifact]] = {
    rule: Artifact(recipe=_FIRST[rule], architecture=_FIRST[rule].architectures[0]) for rule in sorted(_FIRST)
}
"""The first artifact of each rule: the one that its page shows."""

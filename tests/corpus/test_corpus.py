"""Every artifact of the corpus, judged by the real command: bad ones are found by their own rule, good ones are clean.

Where a real loader or the kernel can be asked, it agrees.
"""

import pytest

from lambdabuild.check import RULES
from lambdabuild.model.platform import Architecture
from tests.corpus.asked import speaks
from tests.corpus.catalogue import EXAMPLES, RECIPES
from tests.corpus.court import Court, in_turn
from tests.corpus.recipe import Artifact, artifacts

EVERY = in_turn(artifacts(*RECIPES))
BAD = [artifact for artifact in EVERY if artifact.recipe.bad]
GOOD = [artifact for artifact in EVERY if not artifact.recipe.bad]
ASKED = [artifact for artifact in EVERY if artifact.recipe.oracle is not None]


def slug(artifact: Artifact) -> str:
    return artifact.slug


@pytest.mark.parametrize("artifact", BAD, ids=slug)
def test_a_bad_artifact_is_found_by_its_own_rule_and_no_other(artifact: Artifact, court: Court) -> None:
    judged = court.judged(artifact)

    assert judged.findings == artifact.recipe.expected, "\n".join(judged.messages)
    assert judged.architecture == artifact.architecture


@pytest.mark.parametrize("artifact", GOOD, ids=slug)
def test_a_good_artifact_is_clean(artifact: Artifact, court: Court) -> None:
    """But for notes, where how it is packed deserves one."""
    judged = court.judged(artifact)

    assert judged.findings == artifact.recipe.expected, "\n".join(judged.messages)
    assert judged.architecture == artifact.architecture


@pytest.mark.parametrize("artifact", ASKED, ids=slug)
def test_the_loader_agrees(artifact: Artifact, court: Court) -> None:
    oracle = artifact.recipe.oracle
    assert oracle is not None

    asked = court.asked(artifact)

    assert (asked.code == 0) is oracle.starts, asked.printed
    if speaks(artifact):
        assert oracle.says in asked.printed
    assert asked.loads in (None, oracle.starts)


def test_the_corpus_is_as_large_as_it_is_said_to_be() -> None:
    for architecture in Architecture:
        assert sum(artifact.architecture is architecture for artifact in BAD) >= 45
        assert sum(artifact.architecture is architecture for artifact in GOOD) >= 20
    assert RULES.keys() == EXAMPLES.keys()
    assert len({artifact.slug for artifact in EVERY}) == len(EVERY)

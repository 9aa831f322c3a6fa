"""What moved between two images and two locks, and what is lost by it. Facts in, facts out: pure functions."""

from lambdabuild.diff.images import difference
from lambdabuild.diff.locks import changes, moved, toolchain_moves
from lambdabuild.diff.losses import UpdateRefusedError, losses
from lambdabuild.diff.uses import Use, uses

__all__ = ["UpdateRefusedError", "Use", "changes", "difference", "losses", "moved", "toolchain_moves", "uses"]

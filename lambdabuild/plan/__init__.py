"""The plan: which actions a build runs, on which inputs, under which digest."""

from lambdabuild.plan.planner import Planner

__all__ = ["Planner"]

"""The plan: which actions a build runs, on which inputs, under which digest."""

from lambdabuild.plan.causes import cgo_packages
from lambdabuild.plan.planner import Planner

__all__ = ["Planner", "cgo_packages"]

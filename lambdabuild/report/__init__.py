"""What a person or a program is shown: live on a terminal, plain lines elsewhere, one JSON document on request."""

from lambdabuild.report.abi import show_inventories
from lambdabuild.report.build import show_build
from lambdabuild.report.comparison import show_comparison
from lambdabuild.report.deployed import show_deployed
from lambdabuild.report.findings import show_findings, show_verdicts
from lambdabuild.report.init import show_init
from lambdabuild.report.lock import show_lock, show_outdated
from lambdabuild.report.plan import show_plan
from lambdabuild.report.progress import progress
from lambdabuild.report.style import Form, Style

__all__ = [
    "Form",
    "Style",
    "progress",
    "show_build",
    "show_comparison",
    "show_deployed",
    "show_findings",
    "show_init",
    "show_inventories",
    "show_lock",
    "show_outdated",
    "show_plan",
    "show_verdicts",
]

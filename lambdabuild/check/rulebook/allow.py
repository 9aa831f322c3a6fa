"""Rules about the check itself."""

from lambdabuild.model.finding import Rule, Severity

RULES = (
    Rule(
        id="LB901",
        severity=Severity.NOTE,
        title="an allow that allows nothing",
        message="`allow` accepts {allowed}, which was not found",
        why="What was accepted once is gone; if it comes back, no one would see it.",
        fix="remove {allowed} from `allow`, unless another architecture needs it",
    ),
    Rule(
        id="LB902",
        severity=Severity.NOTE,
        title="an allow of no rule",
        message="`allow` accepts {allowed}, and there is no such rule",
        why="Most likely it is a slip, and another rule was meant.",
        fix="write the id that a finding shows, like `LB401`",
    ),
)

"""Rules about Lambda's limits of size."""

from lambdabuild.model.finding import Rule, Severity

RULES = (
    Rule(
        id="LB501",
        severity=Severity.ERROR,
        title="too large when unzipped",
        message="unzipped [{layers}]it has {size} MB, of which `{file}` {largest} MB; Lambda takes less than 250 MB",
        why="The limit holds for the function and all of its layers together; the deployment is refused.",
        fix="include less, or deploy a container image, which may have 10 GB",
    ),
    Rule(
        id="LB502",
        severity=Severity.WARNING,
        title="too large for direct upload",
        message="zipped it has {size} MB, the largest entry is `{file}`; a direct upload takes less than 50 MB",
        why="Zips of 50 MB and more are deployed from S3. SAM and CDK do so anyway.",
        fix="deploy it from S3, or include less",
    ),
)

"""Rules about the runtime, and about what a program and its runtime say to each other."""

from lambdabuild.model.finding import Rule, Severity
from lambdabuild.model.platform import Architecture

RULES = (
    Rule(
        id="LB601",
        severity=Severity.WARNING,
        title="the runtime is past its end",
        message="{runtime} is deprecated since {deprecated}[; no function can be created with it since {no_create}]"
        "[, from {will_not_create} on no function can be created with it][, and none can be updated since {no_update}]"
        "[, and from {will_not_update} on none can be updated]",
        why="A deprecated runtime gets no more fixes of security. Later AWS blocks that functions are created with it,"
        " and in the end that they are updated.",
        fix="move to `{successor}`: set it as `runtime`, and check what is linked against the older libraries",
    ),
    Rule(
        id="LB602",
        severity=Severity.ERROR,
        title="aws-lambda-go is too old for a provided runtime",
        message="`{file}` was built with aws-lambda-go {version}, which cannot speak to {runtime}",
        why="The Runtime API, which is how the provided runtimes hand out events, is spoken since 1.18.0. Older ones"
        " wait for calls that only go1.x made, until the start times out.",
        fix="run `go get github.com/aws/aws-lambda-go@latest`, and build it again",
    ),
    Rule(
        id="LB603",
        severity=Severity.NOTE,
        title="aws-lambda-go was built without lambda.norpc",
        message="`{file}` was built without the tag `lambda.norpc`",
        why="aws-lambda-go then links net/rpc, which only go1.x used: a larger program that starts later.",
        fix="write `tags: [lambda.norpc]`, or build with `-tags lambda.norpc`",
    ),
    Rule(
        id="LB604",
        severity=Severity.ERROR,
        title="aws-lambda-go was built with lambda.norpc, for go1.x",
        message="`{file}` was built with the tag `lambda.norpc`, and go1.x is among its runtimes",
        why="go1.x starts the program itself and hands out events by net/rpc, which the tag leaves out. There is no"
        " Runtime API, so the program ends at once, and every invocation fails.",
        fix="build it without the tag; where a spec names go1.x in `floor`, lambdabuild leaves the tag out on amd64",
        architecture=Architecture.AMD64,
    ),
)

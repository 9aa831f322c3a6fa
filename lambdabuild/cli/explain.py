"""`lambdabuild explain`."""

import json
import sys

import click

from lambdabuild.cli.options import Globals, common


@click.command(epilog="\b\nExamples:\n  lambdabuild explain LB312\n  lambdabuild explain")
@click.argument("rule", required=False)
@common
def explain(options: Globals, rule: str | None) -> None:
    """Say what a rule of the check finds, why it fails on Lambda, and what to do. Without one, list them."""
    from lambdabuild.check import RULES
    from lambdabuild.check.explanation import page
    from lambdabuild.errors import UsageError

    if rule is None:
        shown = [{"rule": each.id, "severity": each.severity, "title": each.title} for each in RULES.values()]
        lines = "".join(f"{each.id}  {each.severity:<8}{each.title}\n" for each in RULES.values())
        sys.stdout.write(json.dumps({"version": 1, "rules": shown}, indent=2) + "\n" if options.as_json else lines)
        return
    known = RULES.get(rule.upper())
    if known is None:
        raise UsageError(f"there is no rule `{rule}`", hint="run `lambdabuild explain` for a list")
    if options.as_json:
        document = {"rule": known.id, "severity": known.severity, "title": known.title, "page": page(known.id)}
        sys.stdout.write(json.dumps({"version": 1, **document}, indent=2) + "\n")
        return
    sys.stdout.write(page(known.id))

"""`lambdabuild doctor`."""

import json
import sys

import click

from lambdabuild.cli.options import Globals, common


@click.command(epilog="\b\nExample:\n  lambdabuild doctor")
@common
def doctor(options: Globals) -> int:
    """Say what is here, what is missing, and the command that mends it. Uses no network."""
    from lambdabuild.errors import EnvironmentFailure
    from lambdabuild.model.events import Event
    from lambdabuild.pipeline.diagnosis import diagnose

    def ignore(event: Event) -> None:
        del event

    symptoms = diagnose(options.request(ignore))
    if options.as_json:
        shown = [{"name": one.name, "state": one.state, "says": one.says, "mend": one.mend} for one in symptoms]
        sys.stdout.write(json.dumps({"version": 1, "checks": shown}, indent=2) + "\n")
    else:
        for one in symptoms:
            sys.stdout.write(f"{one.state:<8}{one.name}: {one.says}\n" + (f"        {one.mend}\n" if one.mend else ""))
    return EnvironmentFailure.exit_code if any(one.state == "missing" for one in symptoms) else 0

"""`lambdabuild doctor`."""

import json
import sys

import click

from lambdabuild.cli.options import Globals, common


@click.command(epilog="\b\nExamples:\n  lambdabuild doctor\n  lambdabuild doctor --clean")
@common
@click.option("--clean", is_flag=True, help="Remove what killed runs left in the container engine.")
def doctor(options: Globals, clean: bool) -> int:
    """Say what is here, what is missing, and the command that mends it. Uses no network."""
    from lambdabuild.errors import EnvironmentFailure
    from lambdabuild.model.events import Event
    from lambdabuild.pipeline import diagnosis

    def ignore(event: Event) -> None:
        del event

    request = options.request(ignore)
    removed = diagnosis.clean(request) if clean else ()
    symptoms = diagnosis.diagnose(request)
    if options.as_json:
        shown = [{"name": one.name, "state": one.state, "says": one.says, "mend": one.mend} for one in symptoms]
        sys.stdout.write(json.dumps({"version": 1, "removed": removed, "checks": shown}, indent=2) + "\n")
    else:
        sys.stdout.writelines(f"removed {one}\n" for one in removed)
        for one in symptoms:
            sys.stdout.write(f"{one.state:<8}{one.name}: {one.says}\n" + (f"        {one.mend}\n" if one.mend else ""))
    return EnvironmentFailure.exit_code if any(one.state == "missing" for one in symptoms) else 0

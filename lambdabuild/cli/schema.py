"""`lambdabuild schema`."""

import json
import sys

import click


@click.command(epilog="\b\nExample:\n  lambdabuild schema > buildspec.schema.json")
def schema() -> None:
    """Print the JSON schema of buildspec.yaml; editors complete from it."""
    from lambdabuild.spec import json_schema

    sys.stdout.write(json.dumps(json_schema(), indent=2) + "\n")

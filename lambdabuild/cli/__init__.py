"""The command line: parsing, exit codes, nothing else. Each command is a file, imported when it is asked for."""

from lambdabuild.cli.main import cli, main

__all__ = ["cli", "main"]

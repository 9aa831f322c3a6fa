"""The group of commands, and how every command ends: one line on stderr, and an exit code that means something."""

import importlib
import os
import signal
import sys
from types import FrameType
from typing import Final, NoReturn

import click

from lambdabuild import __version__
from lambdabuild.errors import LambdabuildError

COMMANDS: Final = {
    "lock": "Pin every image and toolchain that the spec names.",
    "plan": "Show what a build would run, by digest.",
    "build": "Compile, check and zip.",
    "check": "Judge artifacts before they are deployed.",
    "schema": "Print the JSON schema of buildspec.yaml.",
    "doctor": "Say what is here, what is missing, and how to get it.",
    "completion": "Print the completion script of a shell.",
}

_BUG, _INTERRUPTED, _TERMINATED, _USAGE = 70, 130, 143, 2


class _Terminated(BaseException):
    """SIGTERM, as an exception that unwinds."""


class _Lazy(click.Group):
    """Knows the names and one line of each command; the rest is imported when one is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command = getattr(importlib.import_module(f"lambdabuild.cli.{cmd_name}"), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            raise click.UsageError(
                f"`{args[0]}` is not a command" + (f"; did you mean `{near[0]}`?" if near else ""), ctx
            )
        return super().resolve_command(ctx, args)


EPILOG = """\b
Examples:
  lambdabuild lock                     pin what the spec names, then commit images.lock
  lambdabuild build                    every function, every architecture, to dist/
  lambdabuild build --function orders --arch arm64
  lambdabuild lock --check             in CI: offline, exit 3 when the lock is stale

\b
Exit codes: 0 done, 1 the compile failed, 2 usage or spec, 3 lock, 4 environment, 5 a check failed, 70 a bug.
"""


@click.command(cls=_Lazy, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="lambdabuild %(version)s")
def cli() -> None:
    """Reproducible AWS Lambda artifacts: locked images, checked ELF files, deterministic zips."""


def main() -> NoReturn:
    """Run the command line, and exit."""
    signal.signal(signal.SIGTERM, _terminate)
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:  # noqa: PLR0911 - one for each way to end
    """The exit code of a command line; what went wrong is said on stderr (with `--json`, on stdout as well)."""
    try:
        code = cli.main(arguments, prog_name="lambdabuild", standalone_mode=False)
        sys.stdout.flush()
    except LambdabuildError as error:
        return _say(error, as_json="--json" in arguments)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        return _misused(error)
    except (KeyboardInterrupt, click.Abort, _Terminated) as signalled:
        terminated = isinstance(signalled, _Terminated)
        _line("error: terminated" if terminated else "error: interrupted")
        return _TERMINATED if terminated else _INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        import traceback

        traceback.print_exc()
        _line(
            f"error: a bug in lambdabuild {__version__}: {type(error).__name__}\n\nhint: report it with the lines above"
        )
        return _BUG
    return code if isinstance(code, int) else 0


def _say(error: LambdabuildError, *, as_json: bool) -> int:
    if error.output.strip():
        _line(error.output.strip())
    _line(f"error: {error.message}" + (f"\n\nhint: {error.hint}" if error.hint else ""))
    if as_json:
        import json

        facts = {"exit_code": error.exit_code, "hint": error.hint, "message": error.message, "output": error.output}
        sys.stdout.write(json.dumps({"error": facts}, indent=2) + "\n")
    return error.exit_code


def _misused(error: click.ClickException) -> int:
    command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "lambdabuild"
    message = error.format_message().rstrip(".")
    _line(f"error: {message}\n\nhint: run `{command} --help`")
    return _USAGE


def _line(text: str) -> None:
    sys.stderr.write(text + "\n")


def _terminate(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001 - the signature of a handler
    raise _Terminated

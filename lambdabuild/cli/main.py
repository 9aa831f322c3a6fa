"""The group of commands, and how every command ends: one line on stderr, and an exit code that means something."""

import errno
import importlib
import io
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final, NoReturn, TextIO

import click

from lambdabuild import __version__
from lambdabuild.errors import EnvironmentFailure, LambdabuildError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

COMMANDS: Final = {
    "init": "Write a buildspec.yaml for what is here.",
    "lock": "Pin every image and toolchain that the spec names.",
    "plan": "Show what a build would run, by digest.",
    "build": "Compile, check and zip.",
    "check": "Judge artifacts before they are deployed.",
    "explain": "Say what a rule of the check is about.",
    "abi": "Show what a program finds in an image.",
    "compare": "Show what moved from one image to another.",
    "deployed": "Say whether a live function runs what was built.",
    "schema": "Print the JSON schema of buildspec.yaml.",
    "hook": "Build for another tool: Make, SAM, CDK, Terraform.",
    "doctor": "Say what is here, what is missing, and how to get it.",
    "completion": "Print the completion script of a shell.",
}

_INTERRUPTED, _USAGE = 130, 2

_ENDING: Final = {signal.SIGTERM: "terminated", signal.SIGHUP: "hung up"}
"""Signals that end a command, which leaves nothing behind; the exit code is 128 + the number, as a shell has it."""

_OF_THE_MACHINE: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO})
"""What is wrong with the disk, wherever it shows: not a bug."""


class _Ended(BaseException):
    """A signal of `_ENDING`, as an exception that unwinds."""

    def __init__(self, number: signal.Signals) -> None:
        super().__init__(number)
        self.number = number


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
  lambdabuild init                     look at what is here, and write buildspec.yaml
  lambdabuild lock                     pin what the spec names, then commit images.lock
  lambdabuild build                    every function, every architecture, to dist/
  lambdabuild build --function orders --arch arm64
  lambdabuild lock --check             in CI: offline, exit 3 when the lock is stale
  lambdabuild lock --update            move pins on purpose, and see what moved with them

\b
Exit codes: 0 done, 1 the compile failed, 2 usage or spec, 3 lock, 4 environment, 5 a check failed,
6 not reproduced, or deployed code differs, 70 a bug, 129 hung up, 130 interrupted, 143 terminated.
"""


@click.command(cls=_Lazy, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="lambdabuild %(version)s")
def cli() -> None:
    """Reproducible AWS Lambda artifacts: locked images, checked ELF files, deterministic zips."""


def main() -> NoReturn:
    """Run the command line, and exit."""
    for number in _ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup
            signal.signal(number, _end)
    sys.stdout = _patient(sys.stdout)
    sys.stderr = _patient(sys.stderr)
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """The exit code of a command line; what went wrong is said on stderr (with `--json`, on stdout as well)."""
    try:
        code = _attempt(arguments)
        sys.stdout.flush()
    except OSError as error:
        return _tell(_failure(error), as_json=False)
    return code


class _Patient(io.FileIO):
    """A standard stream that takes what it is given though its reader has gone: that is no reason to stop, and never
    changes how a command ends. Any other fault is raised once; what comes after it goes nowhere.
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self._gone = {errno.EPIPE, errno.EIO} if self.isatty() else {errno.EPIPE}

    def write(self, data: "ReadableBuffer", /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.fileno())
            if error.errno not in self._gone:
                raise
            return memoryview(data).nbytes


def _patient(stream: TextIO | None) -> TextIO:
    """A standard stream whose reader may go; None, which `>&-` leaves, is one that no one reads."""
    if stream is None:
        return Path(os.devnull).open("w", encoding="utf-8")
    assert isinstance(stream, io.TextIOWrapper), "the interpreter's own"
    return io.TextIOWrapper(
        io.BufferedWriter(_Patient(stream.fileno())),
        encoding=stream.encoding,
        errors="backslashreplace",  # what a terminal cannot show is no reason to stop
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failure:
    """How a command failed. `output` is shown first."""

    exit_code: int
    message: str
    hint: str | None = None
    output: str = ""


def _attempt(arguments: list[str]) -> int:
    try:
        code = cli.main(arguments, prog_name="lambdabuild", standalone_mode=False)
    except (Exception, KeyboardInterrupt, _Ended) as error:
        return _tell(_failure(error), as_json=_asks_for_json(arguments))
    return code if isinstance(code, int) else 0


def _failure(error: BaseException) -> _Failure:
    match error:
        case LambdabuildError():
            return _Failure(
                exit_code=error.exit_code, message=error.message, hint=error.hint, output=error.output.strip()
            )
        case click.ClickException():
            command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "lambdabuild"
            message = error.format_message().rstrip(".")
            return _Failure(exit_code=_USAGE, message=message, hint=f"run `{command} --help`")
        case KeyboardInterrupt() | click.Abort():
            return _Failure(exit_code=_INTERRUPTED, message="interrupted")
        case _Ended():
            return _Failure(exit_code=128 + error.number, message=_ENDING[error.number])
        case OSError(errno=number) if number in _OF_THE_MACHINE:
            where = f"`{error.filename}`: " if error.filename else ""
            hint = "check the free space and the permissions there"
            return _Failure(exit_code=EnvironmentFailure.exit_code, message=f"{where}{error.strerror}", hint=hint)
    import traceback

    return _Failure(
        exit_code=LambdabuildError.exit_code,
        message=f"a bug in lambdabuild {__version__}: {type(error).__name__}",
        hint="report it with the lines above",
        output="".join(traceback.format_exception(error)).strip(),
    )


def _tell(failure: _Failure, *, as_json: bool) -> int:
    if as_json:
        import dataclasses
        import json

        sys.stdout.write(json.dumps({"error": dataclasses.asdict(failure)}, indent=2) + "\n")
    from lambdabuild.report.style import words

    words(f"{failure.output}\n" if failure.output else "")
    words(f"error: {failure.message}\n" + (f"\nhint: {failure.hint}\n" if failure.hint else ""))
    return failure.exit_code


def _asks_for_json(arguments: list[str]) -> bool:
    """As click reads flags; it may have failed before it came to these. A hook never does."""
    if arguments[:1] == ["hook"]:
        return False
    after = zip(arguments, [*arguments[1:], ""], strict=True)
    forms = [then if one == "--format" else one.partition("=")[2] for one, then in after if _is_format(one)]
    if "--json" in arguments or forms:
        return "--json" in arguments or forms[-1] == "json"
    return os.environ.get("LAMBDABUILD_JSON", "").strip().lower() in {"1", "true", "t", "yes", "y", "on"}


def _is_format(argument: str) -> bool:
    return argument == "--format" or argument.startswith("--format=")


def _end(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001 - the signature of a handler
    if number == signal.SIGHUP:  # it comes twice, from the terminal and from the shell
        signal.signal(number, signal.SIG_IGN)
    raise _Ended(signal.Signals(number))

"""Options that commands share, and the request that they make."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from lambdabuild.model.events import Emit
    from lambdabuild.pipeline.request import Request
    from lambdabuild.report.style import Style

Command = Callable[..., Any]
Color = Literal["auto", "always", "never"]
_DEFAULT = ParameterSource.DEFAULT

CPU = click.Choice(["amd64", "arm64", "x86_64"])
"""What `--arch` takes: Go's names, and Lambda's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Globals:
    """What every command may be told."""

    file: Path
    lock: Path
    as_json: bool
    quiet: bool
    verbose: bool
    color: Color

    def request(self, emit: "Emit") -> "Request":
        """A request for all of the spec."""
        from lambdabuild.io.store import Store, cache_folder
        from lambdabuild.pipeline.request import Request

        environ = dict(os.environ)
        store = Store(root=cache_folder(environ))
        return Request(spec_file=self.file, lock_file=self.lock, store=store, environ=environ, emit=emit)

    @property
    def style(self) -> "Style":
        """How to speak."""
        from lambdabuild.report.style import Style

        return Style(as_json=self.as_json, quiet=self.quiet, verbose=self.verbose, color=self.color)


def common(command: Command) -> Command:
    """`--file --lock --json -q -v --color`, gathered in one `Globals`, the first argument."""
    as_json = click.option("--json", "as_json", is_flag=True, envvar="LAMBDABUILD_JSON", help="One document on stdout.")
    return _gathered(command, as_json)


def common_to_hooks(command: Command) -> Command:
    """The same without `--json`, whatever LAMBDABUILD_JSON says: stdout is for the other tool's protocol."""
    return _gathered(command)


def _gathered(command: Command, *more: Callable[[Command], Command]) -> Command:
    options: tuple[Callable[[Command], Command], ...] = (
        click.option(
            "--file", type=click.Path(path_type=Path, dir_okay=False), default=Path("buildspec.yaml"),
            envvar="LAMBDABUILD_FILE", show_default=True, help="The spec.",
        ),
        click.option(
            "--lock", type=click.Path(path_type=Path, dir_okay=False), envvar="LAMBDABUILD_LOCK",
            help="The lock.  [default: images.lock beside the spec]",
        ),
        *more,
        click.option("-q", "--quiet", is_flag=True, envvar="LAMBDABUILD_QUIET", help="Data and errors alone."),
        click.option("-v", "--verbose", is_flag=True, envvar="LAMBDABUILD_VERBOSE", help="Say more."),
        click.option(
            "--color", type=click.Choice(["auto", "always", "never"]), default="auto", envvar="LAMBDABUILD_COLOR",
            show_default=True, help="NO_COLOR is honoured.",
        ),
    )  # fmt: skip

    def gathered(
        *,
        file: Path,
        lock: Path | None,
        as_json: bool = False,
        quiet: bool,
        verbose: bool,
        color: Color,
        **rest: object,
    ) -> object:
        return command(
            Globals(
                file=file,
                lock=lock or file.with_name("images.lock"),
                as_json=as_json,
                quiet=quiet,
                verbose=verbose,
                color=color,
            ),
            **rest,
        )

    gathered.__doc__ = command.__doc__
    gathered.__name__ = command.__name__
    gathered.__click_params__ = list(getattr(command, "__click_params__", ()))  # type: ignore[attr-defined]
    wrapped: Command = gathered
    for option in reversed(options):
        wrapped = option(wrapped)
    return wrapped


def selecting(command: Command) -> Command:
    """`--function` and `--arch`, each as often as one likes."""
    command = click.option(
        "--arch", "architectures", multiple=True, type=CPU,
        envvar="LAMBDABUILD_ARCH", help="This architecture alone; an artifact for both is built whole.",
    )(command)  # fmt: skip
    return click.option(
        "--function", "functions", multiple=True, metavar="NAME", envvar="LAMBDABUILD_FUNCTION",
        help="This function alone.",
    )(command)  # fmt: skip


def failing(command: Command) -> Command:
    """`--fail-on`."""
    return click.option(
        "--fail-on", type=click.Choice(["error", "warning"]), default="error", show_default=True,
        envvar="LAMBDABUILD_FAIL_ON", help="The least finding that fails.",
    )(command)  # fmt: skip


def setting(command: Command) -> Command:
    """`--set NAME=VALUE`."""
    return click.option(
        "--set", "settings", multiple=True, metavar="NAME=VALUE", callback=_settings,
        help="The value of a variable of the spec.",
    )(command)  # fmt: skip


def formats(help_text: str, *forms: str) -> Callable[[Command], Command]:
    """`--format`: text, json or one of `forms`. `json` is the same as `--json`; it wins over LAMBDABUILD_JSON."""

    def decorated(command: Command) -> Command:
        def settled(options: Globals, *, form: str, **rest: object) -> object:
            context = click.get_current_context()
            if options.as_json and form != "json" and context.get_parameter_source("form") is not _DEFAULT:
                if context.get_parameter_source("as_json") is not ParameterSource.ENVIRONMENT:
                    raise click.UsageError(f"`--json` and `--format {form}` are two forms of one answer", context)
                options = replace(options, as_json=False)
            as_json = options.as_json or form == "json"
            return command(replace(options, as_json=as_json), form="json" if as_json else form, **rest)

        settled.__doc__ = command.__doc__
        settled.__name__ = command.__name__
        settled.__click_params__ = list(getattr(command, "__click_params__", ()))  # type: ignore[attr-defined]
        return click.option(
            "--format", "form", type=click.Choice(["text", "json", *forms]), default="text", show_default=True,
            help=help_text,
        )(settled)  # fmt: skip

    return decorated


def _settings(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    for value in values:
        if "=" not in value:
            raise click.BadParameter(f"{value!r} is not NAME=VALUE", context, parameter)
    return dict(value.split("=", 1) for value in values)

"""docs/cli.md, of the commands as click has them."""

import inspect
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import click

from lambdabuild.cli.main import COMMANDS, EPILOG, cli
from lambdabuild.cli.options import common
from tests.docs.markdown import cell, table

_RUN = frozenset(["plan", "explain", "schema", "hook cdk", "hook terraform", "completion"])
"""Commands whose examples can be run in examples/; those of the others name files, images or functions of no one."""

_HEAD = """\
<!-- project: examples -->
# The command line

`make docs` writes this page, of the commands themselves: `lambdabuild COMMAND --help` says the same.

Data goes to stdout, and everything else to stderr. An error is one line that says what and where, an empty line, and
`hint: …`; with `--json`, stdout has it too, as a document. Each option that has a variable can be given by it; what is
on the command line wins.
"""


def page() -> str:
    """The page."""
    return "\n".join([_HEAD, *_commands(), *_exit_codes(), *_shared()]).rstrip("\n") + "\n"


def _commands() -> Iterator[str]:
    every = {name: _command(name) for name in COMMANDS}
    yield table(("command", ""), [(f"[`{name}`](#lambdabuild-{name})", COMMANDS[name]) for name in every])
    for name, command in every.items():
        yield from _described(command, f"lambdabuild {name}", level=2)


def _command(name: str) -> click.Command:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    return command


def _described(command: click.Command, path: str, *, level: int) -> Iterator[str]:
    context = click.Context(command, info_name=path)
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"{'#' * level} `{path}`\n"
    yield f"`{path}{' ' if usage else ''}{usage}`\n"
    yield from _paragraphs(command.help or "")
    options = [one for one in command.params if isinstance(one, click.Option)]
    shared = {one.name: one.opts[0] for one in _common()}
    own = [one for one in options if one.name not in shared]
    if own:
        yield _options(own)
    if len(own) < len(options):
        lacking = [f" but `{flag}`" for name, flag in shared.items() if name not in _names(options)]
        yield f"It also takes [the options of every command](#options-of-every-command){''.join(lacking)}.\n"
    yield from _epilog(command.epilog or "", runs=path.partition(" ")[2] in _RUN)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from _described(below, f"{path} {name}", level=level + 1)


def _common() -> list[click.Option]:
    def nothing(options: Any) -> None:
        """Take them."""

    return list(reversed(common(nothing).__click_params__))  # type: ignore[attr-defined]


def _names(options: Iterable[click.Parameter]) -> frozenset[str | None]:
    return frozenset(one.name for one in options)


def _shared() -> Iterator[str]:
    yield "## Options of every command\n"
    commands = {name: _command(name) for name in COMMANDS}
    without = [name for name, one in commands.items() if not _takes_them(one)]
    yield f"All but {' and '.join(f'`{name}`' for name in without)} take them.\n"
    yield _options(_common())


def _takes_them(command: click.Command) -> bool:
    return isinstance(command, click.Group) or not _names(_common()).isdisjoint({one.name for one in command.params})


def _options(options: Sequence[click.Option]) -> str:
    return table(("option", "variable", ""), [(_spelled(one), _variable(one), _help(one)) for one in options])


def _spelled(option: click.Option) -> str:
    metavar = "" if option.is_flag or option.count else f" {_metavar(option)}"
    return f"`{', '.join(option.opts)}{metavar}`"


def _metavar(option: click.Option) -> str:
    if isinstance(option.type, click.Choice) and option.metavar is None:
        return "|".join(map(str, option.type.choices))
    return option.make_metavar(click.Context(click.Command("none")))


def _variable(option: click.Option) -> str:
    assert option.envvar is None or isinstance(option.envvar, str)
    return f"`{option.envvar}`" if option.envvar else ""


def _help(option: click.Option) -> str:
    said = option.help or ""
    if match := re.fullmatch(r"(.*?)\s*\[default: (.*)\]", said, re.DOTALL):
        said = f"{match[1]} Default: {match[2]}."
    elif (option.show_default and isinstance(option.default, str | int)) or option.name == "file":
        said = f"{said} Default: `{option.default}`."
    return f"{said} May be repeated." if option.multiple else said


def _epilog(text: str, *, runs: bool) -> Iterator[str]:
    """Examples as a block, which is run where it can be; what follows, as it is."""
    for paragraph in re.split(r"\n\s*\n", inspect.cleandoc(text)):
        lines = [line for line in paragraph.splitlines() if line.strip() != "\b"]
        if lines and re.match(r"Examples?\b.*:$", lines[0]):
            yield _examples(lines[1:], runs=runs)
        else:
            yield from _paragraphs("\n".join(lines))


def _examples(lines: Sequence[str], *, runs: bool) -> str:
    """`command   what it does` becomes `command   # what it does`."""
    shown = [re.sub(r"(\S)(\s{2,})(\S.*)$", r"\1\2# \3", line.strip()) for line in lines]
    fence = "```sh" if runs else '```sh not-run="each is of another project"'
    return "\n".join([fence, *shown, "```\n"])


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in re.split(r"\n\s*\n", inspect.cleandoc(text)):
        if paragraph.strip("\b\n "):
            yield " ".join(line.strip() for line in paragraph.splitlines() if line.strip() != "\b") + "\n"


def _exit_codes() -> Iterator[str]:
    """As the help of `lambdabuild` itself lists them."""
    listed = re.search(r"Exit codes: (.*)\.", EPILOG, re.DOTALL)
    assert listed is not None
    yield "## Exit codes\n"
    rows = [one.split(" ", 1) for one in re.split(r",\s+(?=\d)", listed[1])]
    yield table(("code", ""), [(code, cell(" ".join(words.split()))) for code, words in rows])

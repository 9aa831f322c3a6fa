"""How a command was asked to speak."""

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TextIO

if TYPE_CHECKING:
    from rich.console import Console


Form = Literal["text", "json", "markdown"]
"""`--format`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """`--json`, `-q`, `-v`, `--color`."""

    as_json: bool = False
    quiet: bool = False
    verbose: bool = False
    color: Literal["auto", "always", "never"] = "auto"

    def live(self, stream: TextIO) -> bool:
        """Whether `stream` is a terminal to draw on. Colors in a log do not make it one."""
        return not self.quiet and not self.as_json and stream.isatty()

    def rich(self, stream: TextIO) -> bool:
        """Whether what is found stands out by color."""
        return self.live(stream) or self.color == "always"

    def console(self, stream: TextIO) -> "Console":
        """A console for colors; rich honours NO_COLOR by itself."""
        from rich.console import Console

        always = True if self.color == "always" else None
        never = True if self.color == "never" else None
        return Console(file=stream, force_terminal=always, no_color=never, highlight=False, soft_wrap=True, emoji=False)


def data(text: str) -> None:
    """Data, for programs: on stdout."""
    sys.stdout.write(text)


def words(text: str) -> None:
    """Everything else: on stderr. That no one reads it any more is no reason to stop."""
    try:
        sys.stderr.write(text)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def size(count: int) -> str:
    """Bytes as people read them: `512 B`, `4.1 MB` (powers of ten, as AWS states its limits in MB)."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1e3:.0f} kB" if count < 999_500 else f"{count / 1e6:.1f} MB"

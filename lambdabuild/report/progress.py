"""Events as they come: a live list on a terminal, a line for each elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lambdabuild.model.events import Emit, Event, Finished, Started, Warned, Work
from lambdabuild.report.style import Style, words

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

DOING: dict[Work, str] = {
    "resolve": "Resolving",
    "toolchain": "Fetching",
    "modules": "Fetching modules of",
    "plan": "Planning",
    "load": "Loading",
    "compile": "Compiling",
    "pack": "Packing",
    "inventory": "Reading the libraries of",
    "copy": "Copying",
}
DONE: dict[Work, str] = {
    "resolve": "Resolved",
    "toolchain": "Fetched",
    "modules": "Fetched modules of",
    "plan": "Planned",
    "load": "Loaded",
    "compile": "Compiled",
    "pack": "Packed",
    "inventory": "Read the libraries of",
    "copy": "Copied",
}
WORTH_A_LINE: frozenset[Work] = frozenset({"resolve", "toolchain", "modules", "load", "compile", "inventory"})
"""What a log shows without `-v`."""


@contextmanager
def progress(style: Style) -> Iterator[Emit]:
    """Show events on stderr for as long as the body runs; warnings are shown even when quiet."""
    if not style.live(sys.stderr):
        yield lambda event: _plain(event, style)
        return
    from rich.live import Live

    console = style.console(sys.stderr)
    running = _Running()
    with Live(get_renderable=running.lines, console=console, refresh_per_second=8, transient=True):
        yield lambda event: running.take(event, console)


def _plain(event: Event, style: Style) -> None:
    match event:
        case Warned():
            words(f"warning: {event.message}\nhint: {event.hint}\n")
        case Finished(ok=True) if not style.quiet and not style.as_json:
            if style.verbose or event.work in WORTH_A_LINE:
                words(f"{DONE[event.work]} {event.subject} in {event.seconds:.1f} s\n")
        case _:
            pass


class _Running:
    """What is going on, and for how long."""

    def __init__(self) -> None:
        self._since: dict[tuple[Work, str], float] = {}

    def take(self, event: Event, console: "Console") -> None:
        match event:
            case Started():
                self._since[event.work, event.subject] = time.monotonic()
            case Finished():
                self._since.pop((event.work, event.subject), None)
            case Warned():
                from rich.markup import escape

                console.print(f"[yellow]warning:[/] {escape(event.message)}\nhint: {escape(event.hint)}")

    def lines(self) -> "Text":
        from rich.text import Text

        now = time.monotonic()
        shown = [
            f"  {DOING[work]} {subject}  {now - since:.0f} s" for (work, subject), since in list(self._since.items())
        ]
        return Text("\n".join(shown), style="dim")

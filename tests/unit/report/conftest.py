"""Where words go."""

import io

import pytest


class Terminal(io.StringIO):
    """A stderr that says it is a terminal, and keeps what it was sent."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal with colors; let stderr be it while something is shown, since pytest sets stderr anew after this."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return Terminal()

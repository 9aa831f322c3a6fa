"""Text of strangers, fit to be shown: nothing in it that a terminal or a log would obey."""


def printable(text: str) -> str:
    """The same text, with escapes for what cannot be seen: line ends, control characters, what is not UTF-8."""
    return text if text.isprintable() else "".join(map(_shown, text))


def _shown(letter: str) -> str:
    return letter if letter.isprintable() else letter.encode("unicode_escape", "backslashreplace").decode()

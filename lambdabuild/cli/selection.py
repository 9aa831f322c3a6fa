"""`--function` and `--arch` as a selection."""

from lambdabuild.model.artifact import Selection
from lambdabuild.model.platform import Architecture


def selection(functions: tuple[str, ...], architectures: tuple[str, ...]) -> Selection:
    """Names are held against the spec later; `x86_64` is amd64."""
    return Selection(
        functions=frozenset(functions),
        architectures=frozenset(map(Architecture.named, architectures)),
    )


def architecture(name: str | None) -> Architecture | None:
    """An `--arch` that is given once, or not."""
    return Architecture.named(name) if name else None

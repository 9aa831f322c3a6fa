"""Where the rules lie that a Makefile includes."""

from pathlib import Path


def include_path() -> str:
    """The path of `lambdabuild.mk`, with a backslash before each space: `include` takes several paths."""
    return str(Path(__file__).with_name("lambdabuild.mk")).replace(" ", "\\ ")

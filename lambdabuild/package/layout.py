"""Where the programs of a function lie in its zip."""

from pathlib import Path
from typing import Final

from lambdabuild.model.platform import Architecture
from lambdabuild.model.spec import OF_ARM64, Function

BOOTSTRAP: Final = "bootstrap"
"""What the provided runtimes start (Lambda developer guide, "Building a custom runtime")."""

SUFFIXES: Final = {Architecture.AMD64: "", Architecture.ARM64: OF_ARM64}
"""What a dispatcher adds to the handler for the name of its program; on go1.x, amd64's is started by its own name."""


def program(function: Function, architecture: Architecture) -> str:
    """The entry that holds the program for one CPU. What a layer has in `extensions/` Lambda starts by itself."""
    match function.layout:
        case "single":
            return BOOTSTRAP
        case "extension":
            return f"extensions/{function.name}"
        case "forward-compatible":
            return f"{function.handler}{SUFFIXES[architecture]}"


def write_dispatcher(path: Path) -> Path:
    """The `bootstrap` of a forward-compatible zip. Its lines end in LF, even where ours was checked out with CRLF."""
    text = Path(__file__).with_name("bootstrap.sh").read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8", newline="\n")
    return path

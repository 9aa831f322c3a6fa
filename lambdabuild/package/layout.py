"""Where the programs of a function lie in its zip."""

from pathlib import Path
from typing import Final

from lambdabuild.model.platform import Architecture
from lambdabuild.model.spec import BOOTSTRAP, OF_ARM64, Function

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


def dispatcher() -> bytes:
    """The `bootstrap` of a forward-compatible zip. Its lines end in LF, even where ours was checked out with CRLF."""
    return Path(__file__).with_name("bootstrap.sh").read_text(encoding="utf-8").encode()


def write_dispatcher(path: Path) -> Path:
    """Write it where it will be packed from."""
    path.write_bytes(dispatcher())
    return path

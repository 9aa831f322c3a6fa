"""zig as the C compiler of go: the words of CC and CXX, and a cache of ours.

Source: cmd/internal/quoted.Split for how go reads CC; the variables of the cache are those of `zig env`.
"""

from collections.abc import Mapping
from pathlib import Path

from lambdabuild.model.plan import Zig

_FLAGS = "ZIG_FLAGS"


def compilers(zig: Zig | None, env: Mapping[str, str], cache: Path) -> dict[str, str]:
    """What the launcher of an action exports, with the paths of this machine; nothing without zig."""
    if zig is None:
        return {}
    program = str(zig.root / "zig")
    quoted = f'"{program}"' if "'" in program else f"'{program}'"
    return {
        "CC": f"{quoted} cc {env[_FLAGS]}",
        "CXX": f"{quoted} c++ {env[_FLAGS]}",
        "ZIG_GLOBAL_CACHE_DIR": str(cache),
        "ZIG_LOCAL_CACHE_DIR": str(cache),
    }

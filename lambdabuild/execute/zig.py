"""zig as the C compiler of go: the words of CC and CXX, and a cache of ours.

Source: cmd/internal/quoted.Split for how go reads CC; the variables of the cache are those of `zig env`.
"""

from collections.abc import Mapping
from pathlib import PurePath

FLAGS = "ZIG_FLAGS"


def compilers(program: PurePath, env: Mapping[str, str], cache: PurePath) -> dict[str, str]:
    """What the launcher of an action exports, with the paths of where it runs; nothing where zig compiles none."""
    if FLAGS not in env:
        return {}
    quoted = f'"{program}"' if "'" in str(program) else f"'{program}'"
    return {
        "CC": f"{quoted} cc {env[FLAGS]}",
        "CXX": f"{quoted} c++ {env[FLAGS]}",
        "ZIG_GLOBAL_CACHE_DIR": str(cache),
        "ZIG_LOCAL_CACHE_DIR": str(cache),
    }

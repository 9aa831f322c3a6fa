"""C and assembly: the compilers that go is told of, and what makes it compile again what its cache takes for the same.

Source: cmd/internal/quoted.Split for how go reads CC; the variables of the cache are those of `zig env`;
cmd/go/internal/work, buildActionID, for what go takes into account: of C and assembly the files in a package's own
folder, and the flags. A header in another folder is not among them, though the package is made of it.
"""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import PurePath

from lambdabuild.model.plan import ZIG_FLAGS, Group

_FLAGS_OF_C = ("CGO_CFLAGS", "CGO_CXXFLAGS", "CGO_FFLAGS")
_DEFAULT = "-g -O2"
"""What go tells compilers of C where nothing else is said (cmd/go/internal/work, CFlags)."""


def compilers(program: PurePath, env: Mapping[str, str], cache: PurePath) -> dict[str, str]:
    """What the launcher of an action exports, with the paths of where it runs; nothing where zig compiles none."""
    if ZIG_FLAGS not in env:
        return {}
    quoted = f'"{program}"' if "'" in str(program) else f"'{program}'"
    return {
        "CC": f"{quoted} cc {env[ZIG_FLAGS]}",
        "CXX": f"{quoted} c++ {env[ZIG_FLAGS]}",
        "ZIG_GLOBAL_CACHE_DIR": str(cache),
        "ZIG_LOCAL_CACHE_DIR": str(cache),
    }


def flags_of_c(group: Group) -> dict[str, str]:
    """Flags that move no byte and name the inputs that go's cache does not see; nothing where there are none.

    They are no part of an action: its digest has the inputs already, and does not depend on what else is built.
    What they map is a folder that is nowhere, as every gcc and clang can: -ffile-prefix-map is not known to gcc 7.
    """
    if not any(action.native for action in group.actions):
        return {}
    return {name: f"{group.env.get(name) or _DEFAULT} -fdebug-prefix-map={_folder(group)}=/" for name in _FLAGS_OF_C}


def flags_of_assembly(group: Group) -> tuple[str, ...]:
    """What has go compile all anew, where its cache would not see a header of assembly that changed.

    Any flag of the assembler itself would be in the program: go writes them down there.
    """
    return ("-a",) if any(action.assembly for action in group.actions) else ()


def _folder(group: Group) -> str:
    natives = " ".join(sorted({action.native for action in group.actions}))
    return f"/lambdabuild/inputs-{sha256(natives.encode()).hexdigest()[:32]}"

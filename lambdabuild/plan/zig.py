"""What zig is told to compile C for: the oldest glibc that must do, the plainest CPU, the same bytes in any folder.

Sources: https://ziglang.org/learn/overview/#zig-ships-with-libc (targets with a version of glibc); `zig targets`;
`zig cc` of 0.17.1 for what each flag does.
"""

import re

from lambdabuild.errors import ProjectError
from lambdabuild.model.lock import Lock
from lambdabuild.model.plan import ZIG_FLAGS
from lambdabuild.model.platform import Architecture
from lambdabuild.model.spec import Function, Spec

_CPU = {Architecture.AMD64: "x86_64", Architecture.ARM64: "aarch64"}
_GLIBC = re.compile(r"GLIBC_(\d+(?:\.\d+)+)")
_FOR_THE_LINKER = re.compile(r"--?extldflags(?:=(.*))?")
_WORD = re.compile(r"[^\s'\"]+")

# As any C compiler: no traps at undefined behaviour in a debug build, no error for `__DATE__`, which is that of
# SOURCE_DATE_EPOCH. And stripped, since what is left for debuggers names folders of this machine, first of all those of
# zig's own cache: said to the linker it holds against every `-g`, of which the last would win over `-s`.
_ALWAYS = "-mcpu=baseline -fno-sanitize=undefined -Wno-date-time -Wl,-s"


def zig_environment(function: Function, architecture: Architecture, spec: Spec, lock: Lock) -> dict[str, str]:
    """What an action says of its C; nothing where zig compiles none. ProjectError where an image has no glibc.

    A program that asks to be static is linked with musl: zig links glibc as a shared library alone. No program is found
    by its name: a pkg-config would tell of the libraries of whatever image go runs in, which zig does not link with.
    """
    if function.cgo != "zig":
        return {}
    libc = "musl" if _is_static(function) else f"gnu.{_oldest_glibc(function, architecture, spec, lock)}"
    target = f"{_CPU[architecture]}-linux-{libc}"
    return {ZIG_FLAGS: f"-target {target} {_ALWAYS}", "PATH": ""}


def _is_static(function: Function) -> bool:
    """Whether the linker of C is told `-static`, by the last `-extldflags` or in CGO_LDFLAGS."""
    told, words = "", iter(function.ldflags)
    for word in words:
        if match := _FOR_THE_LINKER.fullmatch(word.strip("'\"")):
            told = next(words, "") if match[1] is None else match[1]
    return "-static" in _WORD.findall(f"{told} {function.env.get('CGO_LDFLAGS', '')}")


def _oldest_glibc(function: Function, architecture: Architecture, spec: Spec, lock: Lock) -> str:
    versions = []
    for name in function.runtimes(architecture):
        reference = spec.images[name]
        found = lock.images[reference].platforms[architecture.platform].glibc
        match = _GLIBC.fullmatch(found or "")
        if match is None:
            raise ProjectError(
                f"`functions.{function.name}.cgo`: `{reference}` {architecture.platform} has no glibc for zig to"
                " link with",
                hint="name a runtime that has one, or link statically: `ldflags: [-linkmode external -extldflags"
                " -static]`",
            )
        versions.append(match[1])
    return min(versions, key=lambda version: tuple(map(int, version.split("."))))

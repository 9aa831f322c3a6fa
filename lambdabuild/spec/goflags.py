"""Flags of `go tool compile` and `go tool link` that a spec may set, and why it may not set others.

An allow-list: a flag that reads a file reads it outside of the key, and one that names a folder of this machine may
leave it in the bytes, and in those that go keeps for the next build. Source: `go tool compile -help`,
`go tool link -help`, `go tool compile -d=help` of Go 1.26.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from lambdabuild.io.document import KeyPath, brief
from lambdabuild.model.spec import Cgo
from lambdabuild.spec.nearest import ticked
from lambdabuild.spec.problems import Problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """What a tool may be given: switches, and flags with the values that they take. `refused` has reasons."""

    name: str
    switches: frozenset[str]
    values: Mapping[str, re.Pattern[str]]
    refused: Mapping[str, str]


def linker(cgo: Cgo) -> Tool:
    """cmd/link. It runs another linker only where there is C."""
    if cgo == "off":
        return _LINKER
    refused = {name: why for name, why in _LINKER.refused.items() if name not in _WITH_C}
    return Tool(name=_LINKER.name, switches=_LINKER.switches, values={**_LINKER.values, **_WITH_C}, refused=refused)


def check_flags(tool: Tool, words: Iterable[tuple[KeyPath, str]], problems: Problems) -> None:
    """Read words as Go's package flag does; the first that may not be is a problem, at its place."""
    rest = iter(words)
    for path, word in rest:
        flag = _FLAG.fullmatch(word)
        if flag is None:
            words_ = f"has `{brief(word)}`, which is not a flag"
            problems.add(path, words_, hint="write flags alone, and in quotes what holds spaces")
            return
        name, value = flag["name"], flag["value"]
        pattern = _ON_OR_OFF if name in tool.switches else tool.values.get(name)
        if pattern is None:
            problems.add(path, f"sets `-{brief(name)}`", hint=f"leave it out: {_why(tool, name)}")
            return
        if value is None and name in tool.values:
            path, value = next(rest, (path, ""))  # noqa: PLW2901 - the value is the next word
        if value is not None and not pattern.fullmatch(value):
            hint = f"write a value of its kind, which names no file; see `go tool {tool.name} -help`"
            problems.add(path, f"sets `-{name}` to `{brief(value)}`", hint=hint)
            return


def _why(tool: Tool, name: str) -> str:
    every = [f"-{one}" for one in sorted((*tool.switches, *tool.values))]
    return tool.refused.get(name, f"`go tool {tool.name}` may be given {ticked(every)}")


_FLAG: Final = re.compile(r"--?(?P<name>[^-=][^=]*)(=(?P<value>.*))?", re.DOTALL)
_ON_OR_OFF: Final = re.compile(r"true|false|[0-9]+")
_NUMBER: Final = re.compile(r"-?[0-9]+")
_DEFINITION: Final = re.compile(r"[^@=][^=]*=.*", re.DOTALL)
"""A word that begins with `@` is a file of more words (cmd/internal/objabi.Flagparse)."""

_SETTING: Final = r"((?!dump)[a-z0-9]+(=[0-9]+)?|ssa/[a-z0-9_]+/(on|off|debug|test|stats|time|mem)(=[0-9]+)?)"
"""What `dump` says is where a file is written to."""

_FILE: Final = "it names a file, and a build reads and writes none but its own"
_OF_GO: Final = "go sets it, as the build needs it"
_FOR_TESTS: Final = "it is for tests, and needs a C runtime in the program"
_WHERE: Final = "a machine's own folders would decide what the program is"
_SHAPE: Final = "it makes another kind of program than the one that Lambda starts"
_NO_C: Final = "it is for the linker of C, and `cgo` is `off` here"

COMPILER: Final = Tool(
    name="compile",
    switches=frozenset(
        ("B", "C", "L", "N", "S", "dwarf", "dwarflocationlists", "e", "l", "live", "m", "smallframes", "wb")
    ),
    values={
        "c": re.compile(r"[1-9][0-9]*"),
        "d": re.compile(rf"{_SETTING}(,{_SETTING})*"),
        "gendwarfinl": re.compile(r"[0-2]"),
        "lang": re.compile(r"go1\.[0-9]+"),
        "spectre": re.compile(r"(all|index|ret)(,(all|index|ret))*"),
    },
    refused={
        "pgoprofile": "a profile is read from `default.pgo` beside the main package, where it is part of the key",
        "trimpath": "it is set already, so that no path of this machine gets into the program",
        **dict.fromkeys(("D", "I", "p", "o", "buildid", "importcfg", "embedcfg", "complete", "goversion"), _OF_GO),
        **dict.fromkeys(("installsuffix", "pack", "std", "symabis", "+", "nolocalimports", "coveragecfg"), _OF_GO),
        **dict.fromkeys(("asmhdr", "bench", "json", "linkobj"), _FILE),
        **dict.fromkeys(("blockprofile", "cpuprofile", "memprofile", "mutexprofile", "traceprofile"), _FILE),
        **dict.fromkeys(("asan", "msan", "race"), _FOR_TESTS),
        **dict.fromkeys(("dynlink", "linkshared", "shared"), _SHAPE),
    },
)

_LINKER: Final = Tool(
    name="link",
    switches=frozenset(
        ("bindnow", "checklinkname", "compressdwarf", "debugnosplit", "dumpdep", "e", "pruneweakmap", "s", "v", "w")
    ),
    values={
        "X": _DEFINITION,
        "debugtextsize": _NUMBER,
        "debugtramp": _NUMBER,
        "funcalign": _NUMBER,
        "randlayout": _NUMBER,
        "strictdups": _NUMBER,
    },
    refused={
        "buildid": "it is empty, so that equal source gives equal bytes",
        "o": "the file is named by the layout",
        **dict.fromkeys(("importcfg", "installsuffix", "fipso", "pluginpath"), _OF_GO),
        **dict.fromkeys(("benchmarkprofile", "capturehostobjs", "cpuprofile", "memprofile", "tmpdir"), _FILE),
        **dict.fromkeys(("I", "L", "r", "extar", "extld", "libgcc"), _WHERE),
        **dict.fromkeys(("B", "D", "E", "H", "R", "T", "buildmode", "linkshared"), _SHAPE),
        **dict.fromkeys(("asan", "msan", "race"), _FOR_TESTS),
        **dict.fromkeys(("extldflags", "linkmode"), _NO_C),
    },
)

_WITH_C: Final = {"extldflags": re.compile(r"(?!@).*", re.DOTALL), "linkmode": re.compile("auto|external|internal")}

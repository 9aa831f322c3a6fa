"""Build constraints, judged for Lambda: Linux on either CPU, any Go, with or without cgo.

Sources: https://pkg.go.dev/cmd/go#hdr-Build_constraints; internal/syslist of Go for the names that count in file names.
"""

import re
from collections.abc import Iterable
from typing import Final

from lambdabuild.model.platform import Architecture

# fmt: off
_OTHER_SYSTEMS: Final = frozenset({
    "aix", "android", "darwin", "dragonfly", "freebsd", "hurd", "illumos", "ios", "js", "nacl", "netbsd", "openbsd",
    "plan9", "solaris", "wasip1", "windows", "zos",
})
_OTHER_CPUS: Final = frozenset({
    "386", "amd64p32", "arm", "armbe", "arm64be", "loong64", "mips", "mipsle", "mips64", "mips64le", "mips64p32",
    "mips64p32le", "ppc", "ppc64", "ppc64le", "riscv", "riscv64", "s390", "s390x", "sparc", "sparc64", "wasm",
})
# fmt: on
_CPUS: Final = frozenset(Architecture)
_NONE: Final[frozenset[Architecture]] = frozenset()
_ALWAYS: Final = frozenset({"linux", "unix", "gc", "lambda.norpc"})
_MOST_PARTS: Final = 1000
"""As in go/build/constraint, which refuses a longer expression."""

_PARTS: Final = re.compile(r"\s*(\|\||&&|[!()]|[\w.]+)")
_NOT: Final = re.compile(r"!([01])")
_GROUP: Final = re.compile(r"\(([01])\)")
_AND: Final = re.compile(r"(?<!!)([01])&&([01])")
_OR: Final = re.compile(r"(?<!!)(?<!&&)([01])\|\|([01])(?!&&)")
"""Steps that make an expression of `0` and `1` shorter, and keep its value: `!` before `&&` before `||`."""


def allowed_by_name(name: str) -> frozenset[Architecture]:
    """For which CPUs; `x_windows.go`, `x_linux_arm64.go`: the last words of a name count, the first never."""
    words = name.partition(".")[0].split("_")[1:]
    if words and words[-1] == "test":
        words = words[:-1]
    if words and words[-1] in _OTHER_SYSTEMS | _OTHER_CPUS:
        return _NONE
    if not words or words[-1] not in _CPUS:
        return _CPUS
    return _NONE if len(words) > 1 and words[-2] in _OTHER_SYSTEMS else frozenset({Architecture(words[-1])})


def allowed_by_line(expression: str, *, cgo: bool) -> frozenset[Architecture]:
    """What follows `//go:build`; one that cannot be read allows nothing."""
    return frozenset(cpu for cpu in _CPUS if _value(expression, cpu, cgo=cgo))


def allowed_by_plus(comments: Iterable[str], *, cgo: bool) -> frozenset[Architecture]:
    """The older `// +build` lines: all of them, of each one alternative, of that every word."""
    every = [comment.partition("+build")[2].split() for comment in comments]
    return frozenset(
        cpu
        for cpu in _CPUS
        if all(any(all(_word(term, cpu, cgo=cgo) for term in one.split(",")) for one in line) for line in every)
    )


def _word(term: str, cpu: str, *, cgo: bool) -> bool:
    holds = _holds(term.removeprefix("!"), cpu, cgo=cgo)
    return not holds if term.startswith("!") else holds


def _holds(tag: str, cpu: str, *, cgo: bool) -> bool:
    return tag in _ALWAYS or tag == cpu or (tag == "cgo" and cgo) or re.fullmatch(r"go1\.\d+", tag) is not None


def _value(expression: str, cpu: str, *, cgo: bool) -> bool:
    text = expression.partition("//")[0].strip()
    parts = _PARTS.findall(text)
    if len(parts) > _MOST_PARTS or _PARTS.sub("", text).strip():
        return False
    short = "".join(str(int(_holds(one, cpu, cgo=cgo))) if one[0] not in "|&!()" else one for one in parts)
    before = ""
    while short != before:
        before = short
        short = _GROUP.sub(r"\1", _NOT.sub(lambda one: "10"[int(one[1])], short))
        short = _AND.sub(lambda pair: min(pair[1], pair[2]), short)
        short = _OR.sub(lambda pair: max(pair[1], pair[2]), short)
    return short == "1"

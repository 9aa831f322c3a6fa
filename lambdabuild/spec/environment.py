"""Variables that a function may give the compiler, and the field that says what the others would.

Narrow on purpose: every variable is part of the key, and go reads many that would move a build unseen.
"""

from collections.abc import Mapping
from typing import Final

from lambdabuild.io.document import KeyPath
from lambdabuild.model.spec import Cgo
from lambdabuild.spec.nearest import nearest, ticked
from lambdabuild.spec.problems import Problems

_FLAGS: Final = ("CGO_CFLAGS", "CGO_CPPFLAGS", "CGO_CXXFLAGS", "CGO_FFLAGS", "CGO_LDFLAGS")
_ALWAYS: Final = tuple(f"{flag}{end}" for flag in _FLAGS for end in ("", "_ALLOW", "_DISALLOW"))
_WITH_AN_IMAGE: Final = ("CC", "CXX", "FC", "AR", "PKG_CONFIG", "PKG_CONFIG_PATH")
"""`go help environment`, for use with cgo: programs and folders, which only a locked image has."""

_USE: Final[Mapping[str, str]] = {
    "CGO_ENABLED": "write `cgo: off`, `cgo: zig` or `cgo: image`",
    "GOOS": "it is always linux",
    "GOARCH": "write `architectures`",
    "GOAMD64": "write `goamd64`",
    "GOARM64": "write `goarm64`",
    "GOEXPERIMENT": "write `goexperiment`",
    "GOFIPS140": "write `gofips140`",
    "GODEBUG": "write `//go:debug` in the main package, or `godebug` in go.mod",
    "GOTOOLCHAIN": "write `go`",
    "GOROOT": "write `go`",
    "GOFLAGS": "write `tags`, `ldflags` or `gcflags`",
    "GOWORK": "write `module`; a go.work above it is found",
    "GOENV": "write it to the field that it stands for",
    **dict.fromkeys(
        ("GOPROXY", "GOPRIVATE", "GONOPROXY", "GONOSUMDB", "GOSUMDB", "GOINSECURE", "GOAUTH", "GOVCS", "NETRC"),
        "set it where you run lambdabuild: it is for fetching modules, which the compiler does not do",
    ),
    **dict.fromkeys(
        ("GOPATH", "GOMODCACHE", "GOCACHE", "GOTMPDIR", "GOBIN", "PATH", "HOME", "TMPDIR", "PWD"),
        "leave it out: lambdabuild sets it, the same on every machine",
    ),
}


def check_environment(env: Mapping[str, str], cgo: Cgo, origins: Mapping[str, KeyPath], problems: Problems) -> None:
    """Every name is for cgo, and says nothing that a field says."""
    for name in env:
        path = origins[name]
        if name in _USE:
            problems.add(path, "is not for `env`", hint=_USE[name], key=True)
        elif name in _WITH_AN_IMAGE and cgo != "image":
            words = f"needs `cgo: image`; cgo is `{cgo}` here"
            problems.add(path, words, hint="leave it out, or build in an image that has it", key=True)
        elif name not in (*_ALWAYS, *_WITH_AN_IMAGE):
            near = nearest(name, (*_ALWAYS, *_WITH_AN_IMAGE))
            hint = f"did you mean `{near}`?" if near else f"`env` is for cgo: {ticked((*_FLAGS, *_WITH_AN_IMAGE))}"
            problems.add(path, "is not a variable of the compiler", hint=hint, key=True)

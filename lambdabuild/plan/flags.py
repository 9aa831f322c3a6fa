"""What a function asks of go, as environment and flags: explicit, constant, all of it in the key.

Source: https://pkg.go.dev/cmd/go (build flags, environment variables).
"""

from lambdabuild.io.golang import CLOSED
from lambdabuild.model.platform import Architecture
from lambdabuild.model.spec import Function
from lambdabuild.plan.project import Mod, Project


def environment(function: Function, architecture: Architecture, project: Project) -> dict[str, str]:
    """Every variable that go looks at, but for absolute folders, which no key may hold."""
    dated = {} if function.cgo == "off" else {"SOURCE_DATE_EPOCH": "0"}  # what `__DATE__` is in C
    level = {"GOAMD64": function.goamd64} if architecture is Architecture.AMD64 else {"GOARM64": function.goarm64}
    return {
        **CLOSED,
        **project.env,
        **level,
        **dated,
        **(_by_gcc(function) if function.cgo == "image" else function.env),
        "CGO_ENABLED": "0" if function.cgo == "off" else "1",
        "GODEBUG": "",
        "GOARCH": str(architecture),
        "GOEXPERIMENT": function.goexperiment,
        "GOFIPS140": function.gofips140,
        "GOOS": "linux",
    }


def _by_gcc(function: Function) -> dict[str, str]:
    """By gcc, unless the spec names another. ld makes a build ID of what it strips, too: names of temporary folders."""
    env = {"CC": "gcc", "CXX": "g++", "CGO_LDFLAGS": "-g -O2", **function.env}
    return {**env, "CGO_LDFLAGS": f"{env['CGO_LDFLAGS']} -Wl,--build-id=none"}


def list_flags(function: Function, architecture: Architecture, mod: Mod) -> tuple[str, ...]:
    """Flags that decide which files are read. Profiles are left out: go would list each package once a main."""
    return (f"-mod={mod}", _tags(function, architecture), "-pgo=off", "-buildvcs=false")


def build_flags(function: Function, architecture: Architecture, mod: Mod) -> tuple[str, ...]:
    """Flags of `go build`. The function's own come after ours."""
    ldflags = ["-s", "-w", "-buildid="] if function.strip else ["-buildid="]
    flags = [
        "-trimpath",
        "-buildvcs=false",
        f"-mod={mod}",
        _tags(function, architecture),
        f"-ldflags={' '.join((*ldflags, *function.ldflags))}",
    ]
    if function.gcflags:
        flags.append(f"-gcflags={' '.join(function.gcflags)}")
    return tuple(flags)


def _tags(function: Function, architecture: Architecture) -> str:
    return f"-tags={','.join(function.tags_on(architecture))}"

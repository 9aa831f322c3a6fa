"""The shapes of words in `buildspec.yaml`: patterns that hold in Python, in Rust and in ECMA-262 alike."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lambdabuild.model.spec import BOOTSTRAP, OF_ARM64

NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
VERSION: Final = r"^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$"
TEXT: Final = r"^[^\x00-\x1f\x7f]+$"
VALUE: Final = r"^[^\x00-\x1f\x7f]*$"
VARIABLE: Final = r"^[A-Za-z_][A-Za-z0-9_]*$"
TAG: Final = r"^[A-Za-z0-9_.]+$"
GOAMD64: Final = r"^v[1-4]$"
GOARM64: Final = r"^v(8\.[0-9]|9\.[0-5])(,(lse|crypto)){0,2}$"
GOEXPERIMENT: Final = r"^[a-z0-9]+(,[a-z0-9]+)*$"
GOFIPS140: Final = r"^(off|latest|inprocess|certified|v[0-9]+\.[0-9]+\.[0-9]+)$"
MODE: Final = r"^0[0-7]{3}$"
RULE: Final = r"^LB[0-9]{3}$"
FILE_NAME: Final = r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a pattern stands for, in words."""

    expected: str
    hint: str


SHAPES: Final[Mapping[str, Shape]] = {
    NAME: Shape(
        expected="at most 64 letters, digits, `.`, `_` and `-`, the first a letter or a digit",
        hint="names become file names: keep them plain",
    ),
    # Go has three numbers since 1.21 (go.dev/doc/toolchain), zig always had.
    VERSION: Shape(expected="an exact version", hint="write all three numbers"),
    TEXT: Shape(expected="one line of text", hint="write something, without line breaks and control characters"),
    VALUE: Shape(expected="one line of text", hint="leave out line breaks and control characters"),
    VARIABLE: Shape(
        expected="letters, digits and `_`, the first not a digit",
        hint="a name such as `version` or `CGO_CFLAGS`",
    ),
    # go/build/constraint, without the letters beyond ASCII.
    TAG: Shape(expected="one build tag", hint="letters, digits, `_` and `.`; one item for each tag"),
    GOAMD64: Shape(expected="`v1`, `v2`, `v3` or `v4`", hint="`v1` runs everywhere, Lambda's CPUs have `v2`"),
    # internal/buildcfg.ParseGoarm64.
    GOARM64: Shape(
        expected="`v8.0` to `v8.9` or `v9.0` to `v9.5`, then `,lse` or `,crypto`",
        hint="Graviton2 is `v8.2,lse,crypto`",
    ),
    GOEXPERIMENT: Shape(expected="words and commas", hint="write them as for GOEXPERIMENT, such as `jsonv2`"),
    # cmd/go/internal/fips140.
    GOFIPS140: Shape(
        expected="`off`, `latest`, `certified`, `inprocess` or a version",
        hint="write `latest`, or such as `v1.0.0`",
    ),
    MODE: Shape(
        expected="four octal digits, the first a 0",
        hint='only permission bits: `"0644"` for a file, `"0755"` for a program',
    ),
    RULE: Shape(expected="the id of a rule", hint="`lambdabuild check` shows it, such as `LB101`"),
    FILE_NAME: Shape(
        expected="a file name of letters, digits, `.`, `_` and `-`", hint="it lies at the root of the zip"
    ),
}


def can_be_a_handler(name: str) -> bool:
    """Whether a program of that name can lie beside the dispatcher of a forward-compatible zip."""
    return re.fullmatch(FILE_NAME, name) is not None and name != BOOTSTRAP and not name.endswith(OF_ARM64)

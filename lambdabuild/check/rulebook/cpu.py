"""Rules about the level of the CPU."""

from lambdabuild.model.finding import Rule, Severity
from lambdabuild.model.platform import Architecture

RULES = (
    Rule(
        id="LB401",
        severity=Severity.WARNING,
        title="GOAMD64=v3",
        message="`{file}` was built with GOAMD64=v3: Lambda promises AVX2, not all that v3 takes for granted",
        why="AVX2 is documented for Lambda's x86_64; FMA, BMI1, BMI2, LZCNT, MOVBE and F16C are not. Go's runtime"
        ' looks at the start and exits: "This program can only be run on AMD64 processors with v3 microarchitecture'
        ' support."',
        fix="build it with `GOAMD64=v2` (`goamd64: v2` in a spec), or accept it with `allow`",
        architecture=Architecture.AMD64,
    ),
    Rule(
        id="LB402",
        severity=Severity.ERROR,
        title="GOAMD64=v4",
        message="`{file}` was built with {level}, which needs AVX-512: Lambda does not have it everywhere",
        why="Go's runtime looks at the start and exits:"
        ' "This program can only be run on AMD64 processors with v4 microarchitecture support."',
        fix="build it with `GOAMD64=v2` (`goamd64: v2` in a spec)",
        architecture=Architecture.AMD64,
    ),
    Rule(
        id="LB403",
        severity=Severity.ERROR,
        title="GOARM64 above v8.2",
        message="`{file}` was built with {level}: Lambda's CPU is Graviton2, which ends at v8.2",
        why="Instructions of a later architecture end the program with SIGILL, whenever one is reached.",
        fix="build it with `GOARM64=v8.2` or lower (`goarm64: v8.2` in a spec)",
        architecture=Architecture.ARM64,
    ),
    Rule(
        id="LB404",
        severity=Severity.WARNING,
        title="an included Go program is for a CPU that Lambda does not promise",
        message="`{file}` was built with {level}, which Lambda's CPUs do not all have",
        why="Starting it would fail, or end in SIGILL. Nothing says that the function ever does.",
        fix="build it with `GOAMD64=v2` or `GOARM64=v8.2`, or lower",
    ),
    Rule(
        id="LB405",
        severity=Severity.WARNING,
        title="marked for x86-64-v3",
        message="`{file}` is marked as needing x86-64-v3: Lambda promises AVX2, not all that v3 takes for granted",
        why="The loader of glibc 2.33 and later reads the mark (GNU_PROPERTY_X86_ISA_1_NEEDED), and refuses on a CPU"
        ' without all of it: "CPU ISA level is lower than required".',
        fix="compile with `-march=x86-64-v2`, or accept it with `allow`",
        architecture=Architecture.AMD64,
    ),
    Rule(
        id="LB406",
        severity=Severity.ERROR,
        title="marked for x86-64-v4",
        message="`{file}` is marked as needing x86-64-v4, which is AVX-512: Lambda does not have it everywhere",
        why="The loader of glibc 2.33 and later reads the mark (GNU_PROPERTY_X86_ISA_1_NEEDED), and refuses on a CPU"
        ' without it: "CPU ISA level is lower than required".',
        fix="compile with `-march=x86-64-v2`",
        architecture=Architecture.AMD64,
    ),
)

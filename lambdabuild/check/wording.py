"""Every rule in one table: its severity, and all that is said about it.

Numbers are for good. By hundreds: 1 the files of the zip, 2 what an ELF file is and is for, 3 linking, 4 the level of
the CPU, 5 sizes, 9 the check itself.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lambdabuild.check.verdict import Verdict
from lambdabuild.model.finding import Finding, Severity
from lambdabuild.model.platform import Architecture


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. `title` says what it finds and `why` what comes of it; `architecture` is the only one it is about.

    `message` and `fix` take the details of a verdict as `{name}`; what stands in `[…]` is said only where all of its
    details are there.
    """

    id: str
    severity: Severity
    title: str
    message: str
    why: str
    fix: str
    architecture: Architecture | None = None


def speak(verdict: Verdict) -> Finding:
    """Put a verdict into words."""
    rule = RULES[verdict.rule]
    return Finding(
        rule=rule.id,
        severity=rule.severity,
        file=verdict.file,
        message=_filled(rule.message, verdict),
        fix=_filled(rule.fix, verdict),
    )


def _filled(template: str, verdict: Verdict) -> str:
    details = {"file": verdict.file, **verdict.details}

    def optional(match: re.Match[str]) -> str:
        return match[1] if all(details[name] for name in _NAME.findall(match[1])) else ""

    return _OPTIONAL.sub(optional, template).format_map(details)


_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_NAME = re.compile(r"\{(\w+)\}")

_TABLE = (
    Rule(
        id="LB101",
        severity=Severity.ERROR,
        title="the program that Lambda starts is missing",
        message="the zip has no `{file}`[, but it has `{near}`]",
        why="The runtime starts /var/task/bootstrap, and no other name; an extension is started from /opt/extensions."
        " Without it every invocation ends with Runtime.InvalidEntrypoint.",
        fix="put the program at `{file}`, exactly so",
    ),
    Rule(
        id="LB102",
        severity=Severity.ERROR,
        title="an entry is not a regular file",
        message="`{file}` is {kind}",
        why="A zip of ours holds regular files only: Lambda unpacks nothing else in the same way everywhere.",
        fix="put a regular file in its place",
    ),
    Rule(
        id="LB103",
        severity=Severity.ERROR,
        title="the program that Lambda starts may not be executed",
        message="`{file}` has the mode {mode}: the user that Lambda runs it as may not read and execute it",
        why="Lambda unpacks with the modes of the zip and runs as a user who owns none of the files, so the"
        ' permissions of others count. The start fails with "permission denied".',
        fix='give it `mode: "0755"`',
    ),
    Rule(
        id="LB104",
        severity=Severity.WARNING,
        title="a file cannot be read by the function",
        message="`{file}` has the mode {mode}: the user that Lambda runs as may not read it",
        why="Lambda unpacks with the modes of the zip and runs as a user who owns none of the files, so the"
        " permissions of others count.",
        fix='give its include `mode: "0644"`, or `"0755"` where it is a program',
    ),
    Rule(
        id="LB105",
        severity=Severity.WARNING,
        title="a program among the files may not be executed",
        message="`{file}` is a program with the mode {mode}, so the function cannot start it",
        why="Modes in the zip are those that the include declares, 0644 unless it says otherwise.",
        fix='give its include `mode: "0755"`',
    ),
    Rule(
        id="LB111",
        severity=Severity.ERROR,
        title="a script without a shebang",
        message="`{file}` is {kind}, and does not begin with `#!`",
        why="Lambda starts the file itself, without a shell that would guess how: the kernel takes an ELF file, or"
        ' `#!` as the very first two bytes. It ends with "exec format error".',
        fix="let it begin with `#!/bin/sh`, without a byte order mark; or put the compiled program there",
    ),
    Rule(
        id="LB112",
        severity=Severity.ERROR,
        title="a script with Windows line ends",
        message="the first line of `{file}` ends in CR LF: Linux looks for an interpreter `{interpreter}\\r`",
        why='The carriage return becomes a part of the interpreter\'s name. It ends with "no such file or directory",'
        " about a file that is there.",
        fix="save it with LF line ends, and keep them: `*.sh text eol=lf` in .gitattributes",
    ),
    Rule(
        id="LB113",
        severity=Severity.ERROR,
        title="a script for an interpreter that the runtime lacks",
        message="`{file}` is a script for `{program}`, which {runtime} does not have",
        why="The provided runtimes have /bin/sh and /bin/bash. All other interpreters would have to be in the zip or in"
        " a layer.",
        fix="write it for `/bin/sh` or `/bin/bash`; an interpreter in the zip is `/var/task/…`, in a layer `/opt/…`",
    ),
    Rule(
        id="LB201",
        severity=Severity.ERROR,
        title="the program that Lambda starts is not a Linux program",
        message="`{file}` is not a Linux ELF file: it is {kind}",
        why='The kernel takes ELF files and scripts. Everything else ends with "exec format error".',
        fix="build it for Linux: `GOOS=linux go build`, of a main package",
    ),
    Rule(
        id="LB202",
        severity=Severity.ERROR,
        title="the program that Lambda starts is for another CPU",
        message="`{file}` is for {found}, the function for {wanted}",
        why='There is no emulation on Lambda. It ends with "exec format error" and Runtime.InvalidEntrypoint.',
        fix="build it with `GOARCH={wanted}`, or change `architectures` of the function",
    ),
    Rule(
        id="LB203",
        severity=Severity.WARNING,
        title="an included file is for another CPU or another system",
        message="`{file}` is for {found}, the function for {wanted}",
        why="Loading or starting it would fail. Nothing says that the function ever does.",
        fix="include the file for {wanted}, or leave it out",
    ),
    Rule(
        id="LB204",
        severity=Severity.ERROR,
        title="the program that Lambda starts is damaged",
        message="`{file}` is a damaged ELF file: {reason}",
        why="The kernel refuses it, or it crashes where the missing bytes are read.",
        fix="build it again; look for a copy or a download that was cut off",
    ),
    Rule(
        id="LB205",
        severity=Severity.WARNING,
        title="an included ELF file is damaged",
        message="`{file}` is a damaged ELF file: {reason}",
        why="Loading or starting it would fail, or crash where the missing bytes are read.",
        fix="get it again; look for a copy or a download that was cut off",
    ),
    Rule(
        id="LB206",
        severity=Severity.ERROR,
        title="what Lambda starts is an ELF file, but not a program",
        message="`{file}` is an ELF file of the type {type} that is not a program",
        why="Object files, core dumps and libraries cannot be started, or crash at once.",
        fix="build an executable: of a main package, without `-buildmode=c-shared` and the like",
    ),
    Rule(
        id="LB207",
        severity=Severity.ERROR,
        title="the program that Lambda starts is for another system",
        message="`{file}` is an ELF file for {system}, not for linux",
        why="Other systems use the ELF format too, with other system calls: it crashes at the first of them.",
        fix="build it with `GOOS=linux`",
    ),
    Rule(
        id="LB301",
        severity=Severity.ERROR,
        title="cgo made a static build dynamic",
        message="`{file}` is not static: [it needs {needed}; ][its loader is {interpreter}; ]"
        "cgo was on when it was built"
        "[, and these packages have cgo files: {packages}]",
        why="A dynamic program needs libraries of the runtime in versions no older than those it was linked against."
        " With cgo off Go needs none, and the function does not depend on what the runtime's image becomes.",
        fix="build it with `CGO_ENABLED=0`; where it needs C code, say so: `cgo: zig` or `cgo: image`",
    ),
    Rule(
        id="LB302",
        severity=Severity.ERROR,
        title="-buildmode=pie made a static build dynamic",
        message="`{file}` is not static: [it needs {needed}; ][its loader is {interpreter}; ]"
        "it was built with `-buildmode=pie`",
        why="Go's position-independent executables are started by the dynamic loader, even where they need no library.",
        fix="build it without `-buildmode=pie`",
    ),
    Rule(
        id="LB303",
        severity=Severity.ERROR,
        title="a static build is dynamic, without cgo",
        message="`{file}` is not static: [it needs {needed}; ][its loader is {interpreter}; ]"
        "cgo was off when it was built[, and these packages import libraries by themselves: {packages}]",
        why="`//go:cgo_import_dynamic`, as in packages that call C libraries without cgo (purego), and an external"
        " linker (`-linkmode=external`) make Go's linker write a dynamic program.",
        fix="remove the package that imports it, or the flag; where the function needs C, say so: `cgo: zig`",
    ),
    Rule(
        id="LB401",
        severity=Severity.WARNING,
        title="GOAMD64=v3",
        message="`{file}` was built with GOAMD64=v3: Lambda promises AVX2, not all that v3 takes for granted",
        why="AVX2 is documented for Lambda's x86_64; FMA, BMI1, BMI2, LZCNT, MOVBE and F16C are not. Go's runtime"
        ' looks at the start and exits: "This program can only be run on AMD64 processors with v3 microarchitecture'
        ' support."',
        fix="build it with `goamd64: v2`, or accept it with `allow`",
        architecture=Architecture.AMD64,
    ),
    Rule(
        id="LB402",
        severity=Severity.ERROR,
        title="GOAMD64=v4",
        message="`{file}` was built with {level}, which needs AVX-512: Lambda does not have it everywhere",
        why="Go's runtime looks at the start and exits:"
        ' "This program can only be run on AMD64 processors with v4 microarchitecture support."',
        fix="build it with `goamd64: v2`",
        architecture=Architecture.AMD64,
    ),
    Rule(
        id="LB403",
        severity=Severity.ERROR,
        title="GOARM64 above v8.2",
        message="`{file}` was built with {level}: Lambda's CPU is Graviton2, which ends at v8.2",
        why="Instructions of a later architecture end the program with SIGILL, whenever one is reached.",
        fix="build it with `goarm64: v8.2`, or lower",
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
        id="LB501",
        severity=Severity.ERROR,
        title="too large when unzipped",
        message="unzipped it has {size} MB, of which `{file}` {largest} MB; Lambda takes less than 250 MB",
        why="The limit holds for the function and all of its layers together; the deployment is refused.",
        fix="include less, or deploy a container image, which may have 10 GB",
    ),
    Rule(
        id="LB502",
        severity=Severity.WARNING,
        title="too large for direct upload",
        message="zipped it has {size} MB, the largest entry is `{file}`; a direct upload takes less than 50 MB",
        why="Zips of 50 MB and more are deployed from S3. SAM and CDK do so anyway.",
        fix="deploy it from S3, or include less",
    ),
    Rule(
        id="LB901",
        severity=Severity.NOTE,
        title="an allow that allows nothing",
        message="`allow` accepts {allowed}, which was not found",
        why="What was accepted once is gone; if it comes back, no one would see it.",
        fix="remove {allowed} from `allow`",
    ),
    Rule(
        id="LB902",
        severity=Severity.NOTE,
        title="an allow of no rule",
        message="`allow` accepts {allowed}, and there is no such rule",
        why="Most likely it is a slip, and another rule was meant.",
        fix="write the id that a finding shows, like `LB401`",
    ),
)

RULES: Mapping[str, Rule] = {rule.id: rule for rule in _TABLE}
"""By id, in the order of the ids."""

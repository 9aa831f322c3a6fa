"""Rules about ELF files: what each is, and is for."""

from lambdabuild.model.finding import Rule, Severity

RULES = (
    Rule(
        id="LB201",
        severity=Severity.ERROR,
        title="the program that Lambda starts is not a Linux program",
        message="`{file}` is not a Linux ELF file: it is {kind}",
        why='The kernel takes ELF files and scripts. Everything else ends with "exec format error".',
        fix="build it for Linux, in Go with `GOOS=linux go build`, of a main package",
    ),
    Rule(
        id="LB202",
        severity=Severity.ERROR,
        title="the program that Lambda starts is for another CPU",
        message="`{file}` is for {found}, the function for {wanted}",
        why='There is no emulation on Lambda. It ends with "exec format error" and Runtime.InvalidEntrypoint.',
        fix="build it for {wanted}, in Go with `GOARCH={wanted}`, or change the architecture of the function",
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
        fix="build it for Linux, in Go with `GOOS=linux`",
    ),
    Rule(
        id="LB208",
        severity=Severity.ERROR,
        title="a zip of sources",
        message="there is no `{file}`, only source, like `{source}`, and no program",
        why="The provided runtimes compile nothing: they start the program /var/task/bootstrap.",
        fix="compile it first: `lambdabuild build`, or `GOOS=linux CGO_ENABLED=0 go build -o bootstrap`",
    ),
)

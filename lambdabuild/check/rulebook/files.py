"""Rules about the files of an artifact: what Lambda starts, permissions, scripts."""

from lambdabuild.model.finding import Rule, Severity

RULES = (
    Rule(
        id="LB101",
        severity=Severity.ERROR,
        title="the program that Lambda starts is missing",
        message="there is no `{file}`[, but there is `{near}`]",
        why="The runtime starts /var/task/bootstrap, and no other name; an extension is started from /opt/extensions."
        " Without it every invocation ends with Runtime.InvalidEntrypoint.",
        fix="put the program at `{file}`, exactly so",
    ),
    Rule(
        id="LB102",
        severity=Severity.ERROR,
        title="an entry is not a regular file",
        message="`{file}` is {kind}",
        why="Only regular files, folders and symbolic links are unpacked in the same way everywhere.",
        fix="put a regular file in its place",
    ),
    Rule(
        id="LB103",
        severity=Severity.ERROR,
        title="the program that Lambda starts may not be executed",
        message="`{file}` has the mode {mode}: the user that Lambda runs it as may not read and execute it",
        why="Lambda unpacks with the modes of the zip and runs as a user who owns none of the files, so the"
        ' permissions of others count. The start fails with "permission denied".',
        fix="make it executable before it is packed: `chmod 755 {file}`",
    ),
    Rule(
        id="LB104",
        severity=Severity.WARNING,
        title="a file cannot be read by the function",
        message="`{file}` has the mode {mode}: the user that Lambda runs as may not read it",
        why="Lambda unpacks with the modes of the zip and runs as a user who owns none of the files, so the"
        " permissions of others count.",
        fix="make it readable before it is packed: `chmod 644 {file}`; in a spec by the `mode` of its include",
    ),
    Rule(
        id="LB105",
        severity=Severity.WARNING,
        title="a program among the files may not be executed",
        message="`{file}` is a program with the mode {mode}, so the function cannot start it",
        why="Modes in the zip are those that the include declares, 0644 unless it says otherwise.",
        fix="make it executable before it is packed: `chmod 755 {file}`; in a spec by the `mode` of its include",
    ),
    Rule(
        id="LB106",
        severity=Severity.ERROR,
        title="a handler that cannot match",
        message="the handler `{handler}` {problem}",
        why="On go1.x the handler is the name of the program, and in a forward-compatible zip it is how the dispatcher"
        ' finds it. On provided runtimes alone it is free. A name that is not there ends with "no such file".',
        fix="name a file that is there, without folders, like `{suggestion}`",
    ),
    Rule(
        id="LB107",
        severity=Severity.ERROR,
        title="a zip without permissions",
        message="`{file}` may not be executed: the zip was written where files have no such permission",
        why="A zip keeps the permissions of Unix only where the tool that writes it knows them. Without them Lambda"
        ' unpacks plain files, and the start fails with "permission denied".',
        fix="let `lambdabuild build` write the zip, `build-lambda-zip` of aws-lambda-go, or `zip` on Linux or WSL",
    ),
    Rule(
        id="LB108",
        severity=Severity.WARNING,
        title="the program that Lambda starts is a symbolic link",
        message="`{file}` is a symbolic link to `{target}`",
        why="Lambda keeps symbolic links of a zip. Tools that pack again follow them or lose them, and then it is not"
        " there.",
        fix="put the program itself at `{file}`",
    ),
    Rule(
        id="LB109",
        severity=Severity.ERROR,
        title="the program that Lambda starts is a folder",
        message="`{file}` is a folder[; it has `{near}`]",
        why="The runtime starts the file /var/task/bootstrap. A folder of that name ends with"
        " Runtime.InvalidEntrypoint.",
        fix="put the program itself at `{file}`",
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
        message="`{file}` is a script for `{program}`, which {image} does not have",
        why="The provided runtimes have /bin/sh and /bin/bash. All other interpreters would have to be in the zip or in"
        " a layer.",
        fix="write it for `/bin/sh` or `/bin/bash`; an interpreter in the zip is `/var/task/…`, in a layer `/opt/…`;"
        " name a layer with `--layer`",
    ),
)

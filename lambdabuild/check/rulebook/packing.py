"""Rules about how a zip is made: what Lambda's unzip or another tool takes differently, or not at all."""

from lambdabuild.model.finding import Rule, Severity

_ANEW = "write the zip anew: `lambdabuild build`, or `zip -X -r function.zip .` in the folder of its files"
_TWO_MINDS = "Two tools that read such a zip may unpack different files: what was looked at is not what runs."

RULES = (
    Rule(
        id="LB121",
        severity=Severity.ERROR,
        title="a name climbs out of the zip",
        message="`{file}` has a part `..`",
        why="Unpacked by a careless tool it overwrites files outside of its folder; others leave it out or refuse the"
        " whole zip. Nothing good is named so.",
        fix=_ANEW,
    ),
    Rule(
        id="LB122",
        severity=Severity.ERROR,
        title="a name begins at the root",
        message="`{file}` is an absolute path",
        why="A zip holds names relative to where it is unpacked. Tools strip the slash, refuse the file, or write to"
        " the root.",
        fix=_ANEW,
    ),
    Rule(
        id="LB123",
        severity=Severity.ERROR,
        title="a name that no file can have",
        message="`{file}`: {reason}",
        why="Tools take such names differently: cut off, replaced, refused.",
        fix=_ANEW,
    ),
    Rule(
        id="LB124",
        severity=Severity.ERROR,
        title="two entries with one name",
        message="`{file}` is there more than once[: as a file, and as a folder of `{other}`]",
        why=f"Which one is unpacked is up to the tool. {_TWO_MINDS}",
        fix=_ANEW,
    ),
    Rule(
        id="LB125",
        severity=Severity.ERROR,
        title="a symbolic link that leads nowhere",
        message="`{file}` is a symbolic link to `{target}`, {problem}",
        why='Lambda unpacks the link as it is. What opens it ends with "no such file or directory".',
        fix="put the file itself in its place",
    ),
    Rule(
        id="LB126",
        severity=Severity.NOTE,
        title="symbolic links",
        message="`{file}` is a symbolic link to `{target}`[, and so are {others} more]",
        why="Lambda keeps them. Tools that pack again follow them or lose them: SAM, CDK and Terraform's archive each"
        " in its own way.",
        fix="nothing, if this very zip is deployed",
    ),
    Rule(
        id="LB128",
        severity=Severity.WARNING,
        title="names with backslashes",
        message="`{file}` has backslashes for slashes[, and so have {others} more]",
        why="Old tools of Windows write so, against the standard. On Linux a backslash is a letter: `lib\\x.so` is one"
        " file of that name, in no folder.",
        fix="write the zip with a tool that writes slashes, like `tar -a -c -f function.zip *` of Windows itself",
    ),
    Rule(
        id="LB129",
        severity=Severity.NOTE,
        title="names that are not as short as they could be",
        message="`{written}` is written for `{file}`[, and {others} more so]",
        why="`./bootstrap` is unpacked as `bootstrap`. Tools that compare names do not find it.",
        fix="nothing, if it is unpacked; `zip -r function.zip *` writes plain names",
    ),
    Rule(
        id="LB131",
        severity=Severity.ERROR,
        title="an encrypted entry",
        message="`{file}` is encrypted",
        why="There is no one to ask for the password.",
        fix=_ANEW,
    ),
    Rule(
        id="LB132",
        severity=Severity.ERROR,
        title="a compression that Lambda does not know",
        message="`{file}` is compressed with {method}",
        why="Stored and deflated are the two that every unzip knows. For others it says"
        ' "Could not unzip uploaded file".',
        fix="write the zip with deflate, as `zip` does",
    ),
    Rule(
        id="LB133",
        severity=Severity.ERROR,
        title="a damaged zip",
        message="[`{file}`: ]it {reason}",
        why='It was cut off or changed on its way. Lambda refuses it: "Could not unzip uploaded file".',
        fix="build it again; look for a copy or a download that was cut off, or one that took it for text",
    ),
    Rule(
        id="LB134",
        severity=Severity.ERROR,
        title="an entry that says two different things",
        message="`{file}` has the {field} {local} where its data begins, and {central} in the directory",
        why=f"Each entry is described twice in a zip. {_TWO_MINDS}",
        fix=_ANEW,
    ),
    Rule(
        id="LB135",
        severity=Severity.ERROR,
        title="entries that share their bytes",
        message="`{file}` shares bytes of the zip with `{other}`",
        why="No tool writes so that means well: it is how a small zip unpacks to petabytes.",
        fix=_ANEW,
    ),
    Rule(
        id="LB136",
        severity=Severity.ERROR,
        title="more than can be looked at",
        message="it has more than {limit} {what}",
        why="Lambda takes 250 MB unzipped. What is beyond the limits of this check is beyond that, or is a bomb.",
        fix="include less",
    ),
    Rule(
        id="LB137",
        severity=Severity.NOTE,
        title="fields for large files (ZIP64)",
        message="[`{file}` has fields]{all} for files of more than 4 GB (ZIP64)",
        why="No function needs them, and not every tool reads them.",
        fix="nothing, if it is deployed already; `zip -X` does not write them for small files",
    ),
    Rule(
        id="LB138",
        severity=Severity.NOTE,
        title="sizes after the data (data descriptors)",
        message="`{file}` has its size after its data, as a stream is written[, and so have {others} more]",
        why="Lambda takes it, and so do most tools. Readers that stream, like Java's ZipInputStream, cannot where the"
        " data is stored and not compressed.",
        fix="nothing, if it is deployed already",
    ),
    Rule(
        id="LB139",
        severity=Severity.ERROR,
        title="nothing to deploy",
        message="it holds no file",
        why="Lambda starts `bootstrap`, and refuses a zip without files.",
        fix="put the program at `bootstrap`",
    ),
)

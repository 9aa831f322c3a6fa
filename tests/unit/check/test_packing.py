"""Rules about the zip, the entry point and the runtime: what breaks each, in which words."""

import re
from datetime import date

import pytest

from lambdabuild.check import OPT
from lambdabuild.check.packing import OF_FAULTS
from lambdabuild.model.artifact import FaultKind
from lambdabuild.model.finding import Severity
from tests.support.artifact import Artifact
from tests.support.elf import Programs


def said(artifact: Artifact) -> tuple[str, str, str]:
    (found,) = artifact.findings
    return found.rule, found.file, found.message


def test_every_fault_has_a_rule() -> None:
    assert set(OF_FAULTS) == set(FaultKind)


# LB10x: what Lambda starts


@pytest.mark.parametrize(
    ("handler", "problem"),
    [("order", "is not there"), ("bin/orders", "is not the name of a file"), ("..", "is not the name of a file")],
)
def test_lb106_a_handler_that_cannot_match(artifact: Artifact, programs: Programs, handler: str, problem: str) -> None:
    artifact.put("bootstrap", programs("go")).but(handler=handler)

    assert artifact.finding == (
        "LB106",
        handler,
        f"the handler `{handler}` {problem}",
        "name a file that is there, without folders, like `bootstrap`",
    )


def test_a_handler_that_names_code_is_not_looked_for(artifact: Artifact) -> None:
    artifact.put("app.py", b"def handler(event, context): pass\n", 0o644)

    assert artifact.but(runtime="python3.13", bootstrap=None, handler="app.handler").findings == ()


def test_lb107_a_zip_of_windows(artifact: Artifact, programs: Programs) -> None:
    artifact.put("bootstrap", programs("go"), 0o644).fault(FaultKind.NO_UNIX_MODES, "bootstrap", host="0")

    assert artifact.finding == (
        "LB107",
        "bootstrap",
        "`bootstrap` may not be executed: the zip was written where files have no such permission",
        "let `lambdabuild build` write the zip, `build-lambda-zip` of aws-lambda-go, or `zip` on Linux or WSL",
    )


def test_a_zip_of_windows_with_nothing_to_start_is_well(artifact: Artifact) -> None:
    artifact.put("python/x.py", b"x = 1\n", 0o644).fault(FaultKind.NO_UNIX_MODES, "python/x.py", host="0")

    assert artifact.but(bootstrap=None, root=OPT).findings == ()


def test_lb108_a_link_to_the_program(artifact: Artifact, programs: Programs) -> None:
    artifact.put("bin/orders", programs("go")).holds(links={"bootstrap": "bin/orders"})

    assert artifact.finding == (
        "LB108",
        "bootstrap",
        "`bootstrap` is a symbolic link to `bin/orders`",
        "put the program itself at `bootstrap`",
    )


def test_what_the_link_leads_to_is_what_is_started(artifact: Artifact, programs: Programs) -> None:
    artifact.put("bin/orders", programs("go/arm64")).holds(links={"bootstrap": "bin/orders"})

    assert [one.rule for one in artifact.findings] == ["LB202", "LB108"]


def test_lb109_a_folder(artifact: Artifact, programs: Programs) -> None:
    assert artifact.put("bootstrap/orders", programs("go")).finding == (
        "LB109",
        "bootstrap",
        "`bootstrap` is a folder; it has `bootstrap/orders`",
        "put the program itself at `bootstrap`",
    )


def test_lb109_an_empty_folder(artifact: Artifact) -> None:
    artifact.put("config.yaml", b"a: 1\n", 0o644).holds(folders={"bootstrap": 0o755})

    assert said(artifact) == ("LB109", "bootstrap", "`bootstrap` is a folder")


def test_lb208_sources(artifact: Artifact) -> None:
    artifact.put("go.mod", b"module x\n", 0o644).put("main.go", b"package main\n", 0o644)

    assert artifact.finding == (
        "LB208",
        "bootstrap",
        "there is no `bootstrap`, only source, like `main.go`, and no program",
        "compile it first: `lambdabuild build`, or `GOOS=linux CGO_ENABLED=0 go build -o bootstrap`",
    )


# LB12x and LB13x: the zip itself


@pytest.mark.parametrize(
    ("rule", "kind", "details", "message"),
    [
        ("LB121", FaultKind.CLIMBS, {}, "`../x` has a part `..`"),
        ("LB122", FaultKind.ABSOLUTE, {}, "`../x` is an absolute path"),
        ("LB123", FaultKind.BAD_NAME, {"reason": "has a control character"}, "`../x`: has a control character"),
        ("LB124", FaultKind.DUPLICATE, {}, "`../x` is there more than once"),
        (
            "LB124",
            FaultKind.FILE_AS_FOLDER,
            {"other": "x/y"},
            "`../x` is there more than once: as a file, and as a folder of `x/y`",
        ),
        (
            "LB125",
            FaultKind.SYMLINK_ESCAPES,
            {"target": "../../y"},
            "`../x` is a symbolic link to `../../y`, which leaves the artifact",
        ),
        (
            "LB125",
            FaultKind.SYMLINK_DANGLES,
            {"target": "y", "missing": "y"},
            "`../x` is a symbolic link to `y`, and `y` is not there",
        ),
        (
            "LB125",
            FaultKind.SYMLINK_LOOPS,
            {"target": "x"},
            "`../x` is a symbolic link to `x`, which leads in a circle",
        ),
        ("LB126", FaultKind.SYMLINK, {"target": "y"}, "`../x` is a symbolic link to `y`"),
        ("LB102", FaultKind.SPECIAL, {"what": "a pipe"}, "`../x` is a pipe"),
        ("LB128", FaultKind.BACKSLASH, {}, "`../x` has backslashes for slashes"),
        ("LB129", FaultKind.UNCLEAN_NAME, {"written": "./x"}, "`./x` is written for `../x`"),
        ("LB131", FaultKind.ENCRYPTED, {}, "`../x` is encrypted"),
        ("LB132", FaultKind.COMPRESSION, {"method": "bzip2"}, "`../x` is compressed with bzip2"),
        ("LB133", FaultKind.DAMAGED, {"reason": "was cut off"}, "`../x`: it was cut off"),
        (
            "LB133",
            FaultKind.UNREADABLE,
            {"reason": "Permission denied"},
            "`../x`: it cannot be read: Permission denied",
        ),
        (
            "LB133",
            FaultKind.WRONG_SIZE,
            {"claimed": "1", "found": "more"},
            "`../x`: it has more bytes, not the 1 that its header claims",
        ),
        (
            "LB133",
            FaultKind.BAD_CRC,
            {"claimed": "00000000", "found": "12345678"},
            "`../x`: it has the checksum 12345678, not 00000000",
        ),
        (
            "LB134",
            FaultKind.HEADERS_DISAGREE,
            {"field": "name", "local": "y", "central": "x"},
            "`../x` has the name y where its data begins, and x in the directory",
        ),
        ("LB135", FaultKind.OVERLAP, {"other": "y"}, "`../x` shares bytes of the zip with `y`"),
        ("LB136", FaultKind.TOO_MUCH, {"limit": "100000", "what": "entries"}, "it has more than 100000 entries"),
        ("LB137", FaultKind.ZIP64, {}, "`../x` has fields for files of more than 4 GB (ZIP64)"),
        (
            "LB138",
            FaultKind.DATA_DESCRIPTOR,
            {},
            "`../x` has its size after its data, as a stream is written",
        ),
    ],
)
def test_a_fault_is_told(
    artifact: Artifact, programs: Programs, rule: str, kind: FaultKind, details: dict[str, str], message: str
) -> None:
    artifact.put("bootstrap", programs("go")).fault(kind, "../x", 1, **details)

    assert said(artifact) == (rule, "../x", message)


@pytest.mark.parametrize("target", ["/opt/lib/libx.so.1", "/tmp/cache", "/var/task/x", "/usr/lib64/libz.so.1"])
def test_a_link_to_what_lambda_has_is_well(artifact: Artifact, programs: Programs, target: str) -> None:
    artifact.put("bootstrap", programs("go")).fault(FaultKind.SYMLINK_ESCAPES, "x", target=target)

    assert artifact.findings == ()


def test_a_link_that_leads_nowhere_is_an_error_only_where_lambda_goes_through_it(
    artifact: Artifact, programs: Programs
) -> None:
    artifact.fault(FaultKind.SYMLINK_DANGLES, "bootstrap", target="x", missing="x").holds(links={"bootstrap": "x"})
    assert [(one.rule, one.severity) for one in artifact.findings] == [("LB125", Severity.ERROR)]

    artifact.put("bootstrap", programs("go")).holds(links={}, faults=())
    artifact.fault(FaultKind.SYMLINK_DANGLES, "y", target="x", missing="x")
    assert [(one.rule, one.severity) for one in artifact.findings] == [("LB125", Severity.WARNING)]


def test_one_fault_may_stand_for_many_entries(artifact: Artifact, programs: Programs) -> None:
    artifact.put("bootstrap", programs("go")).fault(FaultKind.DATA_DESCRIPTOR, "x", 3)

    assert said(artifact)[2] == "`x` has its size after its data, as a stream is written, and so have 2 more"


def test_a_fault_of_the_whole_names_no_entry(artifact: Artifact, programs: Programs) -> None:
    artifact.put("bootstrap", programs("go")).fault(FaultKind.ZIP64)

    assert said(artifact) == ("LB137", "", "it has fields for files of more than 4 GB (ZIP64)")


def test_lb139_nothing_at_all(artifact: Artifact) -> None:
    assert said(artifact.fault(FaultKind.EMPTY)) == ("LB139", "", "it holds no file")


def test_a_bootstrap_that_could_not_be_read_is_not_missing(artifact: Artifact) -> None:
    artifact.holds(unread=frozenset(["bootstrap"])).fault(FaultKind.ENCRYPTED, "bootstrap")

    assert said(artifact)[0] == "LB131"


# LB6xx: the runtime


def test_lb601_past_its_end(artifact: Artifact, programs: Programs) -> None:
    artifact.put("bootstrap", programs("go")).but(runtime="provided.al2", today=date(2026, 11, 25))

    assert artifact.finding == (
        "LB601",
        "bootstrap",
        (
            "provided.al2 is deprecated since 2026-07-31, from 2027-02-01 on no function can be created with it, and"
            " from 2027-03-03 on none can be updated"
        ),
        "move to `provided.al2023`: set it as `runtime`, and check what is linked against the older libraries",
    )


def test_lb601_blocked(artifact: Artifact, programs: Programs) -> None:
    artifact.put("bootstrap", programs("go")).but(runtime="provided.al2", today=date(2027, 3, 3))

    assert artifact.finding[2] == (
        "provided.al2 is deprecated since 2026-07-31; no function can be created with it since 2027-02-01, and none can"
        " be updated since 2027-03-03"
    )


@pytest.mark.parametrize(
    ("runtime", "today"), [("provided.al2", date(2026, 7, 30)), ("provided.al2023", date(2029, 6, 29))]
)
def test_a_runtime_before_its_end_is_well(artifact: Artifact, programs: Programs, runtime: str, today: date) -> None:
    assert artifact.put("bootstrap", programs("go")).but(runtime=runtime, today=today).findings == ()


def with_sdk(program: bytes, version: str, *, tags: str = "") -> bytes:
    """A program whose build info names aws-lambda-go, in the place of a longer line."""
    old = re.search(rb"build\tDefaultGODEBUG=[^\n]*\n", program)
    assert old is not None
    new = f"dep\tgithub.com/aws/aws-lambda-go\t{version}\n" + (f"build\t-tags={tags}\n" if tags else "")
    padded = f"{new}build\tpad=".encode().ljust(len(old[0]) - 1, b"x") + b"\n"
    return program.replace(old[0], padded)


@pytest.mark.parametrize("version", ["v1.17.0", "v1.0.0"])
def test_lb602_an_old_sdk(artifact: Artifact, programs: Programs, version: str) -> None:
    assert artifact.put("bootstrap", with_sdk(programs("go"), version)).finding == (
        "LB602",
        "bootstrap",
        f"`bootstrap` was built with aws-lambda-go {version}, which cannot speak to provided.al2023",
        "run `go get github.com/aws/aws-lambda-go@latest`, and build it again",
    )


@pytest.mark.parametrize("version", ["v1.18.0", "v1.49.0", "v1.17.1-0.20200131112358-8c3d4a9a3a9f"])
def test_lb603_an_sdk_with_rpc(artifact: Artifact, programs: Programs, version: str) -> None:
    assert artifact.put("bootstrap", with_sdk(programs("go"), version)).finding == (
        "LB603",
        "bootstrap",
        "`bootstrap` was built without the tag `lambda.norpc`",
        "write `tags: [lambda.norpc]`, or build with `-tags lambda.norpc`",
    )


@pytest.mark.parametrize("tags", ["lambda.norpc", "netgo,lambda.norpc"])
def test_an_sdk_without_rpc_is_well(artifact: Artifact, programs: Programs, tags: str) -> None:
    assert artifact.put("bootstrap", with_sdk(programs("go"), "v1.49.0", tags=tags)).findings == ()


@pytest.mark.parametrize("tags", ["lambda.norpc", "netgo,lambda.norpc"])
def test_lb604_an_sdk_without_rpc_for_go1x(artifact: Artifact, programs: Programs, tags: str) -> None:
    assert artifact.put("bootstrap", with_sdk(programs("go"), "v1.49.0", tags=tags)).but(rpc=True).finding == (
        "LB604",
        "bootstrap",
        "`bootstrap` was built with the tag `lambda.norpc`, and go1.x is among its runtimes",
        "build it without the tag; where a spec names go1.x in `floor`, lambdabuild leaves the tag out on amd64",
    )


def test_an_sdk_with_rpc_is_well_for_go1x(artifact: Artifact, programs: Programs) -> None:
    with_rpc = artifact.put("bootstrap", with_sdk(programs("go"), "v1.49.0")).but(rpc=True)

    assert with_rpc.findings == ()
    assert with_rpc.but(runtime="go1.x", today=date(2023, 12, 31)).findings == ()

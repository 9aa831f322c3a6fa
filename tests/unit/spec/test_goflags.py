"""Flags of compiler and linker: those that mean the same on every machine are taken, the others told why not."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from lambdabuild.errors import SpecError
from lambdabuild.model.plan import Toolchain
from lambdabuild.spec import load
from lambdabuild.spec.goflags import COMPILER, Tool, linker
from tests.support.spec import FUNCTION

_COMPILER = {
    "-pgoprofile=/file": "a profile is read from `default.pgo` beside the main package, where it is part of the key",
    "-trimpath=": "it is set already, so that no path of this machine gets into the program",
    "-importcfg=x": "go sets it, as the build needs it",
    "-embedcfg x": "go sets it, as the build needs it",
    "--json=0,/tmp": "it names a file, and a build reads and writes none but its own",
    "-cpuprofile=x": "it names a file, and a build reads and writes none but its own",
    "-race": "it is for tests, and needs a C runtime in the program",
    "-shared": "it makes another kind of program than the one that Lambda starts",
}
_LINKER = {
    "-buildid=x": "it is empty, so that equal source gives equal bytes",
    "-o x": "the file is named by the layout",
    "-importcfg=x": "go sets it, as the build needs it",
    "-tmpdir=/tmp": "it names a file, and a build reads and writes none but its own",
    "-memprofile x": "it names a file, and a build reads and writes none but its own",
    "-extld=gcc": "a machine's own folders would decide what the program is",
    "-extar=ar": "a machine's own folders would decide what the program is",
    "-r /opt": "a machine's own folders would decide what the program is",
    "-L /opt": "a machine's own folders would decide what the program is",
    "-I /lib/ld.so": "a machine's own folders would decide what the program is",
    "-B gobuildid": "it makes another kind of program than the one that Lambda starts",
    "-H windows": "it makes another kind of program than the one that Lambda starts",
    "-T 1": "it makes another kind of program than the one that Lambda starts",
    "-R 1": "it makes another kind of program than the one that Lambda starts",
    "-linkmode=external": "it is for the linker of C, and `cgo` is `off` here",
    "-extldflags=-static": "it is for the linker of C, and `cgo` is `off` here",
}


def spec(folder: Path, field: str, flags: list[str], *, cgo: str = "", top: str = "") -> Path:
    file = folder / "buildspec.yaml"
    file.write_text(f"{FUNCTION}    {field}: {json.dumps(flags)}\n{cgo}{top}")
    return file


def refusal(file: Path, variables: dict[str, str] | None = None) -> tuple[str, str | None]:
    with pytest.raises(SpecError) as caught:
        load(file, variables=variables)
    assert caught.value.exit_code == 2
    return caught.value.message.removeprefix(f"`{file}:"), caught.value.hint


@pytest.mark.parametrize("flag", _COMPILER)
def test_a_flag_of_the_compiler_that_a_machine_decides_is_refused(flag: str, tmp_path: Path) -> None:
    message, hint = refusal(spec(tmp_path, "gcflags", [f"all=-N {flag}"]))

    name = re.split("[= ]", flag.lstrip("-"))[0]
    assert message == f"9:15`: `functions.orders.gcflags[0]` sets `-{name}`"
    assert hint == f"leave it out: {_COMPILER[flag]}"


@pytest.mark.parametrize("flag", _LINKER)
def test_a_flag_of_the_linker_that_a_machine_decides_is_refused(flag: str, tmp_path: Path) -> None:
    message, hint = refusal(spec(tmp_path, "ldflags", ["-v", flag]))

    name = re.split("[= ]", flag.lstrip("-"))[0]
    assert message == f"9:21`: `functions.orders.ldflags[1]` sets `-{name}`"
    assert hint == f"leave it out: {_LINKER[flag]}"


def test_a_flag_that_nobody_knows_is_told_with_those_that_may_be_set(tmp_path: Path) -> None:
    message, hint = refusal(spec(tmp_path, "ldflags", ["-newest"]))

    assert message == "9:15`: `functions.orders.ldflags[0]` sets `-newest`"
    assert hint is not None
    assert hint.startswith("leave it out: `go tool link` may be given `-X`, `-bindnow`, `-checklinkname`, ")


@pytest.mark.parametrize(
    "flags",
    [
        ["-N", "-l"], ["all=-N -l"], ["std=-l=4", "-m=2"], ["./...=-B"], ["example.com/a/...=-S", "-live -wb=false"],
        ["-lang=go1.21", "-lang", "go1.22", "-c=4"], ["-d=checkptr=2,nil", "-d", "ssa/check_bce/debug=1,panic"],
        ["'-spectre=ret' \"-smallframes\""], [" "], ["all="],
    ],
)  # fmt: skip
def test_what_the_compiler_may_be_given_stays_as_it_is(flags: list[str], tmp_path: Path) -> None:
    assert load(spec(tmp_path, "gcflags", flags)).functions["orders"].gcflags == tuple(flags)


@pytest.mark.parametrize(
    "flags",
    [
        ["-X", "main.a=-extld=b"], ["-X=main.a=b"], ["-X 'main.a=b c' -s -w=false"], ["-X main.a=@b"],
        ["-v", "-compressdwarf=false", "-checklinkname=0", "-randlayout=7", "-funcalign 32"],
    ],
)  # fmt: skip
def test_what_the_linker_may_be_given_is_taken(flags: list[str], tmp_path: Path) -> None:
    assert " ".join(load(spec(tmp_path, "ldflags", flags)).functions["orders"].ldflags) == " ".join(flags)


@pytest.mark.parametrize(
    ("field", "flags", "message"),
    [
        ("gcflags", ["-N /etc/x.go"], "[0]` has `/etc/x.go`, which is not a flag"),
        ("gcflags", ["@/etc/flags"], "[0]` has `@/etc/flags`, which is not a flag"),
        ("gcflags", ["-N", "all=-l"], "[1]` has `all=-l`, which is not a flag"),
        ("gcflags", ["'all'=-l"], "[0]` has `all`, which is not a flag"),
        ("gcflags", ["-"], "[0]` has `-`, which is not a flag"),
        ("gcflags", ["-N --"], "[0]` has `--`, which is not a flag"),
        ("gcflags", ["/src/...=-N"], "[0]` is for `/src/...`, a folder that lies elsewhere on another machine"),
        ("gcflags", ["../../...=-N"], "[0]` is for `../../...`, a folder that lies elsewhere on another machine"),
        ("gcflags", ["all=-N '-l"], "[0]` is `-N '-l`, with a quote that is never closed"),
        ("gcflags", ["-d=dumpinlfuncprops=/tmp/x"], "[0]` sets `-d` to `dumpinlfuncprops=/tmp/x`"),
        ("gcflags", ["-d=nil,ssa/lower/dump=main"], "[0]` sets `-d` to `nil,ssa/lower/dump=main`"),
        ("gcflags", ["-d=dumpinlfuncprops=1"], "[0]` sets `-d` to `dumpinlfuncprops=1`"),
        ("gcflags", ["-lang=/x"], "[0]` sets `-lang` to `/x`"),
        ("gcflags", ["-c"], "[0]` sets `-c` to ``"),
        ("gcflags", ["-N=x"], "[0]` sets `-N` to `x`"),
        ("ldflags", ["@/etc/flags"], "[0]` has `@/etc/flags`, which is not a flag"),
        ("ldflags", ["-s", "main.a=b"], "[1]` has `main.a=b`, which is not a flag"),
        ("ldflags", ["-X", "@/etc/flags"], "[1]` sets `-X` to `@/etc/flags`"),
        ("ldflags", ["-X @/etc/a=b"], "[0]` sets `-X` to `@/etc/a=b`"),
        ("ldflags", ["-s -X"], "[0]` sets `-X` to ``"),
    ],
)
def test_what_is_no_plain_flag_is_refused(field: str, flags: list[str], message: str, tmp_path: Path) -> None:
    assert refusal(spec(tmp_path, field, flags))[0].endswith(f"`: `functions.orders.{field}{message}")


@pytest.mark.parametrize(
    ("flag", "value", "message"),
    [
        ("${v}", "-extld=/evil", "sets `-extld`"),
        ("-${v}", "extld=/evil", "sets `-extld`"),
        ("-X ${v}", "@/evil", "sets `-X` to `@/evil`"),
    ],
)
def test_a_variable_brings_no_flag_that_may_not_be_set(flag: str, value: str, message: str, tmp_path: Path) -> None:
    file = spec(tmp_path, "ldflags", [flag], top="variables: {v: -s}\n")

    assert refusal(file, {"v": value})[0].endswith(message)


def test_a_variable_is_never_more_than_one_word(tmp_path: Path) -> None:
    file = spec(tmp_path, "ldflags", ["-X main.a=${v}"], top="variables: {v: x}\n")

    assert load(file, variables={"v": "b -extld=/evil"}).functions["orders"].ldflags == (
        "-X",
        "'main.a=b -extld=/evil'",
    )


@pytest.mark.parametrize(
    "cgo", ["    cgo: image\n    executor: docker\n", '    cgo: zig\nzig: "0.17.1"\n'], ids=["image", "zig"]
)
def test_with_c_another_linker_may_be_given_flags(cgo: str, tmp_path: Path) -> None:
    flags = ["-linkmode=external", "-extldflags '-static -lm'"]

    assert load(spec(tmp_path, "ldflags", flags, cgo=cgo)).functions["orders"].ldflags == (
        "-linkmode=external",
        "-extldflags",
        "'-static -lm'",
    )
    assert refusal(spec(tmp_path, "ldflags", ["-extld=gcc"], cgo=cgo))[0].endswith("sets `-extld`")
    assert refusal(spec(tmp_path, "ldflags", ["-extldflags @x"], cgo=cgo))[0].endswith("sets `-extldflags` to `@x`")


@pytest.mark.parametrize(("command", "tool"), [("compile", COMPILER), ("link", linker("zig"))])
def test_every_flag_that_may_be_set_is_one_of_go(command: str, tool: Tool, toolchain: Toolchain) -> None:
    said = subprocess.run(
        [toolchain.root / "bin" / "go", "tool", command, "-help"], capture_output=True, text=True, check=False
    )
    known = dict(re.findall(r"^  -(\S+)(?: (\S+))?", said.stderr, re.MULTILINE))

    assert len(known) > 30
    assert sorted((tool.switches | tool.values.keys() | tool.refused.keys()) - known.keys()) == []
    assert [name for name in tool.switches if known[name] != ""] == []

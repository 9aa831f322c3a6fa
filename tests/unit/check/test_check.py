"""Every rule: what breaks it, in which words it speaks, and the neighbours that it leaves alone."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lambdabuild.check import OPT, TASK
from lambdabuild.model.finding import Severity
from lambdabuild.model.platform import Architecture
from tests.support.artifact import Artifact
from tests.support.elf import Programs, header, patched
from tests.support.inventories import al2023

GO_NEEDS_LIBC = "it needs libc.so.6; its loader is /lib64/ld-linux-x86-64.so.2; "


# Nothing is said of what is well


@pytest.mark.parametrize("name", ["go", "gcc/static", "gcc/static-pie"])
def test_a_static_program_is_well(artifact: Artifact, programs: Programs, name: str) -> None:
    assert artifact.put("bootstrap", programs(name)).findings == ()


def test_a_static_program_for_arm64_is_well(artifact: Artifact, programs: Programs) -> None:
    arm64 = artifact.but(architecture=Architecture.ARM64)

    assert arm64.put("bootstrap", programs("go/arm64")).findings == ()


@pytest.mark.parametrize("name", ["go/cgo", "gcc"])
def test_a_dynamic_program_is_well_where_cgo_is_on(artifact: Artifact, programs: Programs, name: str) -> None:
    assert artifact.but(static=False).put("bootstrap", programs(name)).findings == ()


def test_included_files_are_well(artifact: Artifact, programs: Programs) -> None:
    artifact.put("bootstrap", programs("go"))
    artifact.put("config.yaml", b"a: 1\n", 0o644).put("empty", b"", 0o644).put("x.py", b"#!/usr/bin/python3\n", 0o644)
    artifact.put("lib/libanswer.so.1", programs("gcc/shared"), 0o644).put("bin/tool", programs("gcc"))
    artifact.put("lib/plugin.so", programs("gcc/shared-nameless"), 0o644)
    artifact.put("bpf/probe.o", header(kind=1, machine=247), 0o644).put("core", header(kind=4, machine=183), 0o644)
    artifact.put("assets/tool.exe", programs("go/windows"), 0o644).put("a.zip", b"PK\x03\x04", 0o644)

    assert artifact.findings == ()


@pytest.mark.parametrize(
    "shebang",
    [
        b"#!/bin/sh",
        b"#!/bin/bash -eu",
        b"#! /usr/bin/bash",
        b"#!/usr/bin/env bash",
        b"#!/usr/bin/env -S sh -e",
        b"#!/usr/bin/env /bin/sh",
        b"#!/opt/bin/python3",
        b"#!/var/task/bin/tool",
    ],
)
def test_a_script_that_can_run_is_well(artifact: Artifact, programs: Programs, shebang: bytes) -> None:
    artifact.put("bin/tool", programs("go"))

    assert artifact.put("bootstrap", shebang + b"\nexec ./orders\r\n").findings == ()


def test_an_interpreter_is_not_judged_on_a_runtime_that_may_have_it(artifact: Artifact) -> None:
    artifact.but(runtime="python3.13")

    assert artifact.put("bootstrap", b"#!/usr/bin/python3\n").findings == ()


def test_an_extension_has_no_bootstrap(artifact: Artifact, programs: Programs) -> None:
    artifact.but(bootstrap="extensions/orders", root=OPT)

    assert artifact.put("extensions/orders", programs("go")).findings == ()


@pytest.mark.parametrize("level", [b"GOAMD64=v1", b"GOAMD64=v2"])
def test_a_low_level_of_amd64_is_well(artifact: Artifact, programs: Programs, level: bytes) -> None:
    assert artifact.put("bootstrap", programs("go").replace(b"GOAMD64=v1", level)).findings == ()


@pytest.mark.parametrize("level", [b"GOARM64=v8.0", b"GOARM64=v8.2"])
def test_a_low_level_of_arm64_is_well(artifact: Artifact, programs: Programs, level: bytes) -> None:
    artifact.but(architecture=Architecture.ARM64)

    assert artifact.put("bootstrap", programs("go/arm64").replace(b"GOARM64=v8.0", level)).findings == ()


def test_sizes_below_the_limits_are_well(artifact: Artifact, programs: Programs) -> None:
    artifact.holds(zipped=50 * 1024 * 1024 - 1, unzipped=250 * 1024 * 1024 - 1)

    assert artifact.put("bootstrap", programs("go")).findings == ()


# LB1xx: the files of the zip


def test_lb101_no_bootstrap(artifact: Artifact, programs: Programs) -> None:
    assert artifact.put("main", programs("go")).finding == (
        "LB101",
        "bootstrap",
        "there is no `bootstrap`, but there is `main`",
        "put the program at `bootstrap`, exactly so",
    )


@pytest.mark.parametrize("near", ["bin/bootstrap", "Bootstrap"])
def test_lb101_names_what_was_meant(artifact: Artifact, programs: Programs, near: str) -> None:
    assert artifact.put(near, programs("go")).finding[2] == f"there is no `bootstrap`, but there is `{near}`"


def test_lb101_an_empty_zip(artifact: Artifact) -> None:
    assert artifact.finding[0] == "LB101"


def test_lb102_not_a_regular_file(artifact: Artifact, programs: Programs, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    artifact.link("bootstrap", tmp_path / "folder").link("lib", tmp_path / "pipe")
    artifact.link("gone", tmp_path / "gone").link("loop", tmp_path / "loop")

    assert [(each.rule, each.message, each.fix) for each in artifact.findings] == [
        ("LB102", "`bootstrap` is a folder", "put a regular file in its place"),
        ("LB102", "`gone` is a file that cannot be read", "put a regular file in its place"),
        ("LB102", "`lib` is a pipe, a socket or a device", "put a regular file in its place"),
        ("LB102", "`loop` is a file that cannot be read", "put a regular file in its place"),
    ]


@pytest.mark.parametrize("mode", [0o644, 0o750, 0o711])
def test_lb103_not_executable(artifact: Artifact, programs: Programs, mode: int) -> None:
    assert artifact.put("bootstrap", programs("go"), mode).finding == (
        "LB103",
        "bootstrap",
        f"`bootstrap` has the mode {mode:04o}: the user that Lambda runs it as may not read and execute it",
        "make it executable before it is packed: `chmod 755 bootstrap`",
    )


def test_lb103_every_extension_of_a_layer_is_started(artifact: Artifact, programs: Programs) -> None:
    artifact.but(bootstrap="extensions/orders", root=OPT)
    artifact.put("extensions/orders", programs("go")).put("extensions/agent", programs("go"), 0o644)
    artifact.put("extensions/data/x", b"", 0o644)

    assert artifact.finding[:2] == ("LB103", "extensions/agent")


def test_a_file_in_extensions_of_a_function_is_data(artifact: Artifact, programs: Programs) -> None:
    artifact.put("bootstrap", programs("go")).put("extensions/list.txt", b"one\n", 0o644)

    assert artifact.findings == ()


def test_lb104_not_readable(artifact: Artifact, programs: Programs) -> None:
    assert artifact.put("bootstrap", programs("go")).put("key", b"x", 0o600).finding == (
        "LB104",
        "key",
        "`key` has the mode 0600: the user that Lambda runs as may not read it",
        "make it readable before it is packed: `chmod 644 key`; in a spec by the `mode` of its include",
    )


@pytest.mark.parametrize("name", ["go", "gcc", "gcc/static-pie"])
def test_lb105_a_program_that_may_not_run(artifact: Artifact, programs: Programs, name: str) -> None:
    assert artifact.put("bootstrap", programs("go")).put("bin/tool", programs(name), 0o644).finding == (
        "LB105",
        "bin/tool",
        "`bin/tool` is a program with the mode 0644, so the function cannot start it",
        "make it executable before it is packed: `chmod 755 bin/tool`; in a spec by the `mode` of its include",
    )


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"echo hello\n", "a text file"), (b"\xef\xbb\xbf#!/bin/sh\n", "a script behind a byte order mark")],
)
def test_lb111_no_shebang(artifact: Artifact, content: bytes, kind: str) -> None:
    assert artifact.put("bootstrap", content).finding == (
        "LB111",
        "bootstrap",
        f"`bootstrap` is {kind}, and does not begin with `#!`",
        "let it begin with `#!/bin/sh`, without a byte order mark; or put the compiled program there",
    )


def test_lb112_windows_line_ends(artifact: Artifact) -> None:
    assert artifact.put("bootstrap", b"#!/bin/sh\r\necho\r\n").finding == (
        "LB112",
        "bootstrap",
        r"the first line of `bootstrap` ends in CR LF: Linux looks for an interpreter `/bin/sh\r`",
        "save it with LF line ends, and keep them: `*.sh text eol=lf` in .gitattributes",
    )


@pytest.mark.parametrize(
    ("shebang", "program"),
    [
        (b"#!/usr/bin/python3", "/usr/bin/python3"),
        (b"#!/usr/bin/env node", "node"),
        (b"#!/usr/bin/env bash -e", "bash -e"),
        (b"#!sh", "sh"),
        (b"#!", "nothing"),
        (b"#!/var/task/bin/absent", "/var/task/bin/absent"),
    ],
)
def test_lb113_no_such_interpreter(artifact: Artifact, shebang: bytes, program: str) -> None:
    runtime = al2023()

    assert artifact.on(runtime).put("bootstrap", shebang + b"\n").finding == (
        "LB113",
        "bootstrap",
        f"`bootstrap` is a script for `{program}`, which {runtime.words} does not have",
        (
            "write it for `/bin/sh` or `/bin/bash`; an interpreter in the zip is `/var/task/…`, in a layer `/opt/…`;"
            " name a layer with `--layer`"
        ),
    )


# LB2xx: what an ELF file is, and is for


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "an empty file"),
        (b"package main\n", "Go source, not a compiled program"),
        (b"PK\x03\x04", "a zip file"),
        (
            b"!<arch>\n__.PKGDEF",
            "an archive of object files, as `go build -o` makes of a package that is not main",
        ),
        (b"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer, not the file that it stands for"),
        (b"\x00\x01\x02", "a file in no format that Linux can run"),
    ],
)
def test_lb201_not_elf(artifact: Artifact, content: bytes, kind: str) -> None:
    assert artifact.put("bootstrap", content).finding == (
        "LB201",
        "bootstrap",
        f"`bootstrap` is not a Linux ELF file: it is {kind}",
        "build it for Linux, in Go with `GOOS=linux go build`, of a main package",
    )


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("go/darwin", "a Mach-O file, a program for macOS"),
        ("go/windows", "a PE file, a program for Windows"),
    ],
)
def test_lb201_another_systems_format(artifact: Artifact, programs: Programs, name: str, kind: str) -> None:
    finding = artifact.put("bootstrap", programs(name)).finding

    assert finding[:3] == ("LB201", "bootstrap", f"`bootstrap` is not a Linux ELF file: it is {kind}")


@pytest.mark.parametrize("file", ["bootstrap", "extensions/agent"])
def test_lb202_another_cpu(artifact: Artifact, programs: Programs, file: str) -> None:
    artifact.but(bootstrap=file, root=OPT if "/" in file else TASK)

    assert artifact.put(file, programs("go/arm64")).finding == (
        "LB202",
        file,
        f"`{file}` is for arm64, the function for amd64",
        "build it for amd64, in Go with `GOARCH=amd64`, or change the architecture of the function",
    )


@pytest.mark.parametrize(
    ("machine", "bits", "order", "found"),
    [
        (3, 32, "<", "386 (32-bit)"),
        (62, 32, "<", "X86_64 (32-bit)"),
        (8, 32, ">", "MIPS (32-bit, big-endian)"),
        (183, 64, ">", "AARCH64 (64-bit, big-endian)"),
        (54321, 64, "<", "machine 54321 (64-bit)"),
    ],
)
def test_lb202_a_cpu_that_lambda_has_not(artifact: Artifact, machine: int, bits: int, order: str, found: str) -> None:
    content = header(kind=1, machine=machine, bits=bits, order=order)

    assert artifact.put("bootstrap", content).finding[2] == f"`bootstrap` is for {found}, the function for amd64"


def test_lb203_an_included_file_for_another_cpu(artifact: Artifact, programs: Programs) -> None:
    assert artifact.put("bootstrap", programs("go")).put("bin/tool", programs("go/arm64")).finding == (
        "LB203",
        "bin/tool",
        "`bin/tool` is for linux/arm64, the function for linux/amd64",
        "include the file for linux/amd64, or leave it out",
    )


def test_lb203_an_included_file_for_another_system(artifact: Artifact, programs: Programs) -> None:
    freebsd = patched(programs("gcc"), 7, b"\x09")

    finding = artifact.put("bootstrap", programs("go")).put("bin/tool", freebsd).finding

    assert finding[2] == "`bin/tool` is for freebsd/amd64, the function for linux/amd64"


def test_lb204_damaged(artifact: Artifact, programs: Programs) -> None:
    assert artifact.put("bootstrap", programs("go")[:100]).finding == (
        "LB204",
        "bootstrap",
        "`bootstrap` is a damaged ELF file: its program headers lie beyond its end",
        "build it again; look for a copy or a download that was cut off",
    )


def test_lb205_an_included_file_is_damaged(artifact: Artifact, programs: Programs) -> None:
    artifact.put("bootstrap", programs("go"))

    assert artifact.put("lib/x.so", programs("gcc/shared")[:100], 0o644).finding == (
        "LB205",
        "lib/x.so",
        "`lib/x.so` is a damaged ELF file: its program headers lie beyond its end",
        "get it again; look for a copy or a download that was cut off",
    )


@pytest.mark.parametrize(
    ("name", "kind"), [("gcc/shared", "ET_DYN"), ("gcc/shared-nameless", "ET_DYN"), ("gcc/object", "ET_REL")]
)
def test_lb206_not_a_program(artifact: Artifact, programs: Programs, name: str, kind: str) -> None:
    assert artifact.put("bootstrap", programs(name)).finding == (
        "LB206",
        "bootstrap",
        f"`bootstrap` is an ELF file of the type {kind} that is not a program",
        "build an executable: of a main package, without `-buildmode=c-shared` and the like",
    )


@pytest.mark.parametrize(("abi", "system"), [(9, "freebsd"), (12, "openbsd"), (97, "EI_OSABI 97")])
def test_lb207_another_system_by_its_header(artifact: Artifact, programs: Programs, abi: int, system: str) -> None:
    assert artifact.put("bootstrap", patched(programs("gcc"), 7, bytes([abi]))).finding == (
        "LB207",
        "bootstrap",
        f"`bootstrap` is an ELF file for {system}, not for linux",
        "build it for Linux, in Go with `GOOS=linux`",
    )


def test_lb207_another_system_by_its_build_info(artifact: Artifact, programs: Programs) -> None:
    haiku = programs("go").replace(b"GOOS=linux", b"GOOS=haiku")

    assert artifact.put("bootstrap", haiku).finding[2] == "`bootstrap` is an ELF file for haiku, not for linux"


# LB3xx: linking


def test_lb301_cgo(artifact: Artifact, programs: Programs) -> None:
    assert artifact.put("bootstrap", programs("go/cgo")).finding == (
        "LB301",
        "bootstrap",
        f"`bootstrap` is not static: {GO_NEEDS_LIBC}cgo was on when it was built",
        "build it with `CGO_ENABLED=0`; where it needs C code, say so: `cgo: zig` or `cgo: image`",
    )


def test_lb301_names_the_packages_that_pulled_it_in(artifact: Artifact, programs: Programs) -> None:
    artifact.but(cgo_packages=("net", "github.com/mattn/go-sqlite3"))

    assert (
        artifact.put("bootstrap", programs("go/cgo"))
        .finding[2]
        .endswith("; cgo was on when it was built, and these packages have cgo files: net, github.com/mattn/go-sqlite3")
    )


def test_lb301_without_build_info_the_packages_are_the_cause(artifact: Artifact, programs: Programs) -> None:
    assert artifact.but(cgo_packages=("net",)).put("bootstrap", programs("gcc")).finding[0] == "LB301"


def test_lb302_buildmode_pie(artifact: Artifact, programs: Programs) -> None:
    pie = programs("go/cgo").replace(b"-buildmode=exe", b"-buildmode=pie")
    pie = pie.replace(b"CGO_ENABLED=1", b"CGO_ENABLED=0")

    assert artifact.put("bootstrap", pie).finding == (
        "LB302",
        "bootstrap",
        f"`bootstrap` is not static: {GO_NEEDS_LIBC}it was built with `-buildmode=pie`",
        "build it without `-buildmode=pie`",
    )


def test_lb303_dynamic_without_cgo(artifact: Artifact, programs: Programs) -> None:
    purego = programs("go/cgo").replace(b"CGO_ENABLED=1", b"CGO_ENABLED=0")
    artifact.but(cgo_packages=("example.com/dl",))

    assert artifact.put("bootstrap", purego).finding == (
        "LB303",
        "bootstrap",
        (
            f"`bootstrap` is not static: {GO_NEEDS_LIBC}cgo was off when it was built,"
            " and these packages import libraries by themselves: example.com/dl"
        ),
        "remove the package that imports it, or the flag; where the function needs C, say so: `cgo: zig`",
    )


# LB4xx: the level of the CPU


def test_lb401_goamd64_v3(artifact: Artifact, programs: Programs) -> None:
    assert artifact.put("bootstrap", programs("go").replace(b"GOAMD64=v1", b"GOAMD64=v3")).finding == (
        "LB401",
        "bootstrap",
        "`bootstrap` was built with GOAMD64=v3: Lambda promises AVX2, not all that v3 takes for granted",
        "build it with `GOAMD64=v2` (`goamd64: v2` in a spec), or accept it with `allow`",
    )


def test_lb402_goamd64_v4(artifact: Artifact, programs: Programs) -> None:
    assert artifact.put("bootstrap", programs("go").replace(b"GOAMD64=v1", b"GOAMD64=v4")).finding == (
        "LB402",
        "bootstrap",
        "`bootstrap` was built with GOAMD64=v4, which needs AVX-512: Lambda does not have it everywhere",
        "build it with `GOAMD64=v2` (`goamd64: v2` in a spec)",
    )


@pytest.mark.parametrize("level", ["v8.3", "v9.0"])
def test_lb403_goarm64(artifact: Artifact, programs: Programs, level: str) -> None:
    artifact.but(architecture=Architecture.ARM64)
    content = programs("go/arm64").replace(b"GOARM64=v8.0", b"GOARM64=" + level.encode())

    assert artifact.put("bootstrap", content).finding == (
        "LB403",
        "bootstrap",
        f"`bootstrap` was built with GOARM64={level}: Lambda's CPU is Graviton2, which ends at v8.2",
        "build it with `GOARM64=v8.2` or lower (`goarm64: v8.2` in a spec)",
    )


def test_lb404_an_included_program(artifact: Artifact, programs: Programs) -> None:
    tool = programs("go").replace(b"GOAMD64=v1", b"GOAMD64=v4")

    assert artifact.put("bootstrap", programs("go")).put("bin/tool", tool).finding == (
        "LB404",
        "bin/tool",
        "`bin/tool` was built with GOAMD64=v4, which Lambda's CPUs do not all have",
        "build it with `GOAMD64=v2` or `GOARM64=v8.2`, or lower",
    )


# LB5xx: sizes


def test_lb501_too_large_unzipped(artifact: Artifact, programs: Programs) -> None:
    artifact.holds(unzipped=250 * 1024 * 1024)
    artifact.put("bootstrap", programs("go")).put("model.bin", bytes(3 * 1024 * 1024), 0o644)

    assert artifact.finding == (
        "LB501",
        "model.bin",
        "unzipped it has 250.0 MB, of which `model.bin` 3.0 MB; Lambda takes less than 250 MB",
        "include less, or deploy a container image, which may have 10 GB",
    )


def test_lb502_too_large_for_direct_upload(artifact: Artifact, programs: Programs) -> None:
    assert artifact.holds(zipped=50 * 1024 * 1024).put("bootstrap", programs("go")).finding == (
        "LB502",
        "bootstrap",
        "zipped it has 50.0 MB, the largest entry is `bootstrap`; a direct upload takes less than 50 MB",
        "deploy it from S3, or include less",
    )


# LB9xx: the check itself


def test_what_is_allowed_is_not_found(artifact: Artifact, programs: Programs) -> None:
    artifact.put("bootstrap", programs("go"), 0o644).put("key", b"", 0o600)

    assert [each.rule for each in artifact.findings] == ["LB103", "LB104"]
    assert [each.rule for each in artifact.allow("LB103").findings] == ["LB104"]
    assert artifact.allow("LB104", "LB103").findings == ()


def test_lb901_an_idle_allow(artifact: Artifact, programs: Programs) -> None:
    assert artifact.allow("LB401").put("bootstrap", programs("go")).finding == (
        "LB901",
        "bootstrap",
        "`allow` accepts LB401, which was not found",
        "remove LB401 from `allow`, unless another architecture needs it",
    )


def test_lb901_an_allow_for_the_other_architecture_is_not_idle(artifact: Artifact, programs: Programs) -> None:
    assert artifact.allow("LB403").put("bootstrap", programs("go")).findings == ()


def test_lb902_an_allow_of_no_rule(artifact: Artifact, programs: Programs) -> None:
    assert artifact.allow("LB999").put("bootstrap", programs("go")).finding == (
        "LB902",
        "bootstrap",
        "`allow` accepts LB999, and there is no such rule",
        "write the id that a finding shows, like `LB401`",
    )


# The whole


def test_the_most_severe_comes_first(artifact: Artifact, programs: Programs) -> None:
    artifact.put("z", b"", 0o600).put("a", b"", 0o600).allow("LB999")
    artifact.put("bootstrap", programs("go/cgo"), 0o644)

    assert [(each.severity, each.rule, each.file) for each in artifact.findings] == [
        (Severity.ERROR, "LB103", "bootstrap"),
        (Severity.ERROR, "LB301", "bootstrap"),
        (Severity.WARNING, "LB104", "a"),
        (Severity.WARNING, "LB104", "z"),
        (Severity.NOTE, "LB902", "bootstrap"),
    ]


def test_a_static_go_binary_is_judged_by_a_few_of_its_pages(artifact: Artifact, programs: Programs) -> None:
    """The file is 64 MB more than its segments: read whole, it would take many times as long."""
    large = programs("go") + bytes(64 * 1024 * 1024)
    artifact.put("bootstrap", large)
    assert artifact.findings == ()

    start = time.process_time()
    assert artifact.findings == ()

    assert time.process_time() - start < 0.05


def test_importing_check_loads_no_elftools() -> None:
    code = "import sys, lambdabuild.check; print([name for name in sys.modules if 'elftools' in name])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"

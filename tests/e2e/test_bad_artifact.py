"""An artifact that will not load, or is not what build.json says: findings or one line; dist/ stays as it was."""

import shutil
from pathlib import Path

import pytest

from tests.support.bad import CHECK, Change, bad, cut, expect, folder, include, remove, write
from tests.support.elf import header, patched
from tests.support.goproxy import ModuleProxy
from tests.support.project import binary, redescribe, repack, sha256

PROGRAM_OF_ARM = 18, b"\xb7\0"
"""e_machine, and EM_AARCH64."""


def zipped(**entries: bytes) -> Change:
    """An artifact of `orders` made by hand."""
    return lambda project: repack(project, "orders", entries)


def damaged_bootstrap(project: Path) -> None:
    """The compiled program, cut off in the middle, in a sound zip."""
    repack(project, "orders", {"bootstrap": binary(project, "orders")[:5000]})


def zeroed(project: Path) -> None:
    """A zip whose compressed data are damaged; its headers are whole."""
    path = project / "dist" / "orders-amd64.zip"
    path.write_bytes(patched(path.read_bytes(), 5000, bytes(50)))


def not_executable(project: Path) -> None:
    repack(project, "orders", {"bootstrap": binary(project, "orders")}, mode=0o600)


def foreign(project: Path) -> bytes:
    """The compiled program, for another architecture."""
    return patched(binary(project, "orders"), *PROGRAM_OF_ARM)


def of_another_architecture(project: Path) -> None:
    repack(project, "orders", {"bootstrap": foreign(project)})


def tool_of_another_architecture(project: Path) -> None:
    write("lib/tool", foreign(project))(project)


ZIPS = {
    "no artifacts": bad(
        2,
        "`dist` has no artifact of orders-amd64, users-amd64",
        "run `lambdabuild build`",
        remove("dist/build.json"),
        run=CHECK,
    ),
    "a build.json that is not JSON": bad(
        2,
        "`dist` has no artifact of orders-amd64, users-amd64",
        "run `lambdabuild build`",
        cut("dist/build.json", 100),
        run=CHECK,
    ),
    "a build.json of something else": bad(
        2,
        "`dist` has no artifact of orders-amd64, users-amd64",
        "run `lambdabuild build`",
        lambda project: redescribe(project, "orders", sha256=None),
        run=CHECK,
    ),
    "a build.json that points elsewhere": bad(
        2,
        "`dist` has no artifact of orders-amd64, users-amd64",
        "run `lambdabuild build`",
        lambda project: redescribe(project, "orders", path="dist/../../other.zip"),
        run=CHECK,
    ),
    "a zip that is gone": bad(
        2,
        "`dist/orders-amd64.zip` is not there",
        "run `lambdabuild build`",
        remove("dist/orders-amd64.zip"),
        run=CHECK,
    ),
    "a zip that is cut off": bad(
        4,
        "`dist/orders-amd64.zip`: expected ",
        "it was changed after it was built",
        cut("dist/orders-amd64.zip", 1000),
        run=CHECK,
    ),
    "a zip with other bytes inside": bad(
        4, "`dist/orders-amd64.zip`: expected ", "it was changed after it was built", zeroed, run=CHECK
    ),
    "a damaged zip that build.json means": bad(
        5,
        "LB133: dist/orders-amd64.zip: `bootstrap`: it ",
        "build it again; look for a copy or a download that was cut off",
        zeroed,
        lambda project: redescribe(project, "orders", sha256=sha256(project / "dist" / "orders-amd64.zip")),
        run=CHECK,
    ),
    "a zip that build.json does not mean": bad(
        4,
        f"`dist/orders-amd64.zip`: expected {64 * '0'}, got ",
        "it was changed after it was built",
        lambda project: redescribe(project, "orders", sha256=64 * "0"),
        run=CHECK,
    ),
    "a folder in the place of a zip": bad(
        4,
        "`dist/orders-amd64.zip` cannot be replaced: it is a folder",
        "move it away",
        remove("dist/orders-amd64.zip"),
        folder("dist/orders-amd64.zip"),
    ),
    "a folder in the place of build.json": bad(
        4,
        "`dist/build.json` cannot be replaced: it is a folder",
        "move it away",
        remove("dist/build.json"),
        folder("dist/build.json"),
    ),
    "a file in the place of .staging": bad(
        4, "`dist` cannot be made: File exists", "permissions", write("dist/.staging", "")
    ),
}

PROGRAMS = {
    "a library linked without cgo": bad(
        5,
        "error: LB303: dist/orders-amd64.zip: `bootstrap` is not static: it needs libc.so.6",
        "remove the package that imports it",
        write("cmd/orders/dynamic.go", 'package main\n\n//go:cgo_import_dynamic _ _ "libc.so.6"\n'),
    ),
    "a program that is cut off": bad(
        5,
        "error: LB204: dist/orders-amd64.zip: `bootstrap` is a damaged ELF file",
        "build it again",
        damaged_bootstrap,
        run=CHECK,
    ),
    "a program of another architecture": bad(
        5,
        "error: LB202: dist/orders-amd64.zip: `bootstrap` is for arm64",
        "GOARCH=amd64",
        of_another_architecture,
        run=CHECK,
    ),
    "a program that may not be executed": bad(
        5,
        "error: LB103: dist/orders-amd64.zip: `bootstrap` has the mode 0600",
        "make it executable before it is packed: `chmod 755 bootstrap`",
        not_executable,
        run=CHECK,
    ),
    "a program for Windows": bad(
        5,
        "error: LB201: dist/orders-amd64.zip: `bootstrap` is not a Linux ELF file: it is a PE file",
        "build it for Linux",
        zipped(bootstrap=b"MZ\x00\x00"),
        run=CHECK,
    ),
    "a script with CRLF": bad(
        5,
        "error: LB112: dist/orders-amd64.zip: the first line of `bootstrap` ends in CR LF",
        "save it with LF line ends",
        zipped(bootstrap=b"#!/bin/sh\r\necho\r\n"),
        run=CHECK,
    ),
    "no program": bad(
        5,
        "error: LB101: dist/orders-amd64.zip: there is no `bootstrap`, but there is `Bootstrap`",
        "put the program at `bootstrap`, exactly so",
        zipped(Bootstrap=b"#!/bin/sh\n"),
        run=CHECK,
    ),
    "an included dynamic program, and a lock without its platform": bad(
        3,
        "does not pin `public.ecr.aws/lambda/provided:al2023 linux/amd64`",
        "run `lambdabuild lock`",
        lambda project: shutil.copy("/bin/ls", project / "tool"),
        include("tool"),
    ),
    "an included library that is cut off": bad(
        5,
        "warning: LB205: dist/orders-amd64.zip: `lib/libx.so` is a damaged ELF file",
        "get it again",
        write("lib/libx.so", header(kind=3, headers=2)[:80]),
        include("lib/libx.so"),
        run=("build", "--fail-on", "warning"),
    ),
    "an included program of another architecture": bad(
        5,
        "warning: LB203: dist/orders-amd64.zip: `lib/tool` is for linux/arm64",
        "amd64",
        tool_of_another_architecture,
        include("lib/tool"),
        run=("build", "--fail-on", "warning"),
    ),
}

CASES = {
    **{f"zip: {name}": case for name, case in ZIPS.items()},
    **{f"program: {name}": case for name, case in PROGRAMS.items()},
}


@pytest.mark.parametrize("name", CASES)
def test_a_bad_artifact_is_told_and_changes_nothing(name: str, project: Path, proxy: ModuleProxy) -> None:
    expect(CASES[name], project, proxy.environ)

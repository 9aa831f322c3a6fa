"""What a file is, by its first bytes."""

import random
import time

import pytest

from lambdabuild.check.kinds import HEAD, Kind, kind_of
from tests.support.elf import Programs


@pytest.mark.parametrize(
    ("name", "kind"),
    [("go", Kind.ELF), ("gcc/object", Kind.ELF), ("go/darwin", Kind.MACHO), ("go/windows", Kind.PE)],
)
def test_what_compilers_make_is_known(programs: Programs, name: str, kind: Kind) -> None:
    assert kind_of(programs(name)[:HEAD]) is kind


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"", Kind.EMPTY),
        (b"#!/bin/sh\n", Kind.SCRIPT),
        (b"\xef\xbb\xbf#!/bin/sh\n", Kind.MARKED_SCRIPT),
        (b"echo hello\n", Kind.TEXT),
        ("Gru\u00df".encode(), Kind.TEXT),
        (b"package main\n", Kind.GO_SOURCE),
        (b"// Copyright\n\n/* all\n of it */\n//go:build linux\n\npackage main\n", Kind.GO_SOURCE),
        (b"packages are here\n", Kind.TEXT),
        (b"// a note\npackaged\n", Kind.TEXT),
        (b"\xfe\xed\xfa\xcf" + bytes(28), Kind.MACHO),
        (b"\xce\xfa\xed\xfe" + bytes(28), Kind.MACHO),
        (b"\xca\xfe\xba\xbe\0\0\0\x02" + bytes(20), Kind.MACHO),
        (b"\xca\xfe\xba\xbe\0\0\0\x41" + bytes(20), Kind.JAVA),
        (b"\0asm\1\0\0\0", Kind.WASM),
        (b"PK\x03\x04" + bytes(20), Kind.ZIP),
        (b"PK\x05\x06" + bytes(18), Kind.ZIP),
        (b"\x1f\x8b\x08" + bytes(20), Kind.GZIP),
        (b"!<arch>\n__.PKGDEF", Kind.ARCHIVE),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:", Kind.LFS_POINTER),
        (b"\x01\x02\0\x03", Kind.DATA),
    ],
)
def test_formats_are_known(head: bytes, kind: Kind) -> None:
    assert kind_of(head) is kind


def test_no_text_takes_long() -> None:
    """Comments without end are where a careless pattern would take for ever."""
    heads = [b"/**/" * 128, b"/*" * 256, b"//\n" * 170, b" " * HEAD, b"/**//" * 100]
    chance = random.Random(1)
    heads += [bytes(chance.choices(b"/* \n", k=HEAD)) for _ in range(200)]
    start = time.perf_counter()

    assert {kind_of(head) for head in heads} == {Kind.TEXT}
    assert time.perf_counter() - start < 1

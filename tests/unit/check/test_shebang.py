"""The first line of a script, as Linux reads it."""

import pytest

from lambdabuild.check.shebang import Shebang, read_shebang


@pytest.mark.parametrize(
    ("line", "interpreter", "program"),
    [
        (b"#!/bin/sh\n", "/bin/sh", "/bin/sh"),
        (b"#! /bin/sh -eu\n", "/bin/sh", "/bin/sh"),
        (b"#!/bin/bash\t-x\n", "/bin/bash", "/bin/bash"),
        (b"#!/usr/bin/env bash\n", "/usr/bin/env", "bash"),
        (b"#!/usr/bin/env bash -e\n", "/usr/bin/env", "bash -e"),
        (b"#!/usr/bin/env -S bash -e\n", "/usr/bin/env", "bash"),
        (b"#!/usr/bin/env -S A=1 python3 -u\n", "/usr/bin/env", "python3"),
        (b"#!/usr/bin/env -S\n", "/usr/bin/env", ""),
        (b"#!/usr/bin/env\n", "/usr/bin/env", ""),
        (b"#!\n", "", ""),
        (b"#!/opt/\xff\n", r"/opt/\xff", r"/opt/\xff"),
    ],
)
def test_the_rest_of_the_line_is_one_argument(line: bytes, interpreter: str, program: str) -> None:
    assert read_shebang(line + b"echo") == Shebang(interpreter=interpreter, program=program, crlf=False)


def test_a_carriage_return_is_seen() -> None:
    assert read_shebang(b"#!/bin/sh\r\n") == Shebang(interpreter="/bin/sh", program="/bin/sh", crlf=True)


def test_the_kernel_reads_256_bytes() -> None:
    assert len(read_shebang(b"#!/" + b"x" * 500).interpreter) == 254

"""What dpkg has installed, as it says itself."""

import subprocess
import time
from pathlib import Path

from lambdabuild.image.packages.dpkg import packages_of
from tests.support.gates import need, require

STATUS = Path("/var/lib/dpkg/status")


def test_the_packages_of_this_machine_are_what_dpkg_says() -> None:
    need(STATUS.is_file(), "needs Debian or Ubuntu")
    form = r"${db:Status-Status} ${Package} ${Version}.${Architecture}\n"
    told = subprocess.run([require("dpkg-query"), "-W", "-f", form], capture_output=True, text=True, check=True).stdout

    wanted = sorted(line.removeprefix("installed ") for line in told.splitlines() if line.startswith("installed "))
    assert sorted(map(" ".join, packages_of(STATUS.read_bytes()))) == wanted


def test_what_is_not_installed_is_left_out() -> None:
    status = b"""Package: gone
Status: deinstall ok config-files
Architecture: all
Version: 1

Package: here
Status: install ok installed
Architecture: amd64
Description: more
 Version: 9
Version: 1:2.0-1

Version: 3
Status: install ok installed

nothing of this kind
"""

    assert list(packages_of(status)) == [("here", "1:2.0-1.amd64")]


def test_a_name_cannot_move_the_cursor() -> None:
    status = b"Package: a\x1b[2J\xff\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n"

    assert list(packages_of(status)) == [("a\\x1b[2J\\udcff", "1.all")]


def test_a_long_line_takes_no_time() -> None:
    status = b"Package:" + b" " * 1600 + b"a" * 300 + b"\n"
    begun = time.monotonic()

    assert list(packages_of(status)) == []
    assert time.monotonic() - begun < 1

"""Which database counts, what is of one name, and how damage is told."""

import pytest

from lambdabuild.image.packages import FILES, LARGEST, installed
from lambdabuild.model.contents import Packages
from tests.support import rpms

SQLITE, BERKELEY, DPKG = "/var/lib/rpm/rpmdb.sqlite", "/var/lib/rpm/Packages", "/var/lib/dpkg/status"
STATUS = b"Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.36-9\n"


@pytest.fixture(scope="module")
def real() -> bytes:
    return (rpms.database() / rpms.SQLITE).read_bytes()


def test_all_that_is_of_one_name_is_there(real: bytes) -> None:
    found = installed({SQLITE: real, f"{SQLITE}-wal": b""})

    assert found.database == SQLITE
    assert found.known
    assert found.versions["kernel"] == ("6.1.1-1.noarch", "6.1.2-1.noarch")
    assert found.versions["lib"] == ("3.0-1.i686", "3.0-1.x86_64")
    assert found.versions["epoch"] == ("2:1.1-2.noarch",)
    assert [f"{name} {each}" for name, versions in found.versions.items() for each in versions] == rpms.installed(
        rpms.database()
    )
    assert list(found.versions) == sorted(found.versions)


@pytest.mark.parametrize("folder", ["/var/lib/rpm", "/usr/lib/sysimage/rpm"])
def test_both_kinds_are_found_in_both_folders(real: bytes, folder: str) -> None:
    assert installed({f"{folder}/rpmdb.sqlite": real}).versions["zero"] == ("0:1.1-2.noarch",)
    assert installed({f"{folder}/Packages": b""}).database == f"{folder}/Packages"


def test_an_image_without_a_database_has_none() -> None:
    assert installed({}) == Packages()
    assert not installed({}).known


def test_an_empty_database_stands_behind_one_that_has_packages() -> None:
    empty = installed({DPKG: b""})

    assert empty == Packages(database=DPKG)
    assert empty.known
    assert installed({DPKG: STATUS}).versions == {"libc6": ("2.36-9.amd64",)}


def test_damage_is_told_and_hides_nothing_else(real: bytes) -> None:
    """A damaged database is not taken for an empty one: what stands in another was perhaps left over."""
    found = installed({SQLITE: real[:5000], DPKG: STATUS})

    assert found.database == SQLITE
    assert found.problem == "cannot be read by SQLite: `database disk image is malformed`"
    assert not found.known
    assert not found.versions


def test_a_database_that_is_too_large_is_told(real: bytes) -> None:
    for files in ({SQLITE: None}, {SQLITE: real, f"{SQLITE}-wal": None}, {DPKG: None}):
        assert installed(files).problem == f"has more than {LARGEST} bytes"


def test_packages_without_end_are_told() -> None:
    stanzas = b"\n".join(STATUS.replace(b"libc6", b"p%d" % number) for number in range(20_001))

    assert installed({DPKG: stanzas}).problem == "has more than 20000 packages"


def test_files_are_those_that_are_looked_for() -> None:
    assert {SQLITE, f"{SQLITE}-wal", BERKELEY, DPKG} < FILES

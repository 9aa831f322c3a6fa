"""A folder is listed as it is on disk: nothing is followed, what is special or hidden from us is told."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from lambdabuild.errors import UsageError
from lambdabuild.io.archive import open_folder
from lambdabuild.io.archive.limits import MOST_ENTRIES
from lambdabuild.model.artifact import Entry, Fault, FaultKind
from tests.support.nobody import unprivileged


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    home = tmp_path / "function"
    home.mkdir()
    write(home / "bootstrap", b"\x7fELF", 0o755)
    return home


def write(path: Path, content: bytes = b"x", mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(mode)


def test_files_are_listed_with_the_modes_of_the_disk(folder: Path) -> None:
    write(folder / "lib" / "b\u00fccher.json", b"{}", 0o640)
    write(folder / "lib" / "deep" / "er" / ".hidden", b"", 0o4711)
    (folder / "lib").chmod(0o750)

    found = open_folder(folder)

    assert found.entries == (
        Entry(name="bootstrap", mode=0o755, source=folder / "bootstrap"),
        Entry(name="lib/b\u00fccher.json", mode=0o640, source=folder / "lib/b\u00fccher.json"),
        Entry(name="lib/deep/er/.hidden", mode=0o711, source=folder / "lib/deep/er/.hidden"),
    )
    assert (found.folders["lib"], set(found.folders)) == (0o750, {"lib", "lib/deep", "lib/deep/er"})
    assert (found.links, found.unread, found.faults) == ({}, frozenset(), ())
    assert (found.zipped, found.unzipped, found.sha256) == (None, 6, None)


def test_links_are_not_followed(folder: Path, tmp_path: Path) -> None:
    write(tmp_path / "outside" / "secret")
    (folder / "to-folder").symlink_to("../outside")
    (folder / "to-file").symlink_to("./bootstrap")
    (folder / "to-root").symlink_to("/")
    (folder / "to-self").symlink_to(".")

    found = open_folder(folder)

    assert [entry.name for entry in found.entries] == ["bootstrap"]
    assert found.links == {"to-folder": "../outside", "to-file": "./bootstrap", "to-root": "/", "to-self": "."}
    assert found.faults == (
        Fault(kind=FaultKind.SYMLINK, entry="to-file", count=2, details={"target": "./bootstrap"}),
        Fault(kind=FaultKind.SYMLINK_ESCAPES, entry="to-folder", details={"target": "../outside"}),
        Fault(kind=FaultKind.SYMLINK_ESCAPES, entry="to-root", details={"target": "/"}),
    )


def test_the_folder_itself_may_be_a_link(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)

    assert [entry.name for entry in open_folder(tmp_path / "link").entries] == ["bootstrap"]


def test_special_files_are_told(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        previous = Path.cwd()
        os.chdir(folder)  # the path of a socket is short
        try:
            listener.bind("socket")
        finally:
            os.chdir(previous)

    found = open_folder(folder)

    assert found.faults == (
        Fault(kind=FaultKind.SPECIAL, entry="pipe", details={"what": "a pipe"}),
        Fault(kind=FaultKind.SPECIAL, entry="socket", details={"what": "a socket"}),
    )
    assert found.unread == {"pipe", "socket"}


@pytest.mark.skipif(sys.platform != "linux", reason="the disk has to take any bytes as a name")
def test_names_that_no_zip_should_have_are_told(folder: Path) -> None:
    for name in (b"caf\xe9", b"a\nb", b"a\\b", b"..\\b"):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).touch()

    found = open_folder(folder)

    assert [entry.name for entry in found.entries] == ["a\\b", "bootstrap"]
    assert found.faults == (
        Fault(kind=FaultKind.CLIMBS, entry="..\\b"),
        Fault(kind=FaultKind.BAD_NAME, entry="a\\nb", details={"reason": "has a control character"}),
        Fault(kind=FaultKind.BAD_NAME, entry="caf\\udce9", details={"reason": "is not UTF-8"}),
        Fault(kind=FaultKind.BACKSLASH, entry="a\\b"),
    )


def test_what_may_not_be_read_is_there() -> None:
    with unprivileged() as home:
        write(home / "bootstrap", mode=0)
        write(home / "closed" / "file")
        (home / "closed").chmod(0)
        try:
            found = open_folder(home)
        finally:
            (home / "closed").chmod(0o700)

        assert found.entries == (Entry(name="bootstrap", mode=0, source=home / "bootstrap"),)
        assert found.folders == {"closed": 0}
        assert found.faults == (
            Fault(kind=FaultKind.UNREADABLE, entry="closed", details={"reason": "Permission denied"}),
        )


def test_files_that_may_be_listed_but_not_asked_for_are_told() -> None:
    with unprivileged() as home:
        write(home / "half" / "file")
        (home / "half").chmod(0o400)
        try:
            found = open_folder(home)
        finally:
            (home / "half").chmod(0o700)

        details = {"reason": "Permission denied"}
        assert found.faults == (Fault(kind=FaultKind.UNREADABLE, entry="half/file", details=details),)
        assert found.unread == {"half/file"}


def test_a_folder_of_no_files_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "only" / "folders").mkdir(parents=True)

    assert open_folder(tmp_path).faults == (Fault(kind=FaultKind.EMPTY),)


def test_a_tree_deeper_than_a_path_can_be_is_listed_as_far_as_it_goes(folder: Path) -> None:
    script = "import os\nfor _ in range(50):\n    os.mkdir('x' * 200); os.chdir('x' * 200)"
    subprocess.run([sys.executable, "-c", script], cwd=folder, check=True)

    found = open_folder(folder)

    (fault,) = found.faults
    assert fault.kind in (FaultKind.UNREADABLE, FaultKind.BAD_NAME)
    assert len(found.folders) < 21


def test_only_so_many_files_are_listed(tmp_path: Path) -> None:
    for number in range(10):
        home = tmp_path / f"{number}"
        home.mkdir()
        (home / "file").touch()
        for other in range(MOST_ENTRIES // 10):
            (home / f"{other}").hardlink_to(home / "file")

    found = open_folder(tmp_path)

    assert len(found.entries) + len(found.folders) == MOST_ENTRIES
    details = {"what": "files", "limit": "100000"}
    assert found.faults == (Fault(kind=FaultKind.TOO_MUCH, details=details),)


@pytest.mark.parametrize(("name", "reason"), [("gone", "No such file or directory"), ("bootstrap", "Not a directory")])
def test_what_is_no_folder_is_told(folder: Path, name: str, reason: str) -> None:
    with pytest.raises(UsageError) as raised:
        open_folder(folder / name)

    assert raised.value.message == f"`{folder / name}` cannot be read: {reason}"
    assert raised.value.hint == "check the path and its permissions"

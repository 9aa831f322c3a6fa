"""Who may read a toolchain: anyone, since a container's user is another than the one who has installed it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from lambdabuild.toolchain.folder import place, write_file


@pytest.fixture
def private() -> Iterator[None]:
    """What is made is for its user alone."""
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.mark.usefixtures("private")
def test_a_toolchain_is_for_all_whatever_the_umask_is(tmp_path: Path) -> None:
    write_file(tmp_path / "unpacked" / "bin" / "go", b"", executable=True)
    write_file(tmp_path / "unpacked" / "src" / "deep" / "a.go", b"", executable=False)

    place(tmp_path / "unpacked", tmp_path / "toolchains" / "go")

    home = tmp_path / "toolchains" / "go"
    modes = {str(path.relative_to(home)): path.stat().st_mode & 0o777 for path in (home, *home.rglob("*"))}
    assert modes == {
        ".": 0o755,
        "bin": 0o755,
        "bin/go": 0o555,
        "src": 0o755,
        "src/deep": 0o755,
        "src/deep/a.go": 0o444,
    }
    assert home.parent.stat().st_mode & 0o777 == 0o700

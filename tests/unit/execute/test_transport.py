"""What a compile leaves in a folder that its image's programs can write to is taken as a plain file, or not at all."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lambdabuild.errors import EnvironmentFailure
from lambdabuild.execute.transport import plain_file


def a_link(folder: Path, secret: Path) -> None:
    (folder / "out" / "app").symlink_to(secret)


def a_folder(folder: Path, _: Path) -> None:
    (folder / "out" / "app").mkdir()


def a_pipe(folder: Path, _: Path) -> None:
    os.mkfifo(folder / "out" / "app")


def a_linked_folder(folder: Path, secret: Path) -> None:
    (folder / "out").rmdir()
    (folder / "out").symlink_to(secret.parent)
    secret.rename(secret.with_name("app"))


def nothing(folder: Path, _: Path) -> None:
    del folder


def test_a_program_is_read(tmp_path: Path) -> None:
    (tmp_path / "app").write_bytes(b"program")

    with plain_file(tmp_path, "app") as binary:
        assert binary.read() == b"program"


@pytest.mark.parametrize("leave", [a_link, a_folder, a_pipe, a_linked_folder, nothing])
def test_what_is_no_plain_file_is_not_followed(leave: Callable[[Path, Path], None], tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "away").mkdir()
    secret = tmp_path / "away" / "secret"
    secret.write_text("secret")
    leave(tmp_path, secret)

    with pytest.raises(EnvironmentFailure) as caught, plain_file(tmp_path / "out", "app"):
        raise AssertionError("it was opened")

    assert caught.value.message == "a compile has left a link or a folder in the place of the program `app`"
    assert caught.value.hint == (
        "look at what the compiler of the build image runs; do not use the image until you know why"
    )

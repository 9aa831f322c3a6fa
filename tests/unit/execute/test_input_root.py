"""Sources on their way into a container: readable by anyone, of no time, and told where they vanish."""

from pathlib import Path, PurePosixPath

import pytest

from lambdabuild.errors import ProjectError
from lambdabuild.execute.input_root import as_tar, write_sources
from lambdabuild.io import merkle
from lambdabuild.model.plan import Action, Command, Digest, Group, InputFile, Inputs, Toolchain
from lambdabuild.model.platform import Architecture

NONE = Digest(hash="0" * 64, size=0)


def group(*files: InputFile) -> Group:
    command = Command(argv=(), env={}, working_directory=PurePosixPath("src"), outputs=(), properties={})
    action = Action(
        function="f", architecture=Architecture.AMD64, package=".", binary="f", command=command,
        inputs=Inputs(root=NONE, files=files, trees=()), digest=NONE, sources={}, folders={},
    )  # fmt: skip
    return Group(
        toolchain=Toolchain(version="1", root=Path("/go")), folder=Path("/"), env={}, flags=(), actions=(action,)
    )


def source(path: Path) -> InputFile:
    path.write_text("package main\n")
    digest, stamp = merkle.digest_of_file(path)
    return InputFile(path=PurePosixPath("src", path.name), digest=digest, source=path, stamp=stamp)


def test_copies_can_be_read_by_anyone_and_have_no_time(tmp_path: Path) -> None:
    file = source(tmp_path / "main.go")
    (tmp_path / "main.go").chmod(0o600)

    write_sources(group(file), tmp_path / "root")

    status = (tmp_path / "root/src/main.go").stat()
    assert (status.st_mode & 0o777, status.st_mtime) == (0o644, 0)
    assert (tmp_path / "root/src").stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("way", ["copied to a folder", "sent as a tar"])
def test_a_source_that_vanishes_is_told(way: str, tmp_path: Path) -> None:
    file = source(tmp_path / "main.go")
    (tmp_path / "main.go").unlink()

    with pytest.raises(ProjectError) as caught:
        if way == "copied to a folder":
            write_sources(group(file), tmp_path / "root")
        else:
            list(as_tar(group(file)))

    assert caught.value.message == f"`{tmp_path / 'main.go'}` cannot be read any more: No such file or directory"
    assert caught.value.hint == "something changes the project while it is built: build again"

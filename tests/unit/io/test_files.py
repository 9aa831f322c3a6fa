"""Files appear whole or not at all; what is for a while is gone afterwards, whatever happens."""

import signal
import stat
import subprocess
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path
from threading import Event, Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdabuild.errors import EnvironmentFailure
from lambdabuild.io.files import remove_tree, replacing, scratch_folder, sweep_unfinished, write_atomically, write_new
from tests.support.cli import ROOT
from tests.support.disks import small_disk
from tests.support.nobody import unprivileged

HINT = "check the free space and the permissions of its folder"

WRITE_PAST_A_LIMIT = """
import resource, sys
from pathlib import Path
from lambdabuild.errors import EnvironmentFailure
from lambdabuild.io.files import write_atomically
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    write_atomically(Path(sys.argv[1]), b"x" * 8192)
except EnvironmentFailure as failure:
    print(failure.message)
"""

HOLD_A_FILE = """
import sys, time
from pathlib import Path
from lambdabuild.io.files import replacing
with replacing(Path(sys.argv[1], "file")) as stream:
    print(flush=True)
    time.sleep(60)
"""

HOLD_A_SCRATCH = """
import sys, time
from pathlib import Path
from lambdabuild.io.files import scratch_folder
with scratch_folder(Path(sys.argv[1])) as folder:
    (folder / "half").write_text("written")
    print(folder, flush=True)
    time.sleep(60)
"""


KILLED_BEFORE_IT_HAS_ITS_NAME = """
import os, signal, sys
from pathlib import Path
from lambdabuild.io.files import write_new
def hook(event, arguments):
    if event in ("os.link", "os.rename"):
        os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(hook)
write_new(Path(sys.argv[1]), b"new", exists=KeyError())
"""

WRITE_WITHOUT_LINKS = """
import errno, os, sys
from pathlib import Path
from lambdabuild.io.files import write_new
def hook(event, arguments):
    if event == "os.link":
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))
sys.addaudithook(hook)
for content in (b"new", b"newer"):
    try:
        write_new(Path(sys.argv[1]), content, exists=KeyError())
    except KeyError:
        print("exists")
"""

WRITE_FOR_EVER = """
import sys
from itertools import count
from pathlib import Path
print(flush=True)
for number in count():
    Path(sys.argv[1], f"more-{number}").touch()
"""


def python(script: str, argument: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, argument], env={"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True
    )


def test_a_file_and_its_folder_are_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file"

    write_atomically(path, b"content", mode=0o600)

    assert path.read_bytes() == b"content"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["file"]


@given(old=st.none() | st.binary(), chunks=st.lists(st.binary(max_size=10_000), max_size=5), fails=st.booleans())
def test_a_writer_that_fails_changes_nothing(old: bytes | None, chunks: list[bytes], fails: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        if old is not None:
            path.write_bytes(old)

        with pytest.raises(ZeroDivisionError) if fails else nullcontext(), replacing(path) as stream:
            for chunk in chunks:
                stream.write(chunk)
            assert not fails or 1 / 0

        wanted = old if fails else b"".join(chunks)
        assert (path.read_bytes() if path.exists() else None) == wanted
        assert {one.name for one in Path(folder).iterdir()} <= {"file"}


def test_a_reader_sees_the_old_file_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    with replacing(path) as stream:
        stream.write(b"new")
        stream.flush()
        assert path.read_text() == "old"

    assert path.read_text() == "new"


def test_what_is_not_whole_may_lie_in_another_folder(tmp_path: Path) -> None:
    path, scratch = tmp_path / "new" / "file", tmp_path / "scratch"
    scratch.mkdir()

    with replacing(path, scratch=scratch) as stream:
        stream.write(b"new")
        assert list(path.parent.iterdir()) == []
        assert len(list(scratch.iterdir())) == 1

    assert path.read_bytes() == b"new"
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("there", ["file", "folder", "link"])
def test_a_new_file_takes_no_name_that_is_taken(there: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    match there:
        case "file":
            path.write_bytes(b"old")
        case "folder":
            path.mkdir()
        case _:
            path.symlink_to("absent")

    with pytest.raises(KeyError, match="mine"):
        write_new(path, b"new", exists=KeyError("mine"))

    assert [one.name for one in tmp_path.iterdir()] == ["file"]
    assert not path.is_file() or path.read_bytes() == b"old"


def test_of_many_writers_of_a_new_file_one_wins(tmp_path: Path) -> None:
    lost: list[bytes] = []

    def write(content: bytes) -> None:
        try:
            write_new(tmp_path / "file", content, exists=KeyError())
        except KeyError:
            lost.append(content)

    contents = [bytes([number]) * 1000 for number in range(8)]
    threads = [Thread(target=write, args=[content]) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted([*lost, (tmp_path / "file").read_bytes()]) == contents
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


def test_a_writer_of_a_new_file_that_is_killed_leaves_its_name_free(tmp_path: Path) -> None:
    path = tmp_path / "file"
    killed = python(KILLED_BEFORE_IT_HAS_ITS_NAME, path)
    killed.communicate(timeout=10)

    assert killed.returncode == -signal.SIGKILL
    assert not path.exists()
    (left,) = tmp_path.iterdir()
    assert left.read_bytes() == b"new"
    write_new(path, b"newer", exists=KeyError())
    assert path.read_bytes() == b"newer"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    sweep_unfinished(tmp_path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_needs_no_hard_links(tmp_path: Path) -> None:
    said, _ = python(WRITE_WITHOUT_LINKS, tmp_path / "file").communicate(timeout=10)

    assert said == "exists\n"
    assert (tmp_path / "file").read_bytes() == b"new"
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


def test_a_new_file_that_cannot_be_written_is_not_there(tmp_path: Path) -> None:
    with small_disk(tmp_path, "64k"):
        with pytest.raises(EnvironmentFailure, match="cannot be written: No space left on device"):
            write_new(tmp_path / "file", bytes(1 << 20), exists=KeyError())

        assert list(tmp_path.iterdir()) == []


def test_a_disk_that_takes_no_more_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    said, _ = python(WRITE_PAST_A_LIMIT, path).communicate(timeout=10)

    assert said == f"`{path}` cannot be written: File too large\n"
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_made_is_the_machines_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(EnvironmentFailure) as caught:
        write_atomically(tmp_path / "file" / "below", b"")

    assert caught.value.message == f"`{tmp_path}/file/below` cannot be written: File exists"
    assert caught.value.hint == HINT
    assert caught.value.exit_code == 4


def test_a_folder_that_may_not_be_written_is_the_machines_fault() -> None:
    with unprivileged() as folder:
        folder.chmod(0o500)
        with pytest.raises(EnvironmentFailure, match=r"/file` cannot be written: Permission denied$"):
            write_atomically(folder / "file", b"")
        folder.chmod(0o700)


def test_a_scratch_folder_is_ones_own_and_gone_afterwards(tmp_path: Path) -> None:
    with scratch_folder(tmp_path) as one, scratch_folder(tmp_path) as other:
        (one / "read-only").mkdir()
        (one / "read-only" / "file").write_text("x")
        (one / "read-only").chmod(0o500)
        assert one != other
        assert stat.S_IMODE(one.stat().st_mode) == 0o700

    assert list(tmp_path.iterdir()) == []


def test_a_scratch_folder_is_gone_after_a_failure(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), scratch_folder(tmp_path):
        raise ZeroDivisionError

    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_swept_and_what_is_in_use_is_not(tmp_path: Path) -> None:
    killed, living = python(HOLD_A_SCRATCH, tmp_path), python(HOLD_A_SCRATCH, tmp_path)
    folders = {}
    for process in (killed, living):
        assert process.stdout is not None
        folders[process.pid] = Path(process.stdout.readline().strip())
    killed.kill()
    assert killed.wait(10) == -signal.SIGKILL
    assert (folders[killed.pid] / "half").is_file()

    with scratch_folder(tmp_path):
        assert not folders[killed.pid].exists()
        assert (folders[living.pid] / "half").is_file()

    living.kill()
    living.wait(10)
    for process in (killed, living):
        assert process.stdout is not None
        process.stdout.close()


def test_a_folder_that_a_survivor_writes_to_is_left_to_the_next_sweep(tmp_path: Path) -> None:
    half = tmp_path / "half"
    half.mkdir()
    (tmp_path / "half.lock").touch()
    for number in range(500):
        (half / str(number)).touch()
    survivor = python(WRITE_FOR_EVER, half)
    assert survivor.stdout is not None
    survivor.stdout.readline()

    with scratch_folder(tmp_path) as folder:
        (folder / "mine").touch()
    assert {path.name for path in tmp_path.iterdir()} == {"half", "half.lock"}

    survivor.kill()
    survivor.wait(10)
    survivor.stdout.close()
    with scratch_folder(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_tree_is_removed_though_it_is_read_only() -> None:
    with unprivileged() as home:
        deep = home / "tree" / "a" / "b"
        deep.mkdir(parents=True)
        (deep / "file").write_text("x")
        (home / "tree" / "link").symlink_to(home)
        (deep / "dangling").symlink_to("nowhere")
        for folder, mode in ((deep, 0o500), (deep.parent, 0o000), (home / "tree", 0o500)):
            folder.chmod(mode)

        remove_tree(home / "tree")

        assert list(home.iterdir()) == []


def test_removing_what_is_not_there_is_fine(tmp_path: Path) -> None:
    remove_tree(tmp_path / "nothing")


def test_what_a_killed_writer_left_is_swept_and_what_a_live_one_writes_is_not(tmp_path: Path) -> None:
    mine = tmp_path / ".lambdabuild-settings"
    mine.touch()
    with python(HOLD_A_FILE, tmp_path) as dead, python(HOLD_A_FILE, tmp_path) as alive:
        for writer in (dead, alive):
            assert writer.stdout is not None
            writer.stdout.readline()
        dead.kill()
        dead.wait(10)
        assert len(list(tmp_path.iterdir())) == 3

        sweep_unfinished(tmp_path)

        assert len(list(tmp_path.iterdir())) == 2
        alive.kill()
        alive.wait(10)
    sweep_unfinished(tmp_path)
    assert list(tmp_path.iterdir()) == [mine]


def test_a_tree_may_be_as_deep_as_it_likes(tmp_path: Path) -> None:
    deepest = tmp_path / "tree"
    for _ in range(1500):
        deepest.mkdir()
        deepest /= "d"

    remove_tree(tmp_path / "tree")

    assert not (tmp_path / "tree").exists()


def test_a_sweep_takes_nothing_from_who_has_just_begun_to_write(tmp_path: Path) -> None:
    done = Event()

    def sweep() -> None:
        while not done.is_set():
            sweep_unfinished(tmp_path)

    sweeping = Thread(target=sweep)
    sweeping.start()
    try:
        for number in range(500):
            with replacing(tmp_path / "file") as stream:
                stream.write(b"%d" % number)
    finally:
        done.set()
        sweeping.join(10)

    assert (tmp_path / "file").read_bytes() == b"499"

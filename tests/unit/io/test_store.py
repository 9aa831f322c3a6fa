"""The cache folder: facts that survive damage, turns that end with a process, a folder of one's own."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdabuild.errors import EnvironmentFailure
from lambdabuild.io.store import Store, cache_folder
from tests.support.cli import ROOT
from tests.support.nobody import unprivileged

HINT = "set LAMBDABUILD_CACHE_DIR to a folder that can be written"

HOLD_A_TURN = """
import sys, time
from pathlib import Path
from lambdabuild.io.store import Store
with Store(root=Path(sys.argv[1])).alone("work"):
    print("mine", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def own(tmp_path: Path) -> Store:
    return Store(root=tmp_path / "cache")


def test_what_was_remembered_is_recalled_by_kind_and_key(own: Store) -> None:
    own.remember("modules", "example.com/a@v1.0.0 h1:x", "ü/3")

    assert own.recall("modules", "example.com/a@v1.0.0 h1:x") == "ü/3"
    assert own.recall("modules", "example.com/a@v1.0.0 h1:y") is None
    assert own.recall("images", "example.com/a@v1.0.0 h1:x") is None


def test_the_last_word_is_remembered(own: Store) -> None:
    own.remember("modules", "key", "old")
    own.remember("modules", "key", "new")

    assert own.recall("modules", "key") == "new"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damage=st.binary(max_size=60))
def test_a_damaged_fact_is_forgotten(own: Store, damage: bytes) -> None:
    own.remember("modules", "key", "value")
    (fact,) = (own.root / "facts" / "modules").iterdir()

    fact.write_bytes(damage)

    assert own.recall("modules", "key") is None


@pytest.mark.parametrize(
    "fact", ['{"key": "other", "value": "value"}', '{"key": "key", "value": 1}', '{"key": "key"}', "[]", "\xff"]
)
def test_a_fact_of_another_key_or_form_is_forgotten(own: Store, fact: str) -> None:
    own.remember("modules", "key", "value")
    (file,) = (own.root / "facts" / "modules").iterdir()

    file.write_text(fact, encoding="latin-1")

    assert own.recall("modules", "key") is None


def test_a_fact_that_is_cut_short_is_forgotten(own: Store) -> None:
    own.remember("modules", "key", "value")
    (fact,) = (own.root / "facts" / "modules").iterdir()

    fact.write_bytes(fact.read_bytes()[:-1])

    assert own.recall("modules", "key") is None


def test_only_one_thread_at_a_time_is_alone(own: Store) -> None:
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        for _ in range(20):
            with own.alone("work"):
                inside.append(1)
                time.sleep(0.002)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(most) == {1}


def test_different_work_is_done_at_once(own: Store) -> None:
    with own.alone("one"), own.alone("other"):
        pass


def test_a_turn_ends_with_the_process_that_had_it(own: Store) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD_A_TURN, own.root], env={"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"mine\n"
    threading.Timer(0.3, holder.kill).start()

    with own.alone("work"):
        assert holder.wait(10) != 0

    holder.stdout.close()


def test_nothing_stays_of_a_scratch_folder(own: Store) -> None:
    with own.scratch() as folder:
        (folder / "file").write_text("x")

    assert list((own.root / "scratch").iterdir()) == []


def test_a_cache_that_cannot_be_made_is_the_machines_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(EnvironmentFailure) as caught, Store(root=tmp_path / "file").scratch():
        pass

    assert caught.value.message == f"`{tmp_path}/file/scratch` cannot be made: Not a directory"
    assert caught.value.hint == HINT


def test_a_cache_of_someone_else_is_the_machines_fault() -> None:
    with unprivileged() as home:
        (home / "locks").mkdir(mode=0o500)
        with pytest.raises(EnvironmentFailure) as caught, Store(root=home).alone("work"):
            pass

    assert caught.value.message == f"`{home}/locks` cannot be written"
    assert caught.value.hint == HINT


def test_the_cache_lies_where_the_user_says(tmp_path: Path) -> None:
    assert cache_folder({"LAMBDABUILD_CACHE_DIR": str(tmp_path / "a" / ".." / "b")}) == tmp_path / "b"
    assert cache_folder({"LAMBDABUILD_CACHE_DIR": "~/c"}) == Path.home() / "c"


def test_the_cache_lies_in_the_platforms_cache_folder_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    assert cache_folder({"LAMBDABUILD_CACHE_DIR": ""}) == cache_folder({}) == tmp_path / "lambdabuild"

"""Who is gone, and of whom nothing is known: what is his stays."""

import json
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from filelock import FileLock

from lambdabuild.io.engine import Engine, Owner, connect, leftovers
from tests.support.faulty import Reply, faulty_server, in_turn
from tests.support.nobody import unprivileged


@contextmanager
def engine_with(labels: dict[str, str]) -> Iterator[Engine]:
    """An engine that lists one container with these labels."""
    version = Reply(body=b'{"ApiVersion": "1.41", "MinAPIVersion": "1.12"}')
    listed = Reply(body=json.dumps([{"Id": "c1", "Labels": labels}]).encode())
    volumes = Reply(body=b'{"Volumes": null}')
    with (
        faulty_server(in_turn(version, listed, volumes)) as server,
        connect({"HOME": "/", "DOCKER_HOST": f"tcp://{server.host}"}) as engine,
    ):
        yield engine


def left(labels: dict[str, str]) -> list[str]:
    with engine_with(labels) as engine:
        return [one.name for one in leftovers(engine)]


def test_an_owner_whose_lock_is_gone_is_gone(tmp_path: Path) -> None:
    assert left(Owner(lock=tmp_path / "x.lock").labels) == ["c1"]


def test_an_owner_whose_folder_is_gone_is_gone(tmp_path: Path) -> None:
    assert left(Owner(lock=tmp_path / "cache" / "x.lock").labels) == ["c1"]


def test_an_owner_who_died_holds_no_lock(tmp_path: Path) -> None:
    (tmp_path / "x.lock").touch()

    assert left(Owner(lock=tmp_path / "x.lock").labels) == ["c1"]


def test_an_owner_who_holds_his_lock_is_there(tmp_path: Path) -> None:
    with FileLock(tmp_path / "x.lock"):
        assert left(Owner(lock=tmp_path / "x.lock").labels) == []


def test_of_another_machine_nothing_is_known(tmp_path: Path) -> None:
    labels = Owner(lock=tmp_path / "x.lock").labels
    here = next(name for name, value in labels.items() if platform.node() in value)

    assert left({**labels, here: "another mnt:[1]"}) == []
    assert left({name: value for name, value in labels.items() if name != here}) == []


@pytest.mark.parametrize("mode", [0, 0o300])
def test_of_a_folder_that_we_may_not_look_into_nothing_is_known(mode: int) -> None:
    with unprivileged() as folder:
        private = folder / "private"
        private.mkdir()
        private.chmod(mode)
        try:
            assert left(Owner(lock=private / "x.lock").labels) == []
        finally:
            private.chmod(0o700)

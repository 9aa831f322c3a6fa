"""A blob that is cut off is asked for again, from where it was cut."""

import random
from collections.abc import Callable

import pytest

from lambdabuild.errors import DigestMismatchError, EnvironmentFailure
from lambdabuild.io.registry import Descriptor
from lambdabuild.io.registry.client import CUTS
from lambdabuild.model.reference import ImageReference
from tests.support.faulty import FaultyServer, Reply, Script, Seen, faulty_server
from tests.support.registry import OCI_LAYER, sha256
from tests.support.registry_client import Machine

CONTENT = random.Random(0).randbytes(3_000_000)
LAYER = Descriptor(media_type=OCI_LAYER, digest=sha256(CONTENT), size=len(CONTENT))
STEP = 700_000


def start_of(seen: Seen) -> int:
    return int(seen.headers.get("range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))


def cutting(step: int, *, ranges: bool = True, content: bytes = CONTENT) -> Script:
    """Answers are cut off after `step` bytes, from the start again where `ranges` are not known."""
    asked = []

    def script(seen: Seen) -> Reply:
        asked.append(seen)
        start = start_of(seen) if ranges else 0
        rest = content[start:]
        sent = rest[: step if ranges else step * len(asked)]
        headers = {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"} if start else {}
        return Reply(status=206 if start else 200, headers=headers, body=sent, announced=len(rest))

    return script


def read(machine: Machine, server: FaultyServer) -> bytes:
    machine.allow_plain(server.host)
    return b"".join(machine.client().blob(ImageReference.parse(f"{server.host}/app:1"), LAYER))


def test_the_rest_is_asked_for(machine: Machine) -> None:
    with faulty_server(cutting(STEP)) as server:
        assert read(machine, server) == CONTENT
    blobs = [seen for seen in server.seen if "/blobs/" in seen.path]
    assert [start_of(seen) for seen in blobs] == [0, STEP, 2 * STEP, 3 * STEP, 4 * STEP]


def test_a_server_that_knows_no_ranges_sends_all_of_it_again(machine: Machine) -> None:
    with faulty_server(cutting(STEP, ranges=False)) as server:
        assert read(machine, server) == CONTENT


def test_no_blob_is_asked_for_without_end(machine: Machine) -> None:
    with faulty_server(cutting(10)) as server, pytest.raises(EnvironmentFailure, match="cut the connection") as caught:
        read(machine, server)
    assert caught.value.temporary
    assert len([seen for seen in server.seen if "/blobs/" in seen.path]) == CUTS + 1


def test_the_digest_is_over_all_parts(machine: Machine) -> None:
    other = CONTENT[:-1] + b"?"
    with faulty_server(cutting(STEP, content=other)) as server, pytest.raises(DigestMismatchError):
        read(machine, server)


def test_a_blob_that_drips_is_given_up(machine: Machine) -> None:
    """A byte every ten seconds: no read takes too long, and the whole of it would take a year."""
    machine.tick = 10.0
    content = CONTENT[:200]
    layer = Descriptor(media_type=OCI_LAYER, digest=sha256(content), size=len(content))

    def script(seen: Seen) -> Reply:
        start = start_of(seen)
        headers = {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"} if start else {}
        return Reply(status=206 if start else 200, headers=headers, body=content[start:], pause=0.005)

    with faulty_server(script) as server, pytest.raises(EnvironmentFailure) as caught:
        machine.allow_plain(server.host)
        list(machine.client().blob(ImageReference.parse(f"{server.host}/app:1"), layer))
    assert caught.value.message == f"`{server.host}/app:1`: `{server.host}` sends less than 1024 bytes a second"
    assert caught.value.hint == "check the network"
    assert caught.value.temporary
    assert len(server.seen) == CUTS + 1


def test_time_that_a_reader_takes_is_its_own(machine: Machine) -> None:
    """An engine that unpacks a layer may let the registry wait."""
    with faulty_server(lambda _: Reply(body=CONTENT)) as server:
        machine.allow_plain(server.host)
        for _ in machine.client().blob(ImageReference.parse(f"{server.host}/app:1"), LAYER):
            machine.now += 1000.0
    assert len(server.seen) == 1


def _first_cut(then: Callable[[int], Reply]) -> Script:
    whole = Reply(body=CONTENT[:STEP], announced=len(CONTENT))
    return lambda seen: then(start_of(seen)) if start_of(seen) else whole


def test_other_bytes_than_were_asked_for_are_refused(machine: Machine) -> None:
    script = _first_cut(lambda start: Reply(status=206, headers={"Content-Range": f"bytes {start + 1}-"}, body=b"x"))
    with faulty_server(script) as server, pytest.raises(EnvironmentFailure, match="answered HTTP 206"):
        read(machine, server)


def test_a_blob_that_became_shorter_is_refused_and_its_refusal_not_read(machine: Machine) -> None:
    """docker-registry announces the whole blob with a 416, and sends less: to read it is to wait."""
    script = _first_cut(lambda _: Reply(status=416, body=b"{}", announced=50_000))
    with faulty_server(script) as server, pytest.raises(EnvironmentFailure) as caught:
        read(machine, server)
    assert caught.value.message == f"`{server.host}/app:1`: `{server.host}` has less of a blob than it had before"
    assert caught.value.hint == "check the registry, or the proxy before it"


def test_a_connection_that_is_cut_after_the_last_byte_does_not_matter(machine: Machine) -> None:
    with faulty_server(lambda _: Reply(body=CONTENT, announced=len(CONTENT) + 5)) as server:
        assert read(machine, server) == CONTENT
    assert len([seen for seen in server.seen if "/blobs/" in seen.path]) == 1

"""Images pushed to real registries and to false ones: every byte under its digest, and why it is refused."""

import random
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from lambdabuild.errors import AbsentError, DigestMismatchError, EnvironmentFailure
from lambdabuild.io.registry import Descriptor
from lambdabuild.io.registry.target import Target
from lambdabuild.model.reference import ImageReference, Mirror
from tests.support.certificates import Certificate
from tests.support.cutting import wire_to
from tests.support.disks import small_disk
from tests.support.faulty import FaultyServer, Reply, Script, Seen, faulty_server, in_turn
from tests.support.registry import (
    OCI_CONFIG,
    OCI_LAYER,
    OCI_MANIFEST,
    Image,
    RunningRegistry,
    basic_auth,
    basic_header,
    descriptor,
    encode,
    running_registry,
    sha256,
)
from tests.support.registry_client import Machine
from tests.support.tokens import TokenRules

CONTENT, CONFIG = random.Random(1).randbytes(1_000_000), encode(Image().config)
BLOB = Descriptor(media_type=OCI_LAYER, digest=sha256(CONTENT), size=len(CONTENT))
DOCUMENT = encode(
    {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": descriptor(CONFIG, OCI_CONFIG),
        "layers": [descriptor(CONTENT, OCI_LAYER)],
    }
)
DIGEST = sha256(DOCUMENT)
TAG = f"al2023-{DIGEST[7:19]}"
ORIGINAL = ImageReference.parse(f"public.ecr.aws/lambda/provided:al2023@{DIGEST}")
COPY = "mine/public.ecr.aws/lambda/provided"
ABOUT = f"`{ORIGINAL}` to `HOST/{COPY}`: `HOST`"
USER, PASSWORD = "alice", "correct horse"


def target(machine: Machine, host: str) -> Target:
    return machine.client().target(ORIGINAL, Mirror(prefix=f"{host}/mine"))


def pieces() -> Iterator[bytes]:
    for start in range(0, len(CONTENT), 65536):
        yield CONTENT[start : start + 65536]


def push(place: Target) -> None:
    """An image of one layer, under its tag."""
    head = Descriptor(media_type=OCI_CONFIG, digest=sha256(CONFIG), size=len(CONFIG))
    place.put(head, lambda: iter((CONFIG,)))
    place.put(BLOB, pieces)
    own = Descriptor(media_type=OCI_MANIFEST, digest=DIGEST, size=len(DOCUMENT))
    assert place.document(DIGEST, OCI_MANIFEST) is None
    place.put_document(own, DOCUMENT)
    assert place.document(DIGEST, OCI_MANIFEST) == DOCUMENT
    assert place.holds(BLOB)
    assert place.holds(head)


def pushed(registry: RunningRegistry, machine: Machine) -> None:
    """What another client finds there."""
    found = machine.client().facts(ImageReference.parse(f"{registry.host}/{COPY}:{TAG}"))
    assert list(found.platforms) == ["linux/amd64"]


def refusal(machine: Machine, host: str) -> EnvironmentFailure:
    with pytest.raises(EnvironmentFailure) as caught:
        target(machine, host).put(BLOB, pieces)
    return caught.value


@contextmanager
def false_registry(machine: Machine, script: Script) -> Iterator[FaultyServer]:
    with faulty_server(script) as server:
        machine.allow_plain(server.host)
        yield server


def uploads(begin: Callable[[Seen], Reply], end: Callable[[Seen], Reply]) -> Script:
    """A registry that answers the POST, and then the PUT, of an upload."""

    def script(seen: Seen) -> Reply:
        return begin(seen) if seen.method == "POST" else end(seen) if seen.method == "PUT" else Reply(status=404)

    return script


BEGUN = Reply(status=202, headers={"Location": "/v2/upload/1?state=x"})
STORED = Reply(status=201)


# Real registries


def test_an_image_is_pushed_to_a_plain_registry(machine: Machine, tmp_path: Path) -> None:
    with running_registry(tmp_path / "registry") as registry:
        machine.allow_plain(registry.host)
        place = target(machine, registry.host)
        assert not place.holds(BLOB)
        push(place)
        pushed(registry, machine)
        assert place.name == f"{registry.host}/{COPY}:{TAG}"


def test_a_registry_with_an_authority_of_its_own_and_an_account_is_pushed_to(
    machine: Machine, tmp_path: Path, certificate: Certificate
) -> None:
    auth = basic_auth(tmp_path / "registry", USER, PASSWORD)
    with running_registry(tmp_path / "registry", auth=auth, certificate=certificate) as registry:
        machine.environ["REQUESTS_CA_BUNDLE"] = str(certificate.certificate)
        told = refusal(machine, registry.host)
        login = {"auth": basic_header(USER, PASSWORD).removeprefix("Basic ")}
        machine.docker({"auths": {registry.host: login}})
        push(target(machine, registry.host))
        pushed(registry, machine)

    assert told.message.replace(registry.host, "HOST").startswith(
        f"`{ORIGINAL}` to `HOST/{COPY}`: `HOST` wants a login (HTTP 401 from `HOST`)"
    )
    assert told.hint == f"run `docker login {registry.host}`, and check that the account may push to it"


def test_a_token_is_asked_for_once_for_pulling_and_pushing(
    machine: Machine, tmp_path: Path, certificate: Certificate
) -> None:
    with faulty_server(TokenRules(certificate=certificate).script()) as tokens:
        auth = TokenRules(certificate=certificate).registry_auth(f"http://{tokens.host}/token/")
        with running_registry(tmp_path / "registry", auth=auth) as registry:
            machine.allow_plain(registry.host)
            push(target(machine, registry.host))
            pushed(registry, machine)

    scopes = [scope.rpartition(":") for path in tokens.paths() for scope in parse_qs(urlsplit(path).query)["scope"]]
    # registries name the actions in any order
    assert [(name, set(actions.split(","))) for name, _, actions in scopes] == [
        (f"repository:{COPY}", {"pull", "push"}),
        (f"repository:{COPY}", {"pull"}),
    ]


def test_what_was_cut_is_pushed_again_from_its_beginning(machine: Machine, tmp_path: Path) -> None:
    with running_registry(tmp_path / "registry") as registry, wire_to(registry.host, 600_000) as wire:
        machine.allow_plain(wire.host, registry.host)
        place = target(machine, wire.host)
        wire.cuts[:0] = [1000]  # the question whether it speaks TLS
        push(place)
        pushed(registry, machine)

    assert wire.cut == 1
    assert machine.slept == [0.5]


def test_a_blob_that_turns_out_wrong_is_never_stored(machine: Machine, tmp_path: Path) -> None:
    wrong = DigestMismatchError("what came", expected="this", actual="that")

    def damaged() -> Iterator[bytes]:
        yield CONTENT[:500_000]
        raise wrong

    with running_registry(tmp_path / "registry") as registry:
        machine.allow_plain(registry.host)
        place = target(machine, registry.host)
        with pytest.raises(DigestMismatchError) as caught:
            place.put(BLOB, damaged)
        assert not place.holds(BLOB)

    assert caught.value is wrong
    assert machine.slept == []


def test_a_layer_is_never_in_memory_as_a_whole(machine: Machine, tmp_path: Path) -> None:
    size, piece = 64 << 20, bytes(1 << 18)
    blob = Descriptor(media_type=OCI_LAYER, digest=sha256(bytes(size)), size=size)
    with running_registry(tmp_path / "registry") as registry:
        machine.allow_plain(registry.host)
        place = target(machine, registry.host)
        tracemalloc.start()
        place.put(blob, lambda: (piece for _ in range(size // len(piece))))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert place.holds(blob)

    assert peak < 16 << 20


def test_a_registry_that_is_only_a_cache_takes_nothing(machine: Machine, hub: RunningRegistry, tmp_path: Path) -> None:
    with running_registry(tmp_path / "registry", upstream=f"http://{hub.host}") as registry:
        machine.allow_plain(registry.host)
        told = refusal(machine, registry.host)

    reason = "UNSUPPORTED: The operation is unsupported."
    assert told.message.replace(registry.host, "HOST") == f"{ABOUT} takes no images ({reason})"
    assert told.hint == "name one that takes them: a pull-through cache does not, nor one that is read-only"


def test_a_registry_whose_disk_is_full_is_told_and_keeps_no_part(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "registry").mkdir()
    with small_disk(tmp_path / "registry", "600k"), running_registry(tmp_path / "registry") as registry:
        machine.allow_plain(registry.host)
        told = refusal(machine, registry.host)
        assert not target(machine, registry.host).holds(BLOB)

    assert told.message.replace(registry.host, "HOST").startswith(f"{ABOUT} answered HTTP 500 (UNKNOWN: unknown error)")
    assert told.message.endswith("(tried 5 times)")
    assert told.hint == "the registry is in trouble; is its disk full?"


# False ones


def errors(code: str, message: str) -> bytes:
    return encode({"errors": [{"code": code, "message": message}]})


@pytest.mark.parametrize(
    ("reply", "message", "hint"),
    [
        (
            Reply(status=403, body=errors("DENIED", "quota is used up")),
            "`HOST` wants a login (HTTP 403 from `HOST`) (DENIED: quota is used up)",
            "run `docker login HOST`, and check that the account may push to it",
        ),
        (
            Reply(status=404, body=errors("NAME_UNKNOWN", "no such repository")),
            f"`HOST` has no repository `{COPY}` (NAME_UNKNOWN: no such repository)",
            "make it there first, if that registry makes none by itself; or choose another prefix",
        ),
        (
            Reply(status=413),
            "`HOST` takes nothing as large as this",
            "raise the limit of the proxy before it, such as `client_max_body_size` of nginx",
        ),
        (
            Reply(status=400, body=errors("TAG_INVALID", "tag is immutable")),
            "`HOST` refuses it with HTTP 400 (TAG_INVALID: tag is immutable)",
            "look at the rules of that repository: quotas, tags that may not be written, kinds of images",
        ),
        (
            Reply(status=507),
            "`HOST` answered HTTP 507 (tried 5 times)",
            "the registry is in trouble; is its disk full?",
        ),
    ],
)
def test_why_a_registry_refuses_is_told(machine: Machine, reply: Reply, message: str, hint: str) -> None:
    with false_registry(machine, uploads(lambda _: BEGUN, lambda _: reply)) as server:
        told = refusal(machine, server.host)

    assert told.message.replace(server.host, "HOST") == f"`{ORIGINAL}` to `HOST/{COPY}`: {message}"
    assert (told.hint or "").replace(server.host, "HOST") == hint
    assert isinstance(told, AbsentError) == (reply.status == 404)


@pytest.mark.parametrize("where", ["POST", "PUT"])
@pytest.mark.parametrize(
    ("replies", "slept"),
    [
        ([Reply(status=429, headers={"Retry-After": "7"})], [7.0]),
        ([Reply(status=500), Reply(status=503)], [0.5, 1.0]),
    ],
)
def test_what_passes_is_waited_for(machine: Machine, where: str, replies: list[Reply], slept: list[float]) -> None:
    good = {"POST": BEGUN, "PUT": STORED}
    turns = {method: in_turn(*(replies if method == where else []), reply) for method, reply in good.items()}
    with false_registry(machine, uploads(turns["POST"], turns["PUT"])) as server:
        target(machine, server.host).put(BLOB, pieces)

    last = server.seen[-1]
    assert machine.slept == slept
    assert (last.method, last.body) == ("PUT", CONTENT)
    assert last.path == f"/v2/upload/1?state=x&digest={BLOB.digest}"
    assert (last.headers["content-length"], last.headers["content-type"]) == ("1000000", "application/octet-stream")
    assert "transfer-encoding" not in last.headers


def test_an_origin_that_failed_for_good_is_not_asked_over_and_over(machine: Machine) -> None:
    asked = []

    def gone() -> Iterator[bytes]:
        asked.append(1)
        yield CONTENT[:10]
        raise EnvironmentFailure("the origin is gone", hint="wait", temporary=True)

    with (
        false_registry(machine, uploads(lambda _: BEGUN, lambda _: STORED)) as server,
        pytest.raises(EnvironmentFailure) as caught,
    ):
        target(machine, server.host).put(BLOB, gone)

    assert (caught.value.message, caught.value.hint, caught.value.temporary) == ("the origin is gone", "wait", True)
    assert asked == [1]


def test_an_upload_goes_where_the_registry_says_without_its_login_where_that_is_another_host(
    machine: Machine, tmp_path: Path
) -> None:
    asks = Reply(status=401, headers={"WWW-Authenticate": 'Basic realm="x"'})
    with faulty_server(in_turn(STORED)) as storage:

        def begin(seen: Seen) -> Reply:
            there = Reply(status=202, headers={"Location": f"http://{storage.host}/put/here"})
            return there if "authorization" in seen.headers else asks

        with false_registry(machine, uploads(begin, lambda _: STORED)) as server:
            login = {"auth": basic_header(USER, PASSWORD).removeprefix("Basic ")}
            machine.docker({"auths": {server.host: login}})
            target(machine, server.host).put(BLOB, pieces)

    (last,) = storage.seen
    assert (last.method, last.path, last.body) == ("PUT", f"/put/here?digest={BLOB.digest}", CONTENT)
    assert "authorization" not in last.headers


def test_what_is_refused_is_not_sent_again_and_what_needs_a_login_is(machine: Machine) -> None:
    """A token that ran out while a layer was on its way is renewed; a 400 means what it says."""
    asks = Reply(status=401, headers={"WWW-Authenticate": 'Basic realm="x"'})
    answers = in_turn(asks, asks, Reply(status=400))

    def begin(seen: Seen) -> Reply:
        return BEGUN if "authorization" in seen.headers else asks

    with false_registry(machine, uploads(begin, answers)) as server:
        machine.docker({"auths": {server.host: {"auth": basic_header(USER, PASSWORD).removeprefix("Basic ")}}})
        told = refusal(machine, server.host)

    assert told.message.endswith("refuses it with HTTP 400")
    sent = [("authorization" in seen.headers, seen.body == CONTENT) for seen in server.seen if seen.method == "PUT"]
    assert sent == [(True, True), (False, True), (True, True)]


def test_another_host_that_wants_a_login_is_not_given_one(machine: Machine) -> None:
    asks = Reply(status=401, headers={"WWW-Authenticate": 'Basic realm="x"'})
    with faulty_server(in_turn(asks)) as storage:
        there = Reply(status=202, headers={"Location": f"http://{storage.host}/put/here"})
        with false_registry(machine, uploads(lambda _: there, lambda _: STORED)) as server:
            machine.docker({"auths": {server.host: {"auth": basic_header(USER, PASSWORD).removeprefix("Basic ")}}})
            told = refusal(machine, server.host)

    assert f"`{storage.host}` refuses it with HTTP 401" in told.message
    assert ["authorization" in seen.headers for seen in storage.seen] == [False]


def test_another_host_that_wants_a_login_costs_the_registry_none_of_its_own(machine: Machine) -> None:
    asks = Reply(status=401, headers={"WWW-Authenticate": 'Basic realm="x"'})
    with faulty_server(in_turn(asks)) as storage:

        def begin(seen: Seen) -> Reply:
            there = Reply(status=202, headers={"Location": f"http://{storage.host}/put/here"})
            return there if "authorization" in seen.headers else asks

        with false_registry(machine, uploads(begin, lambda _: STORED)) as server:
            machine.docker({"auths": {server.host: {"auth": basic_header(USER, PASSWORD).removeprefix("Basic ")}}})
            told = refusal(machine, server.host)

    assert f"`{storage.host}` wants" in told.message or f"`{storage.host}` refuses it with HTTP 401" in told.message
    assert [seen.body == CONTENT for seen in storage.seen] == [True]


def test_an_answer_that_drips_is_not_waited_for(machine: Machine) -> None:
    slow = replace(BEGUN, body=b"x" * 60, pause=0.1)
    with false_registry(machine, uploads(lambda _: slow, lambda _: STORED)) as server:
        begun = time.monotonic()
        target(machine, server.host).put(BLOB, pieces)

    assert time.monotonic() - begun < 3


def test_requests_whose_answers_are_short_share_a_connection(machine: Machine) -> None:
    with false_registry(machine, uploads(lambda _: replace(BEGUN, body=b"{}"), lambda _: STORED)) as server:
        place = target(machine, server.host)
        assert not place.holds(BLOB)
        before = len(server.connections)
        for _ in range(3):
            place.put(BLOB, pieces)

    assert len(server.connections) == before


@pytest.mark.parametrize(
    ("begun", "says"),
    [
        (Reply(status=202), "does not say where a blob is to be sent"),
        (Reply(status=202, headers={"Location": "ftp://x/y"}), "redirects to what is not an HTTP address"),
        (Reply(status=307, headers={"Location": "/elsewhere"}), "redirects what is pushed to it"),
    ],
)
def test_an_upload_that_leads_nowhere_is_refused(machine: Machine, begun: Reply, says: str) -> None:
    with false_registry(machine, uploads(lambda _: begun, lambda _: STORED)) as server:
        told = refusal(machine, server.host)

    assert says in told.message
    assert told.hint is not None
    assert "check" in told.hint
    assert [seen.method for seen in server.seen] == ["POST"]


def test_a_fragment_is_no_part_of_where_an_upload_goes(machine: Machine) -> None:
    begun = Reply(status=202, headers={"Location": "/v2/upload/1?state=x#part"})
    with false_registry(machine, uploads(lambda _: begun, lambda _: STORED)) as server:
        target(machine, server.host).put(BLOB, pieces)

    assert server.paths()[-1] == f"/v2/upload/1?state=x&digest={BLOB.digest}"


def test_an_upload_never_falls_from_https_to_plain_http(machine: Machine, certificate: Certificate) -> None:
    """What a registry does that does not know of the TLS proxy before it."""
    machine.environ["REQUESTS_CA_BUNDLE"] = str(certificate.certificate)
    down = Reply(status=202, headers={"Location": "http://127.0.0.1:9/put"})
    with faulty_server(uploads(lambda _: down, lambda _: STORED), certificate=certificate) as server:
        told = refusal(machine, server.host)

    assert "redirects from HTTPS to plain HTTP at `127.0.0.1`" in told.message


def test_a_registry_that_stores_something_else_is_found_out(machine: Machine) -> None:
    own = Descriptor(media_type=OCI_MANIFEST, digest=sha256(b"{}"), size=2)
    other = Reply(status=201, headers={"Docker-Content-Digest": DIGEST})
    with (
        false_registry(machine, uploads(lambda _: BEGUN, lambda _: other)) as server,
        pytest.raises(DigestMismatchError) as caught,
    ):
        target(machine, server.host).put_document(own, b"{}")

    assert caught.value.message.endswith(f"as `{server.host}` stored it: expected {own.digest}, got {DIGEST}")
    assert caught.value.hint == "that registry changes what it is given: it cannot hold a copy"


def test_a_mirror_that_answers_with_other_bytes_is_written_to(machine: Machine) -> None:
    with false_registry(machine, in_turn(Reply(body=b"[]"))) as server:
        assert target(machine, server.host).document(sha256(b"{}"), None) is None


def test_looking_for_a_blob_is_tried_again_too(machine: Machine) -> None:
    with false_registry(machine, in_turn(Reply(status=503), Reply())) as server:
        assert target(machine, server.host).holds(BLOB)

    assert machine.slept == [0.5]
    assert [seen.method for seen in server.seen] == ["HEAD", "HEAD"]

"""Tokens, from servers that say what a test wants: odd challenges, odd responses, refusals without end."""

import pytest

from lambdabuild.errors import EnvironmentFailure
from lambdabuild.model.reference import ImageReference
from tests.support.certificates import Certificate
from tests.support.faulty import Reply, faulty_server, in_turn
from tests.support.registry import basic_header, encode, sha256
from tests.support.registry_client import Machine

INDEX = encode(
    {
        "schemaVersion": 2,
        "manifests": [
            {
                "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "digest": sha256(b"child"),
                "size": 5,
                "platform": {"os": "windows", "architecture": "amd64"},
            }
        ],
    }
)
"""Enough of an answer for what is asked before it."""

NO_LINUX = "holds no linux image"


def refused(machine: Machine, image: str) -> EnvironmentFailure:
    with pytest.raises(EnvironmentFailure) as caught:
        machine.client().facts(ImageReference.parse(image))
    return caught.value


def challenge(realm: str, rest: str = "") -> Reply:
    return Reply(status=401, headers={"WWW-Authenticate": f'Bearer realm="{realm}"{rest}'})


def test_realm_and_scope_stay_as_given(machine: Machine) -> None:
    """As public.ecr.aws has them: a slash at the end, and a scope that names no repository."""
    with faulty_server(in_turn(Reply(body=b'{"token": "abc"}'))) as tokens:
        asked = challenge(f"http://{tokens.host}/token/?a=b", ',service="public.ecr.aws",scope="aws"')
        with faulty_server(in_turn(asked, Reply(body=INDEX))) as registry:
            machine.allow_plain(registry.host)
            assert NO_LINUX in refused(machine, f"{registry.host}/lambda/provided:al2023").message
    assert tokens.paths() == ["/token/?a=b&service=public.ecr.aws&scope=aws"]
    assert [seen.headers.get("authorization") for seen in registry.seen] == [None, "Bearer abc"]


def test_a_stale_token_that_gets_400_is_replaced(machine: Machine) -> None:
    """public.ecr.aws does not say 401 then (aws/containers-roadmap#2835)."""
    with faulty_server(in_turn(Reply(body=b'{"token": "one"}'), Reply(body=b'{"token": "two"}'))) as tokens:
        asked = challenge(f"http://{tokens.host}/")
        answers = (asked, Reply(body=INDEX), Reply(status=400), asked, Reply(body=INDEX))
        with faulty_server(in_turn(*answers)) as registry:
            machine.allow_plain(registry.host)
            client = machine.client()
            for _ in range(2):
                with pytest.raises(EnvironmentFailure, match=NO_LINUX):
                    client.facts(ImageReference.parse(f"{registry.host}/app:1"))
    sent = [seen.headers.get("authorization") for seen in registry.seen]
    assert sent == [None, "Bearer one", "Bearer one", None, "Bearer two"]


def test_a_registry_that_never_takes_its_own_token_ends(machine: Machine) -> None:
    with (
        faulty_server(in_turn(Reply(body=b'{"access_token": "abc"}'))) as tokens,
        faulty_server(in_turn(challenge(f"http://{tokens.host}/"))) as registry,
    ):
        machine.allow_plain(registry.host)
        assert "wants a login" in refused(machine, f"{registry.host}/app:1").message
    assert (len(tokens.seen), len(registry.seen)) == (1, 2)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html>", "it is not JSON"),
        (b"[]", "it is not a JSON object"),
        (b"{}", "it lacks `access_token`"),
        (b'{"token": 3}', "it has `token` that is not a string"),
        (b'{"token": "a\\r\\nX: y"}', "it has a token that no header can carry"),
        (b'{"token": "a", "expires_in": "soon"}', "it has `expires_in` that is not a whole number"),
        (b'{"token": "' + b"a" * 1024 * 1024 + b'"}', "sent more than 1048576 bytes"),
    ],
)
def test_a_token_response_that_is_none_is_said_so(machine: Machine, body: bytes, words: str) -> None:
    with (
        faulty_server(in_turn(Reply(body=body))) as tokens,
        faulty_server(in_turn(challenge(f"http://{tokens.host}/"))) as registry,
    ):
        machine.allow_plain(registry.host)
        failure = refused(machine, f"{registry.host}/app:1")
    assert words in failure.message
    assert failure.message.startswith(f"`{registry.host}/app:1`: ")


def test_a_token_server_in_trouble_is_asked_again(machine: Machine) -> None:
    busy = Reply(status=429, headers={"Retry-After": "3"})
    with faulty_server(in_turn(busy, Reply(body=b'{"token": "abc"}'))) as tokens:
        answers = (challenge(f"http://{tokens.host}/"),) * 2
        with faulty_server(in_turn(*answers, Reply(body=INDEX))) as registry:
            machine.allow_plain(registry.host)
            assert NO_LINUX in refused(machine, f"{registry.host}/app:1").message
    assert machine.slept == [3]


@pytest.mark.parametrize(
    "realm", ["", "ftp://127.0.0.1/", "/token", "http://alice:secret@127.0.0.1/", "http://[", "http://127.0.0.1:x/"]
)
def test_a_realm_that_is_no_safe_address_is_refused(machine: Machine, realm: str) -> None:
    with faulty_server(in_turn(challenge(realm))) as registry:
        machine.allow_plain(registry.host)
        failure = refused(machine, f"{registry.host}/app:1")
    assert "sends for a token to an address that is not safe to use" in failure.message
    assert "secret" not in failure.message


def test_an_https_registry_may_not_send_a_password_over_plain_http(machine: Machine, certificate: Certificate) -> None:
    with faulty_server(in_turn(Reply(body=b'{"token": "abc"}'))) as tokens:
        asked = challenge(f"http://{tokens.host}/")
        with faulty_server(in_turn(asked), certificate=certificate) as registry:
            machine.environ["REQUESTS_CA_BUNDLE"] = str(certificate.certificate)
            auth = basic_header("alice", "secret").removeprefix("Basic ")
            machine.docker({"auths": {registry.host: {"auth": auth}}})
            failure = refused(machine, f"{registry.host}/app:1")
    assert "not safe to use" in failure.message
    assert tokens.seen == []


def test_403_is_a_login_that_may_not(machine: Machine) -> None:
    with faulty_server(in_turn(Reply(status=403))) as registry:
        machine.allow_plain(registry.host)
        failure = refused(machine, f"{registry.host}/app:1")
    assert "wants a login (HTTP 403" in failure.message

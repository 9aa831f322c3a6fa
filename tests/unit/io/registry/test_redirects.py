"""Redirects: followed by hand, within bounds, and never with a login for someone else."""

import pytest

from lambdabuild.errors import EnvironmentFailure
from lambdabuild.io.registry import Descriptor
from lambdabuild.model.reference import ImageReference
from tests.support.certificates import Certificate
from tests.support.faulty import FaultyServer, Reply, faulty_server, in_turn
from tests.support.registry import OCI_LAYER, basic_header, sha256
from tests.support.registry_client import Machine

LAYER = Descriptor(media_type=OCI_LAYER, digest=sha256(b"a layer"), size=7)
BASIC = Reply(status=401, headers={"WWW-Authenticate": 'Basic realm="x"'})
USER = {"username": "alice", "password": "secret"}


def moved(target: str, status: int = 307) -> Reply:
    return Reply(status=status, headers={"Location": target})


def read(machine: Machine, server: FaultyServer) -> bytes:
    reference = ImageReference.parse(f"{server.host}/app:1")
    return b"".join(machine.client().blob(reference, LAYER))


def log_in(machine: Machine, host: str) -> str:
    header = basic_header("alice", "secret")
    machine.docker({"auths": {host: {"auth": header.removeprefix("Basic ")}}})
    return header


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_login_does_not_follow_to_another_host(machine: Machine, status: int) -> None:
    with faulty_server(in_turn(Reply(body=b"a layer"))) as store:
        target = moved(f"http://{store.host}/signed?key=1", status)
        with faulty_server(in_turn(BASIC, target)) as registry:
            machine.allow_plain(registry.host)
            header = log_in(machine, registry.host)
            assert read(machine, registry) == b"a layer"
    assert registry.seen[-1].headers["authorization"] == header
    assert "authorization" not in store.seen[0].headers
    assert store.paths() == ["/signed?key=1"]


def test_a_login_follows_on_the_same_host(machine: Machine) -> None:
    with faulty_server(in_turn(BASIC, moved("/elsewhere"), Reply(body=b"a layer"))) as registry:
        machine.allow_plain(registry.host)
        header = log_in(machine, registry.host)
        assert read(machine, registry) == b"a layer"
    assert registry.seen[-1].path == "/elsewhere"
    assert registry.seen[-1].headers["authorization"] == header


def test_another_host_that_wants_a_login_gets_none(machine: Machine) -> None:
    with (
        faulty_server(in_turn(BASIC)) as store,
        faulty_server(in_turn(BASIC, moved(f"http://{store.host}/"))) as registry,
    ):
        machine.allow_plain(registry.host)
        log_in(machine, registry.host)
        with pytest.raises(EnvironmentFailure, match=f"`{store.host}` answered HTTP 401"):
            read(machine, registry)
    assert ["authorization" in seen.headers for seen in store.seen] == [False]


def test_the_challenge_of_another_host_is_not_answered(machine: Machine) -> None:
    with (
        faulty_server(in_turn(BASIC)) as store,
        faulty_server(in_turn(moved(f"http://{store.host}/"))) as registry,
    ):
        machine.allow_plain(registry.host)
        log_in(machine, registry.host)
        with pytest.raises(EnvironmentFailure, match=f"`{store.host}` answered HTTP 401"):
            read(machine, registry)
    assert len(store.seen) == 1


def test_what_is_insecure_here_is_verified_elsewhere(machine: Machine, certificate: Certificate) -> None:
    with (
        faulty_server(in_turn(Reply(body=b"a layer")), certificate=certificate) as store,
        faulty_server(in_turn(moved(f"https://{store.host}/"))) as registry,
    ):
        machine.allow_plain(registry.host)
        with pytest.raises(EnvironmentFailure, match=f"the certificate of `{store.host}` is not trusted"):
            read(machine, registry)


def test_redirects_without_end_end(machine: Machine) -> None:
    with faulty_server(in_turn(moved("/again"))) as registry:
        machine.allow_plain(registry.host)
        with pytest.raises(EnvironmentFailure, match=r"redirects without end \(5 times\)"):
            read(machine, registry)
    assert len(registry.seen) == 6


def test_https_does_not_lead_to_plain_http(machine: Machine, certificate: Certificate) -> None:
    with (
        faulty_server(in_turn(Reply(body=b"a layer"))) as store,
        faulty_server(in_turn(moved(f"http://{store.host}/")), certificate=certificate) as registry,
    ):
        machine.environ["SSL_CERT_FILE"] = str(certificate.certificate)
        with pytest.raises(EnvironmentFailure) as caught:
            read(machine, registry)
    assert caught.value.message == (
        f"`{registry.host}/app:1`: `127.0.0.1` redirects from HTTPS to plain HTTP at `127.0.0.1`"
    )
    assert store.seen == []


@pytest.mark.parametrize("target", ["file:///etc/passwd", "http://[", "http://127.0.0.1:99999/"])
def test_a_redirect_leads_to_an_http_address(machine: Machine, target: str) -> None:
    with faulty_server(in_turn(moved(target))) as registry:
        machine.allow_plain(registry.host)
        with pytest.raises(EnvironmentFailure, match="redirects to what is not an HTTP address"):
            read(machine, registry)


def test_an_identity_token_is_not_sent_on(machine: Machine) -> None:
    with (
        faulty_server(in_turn(Reply(body=b'{"token": "x"}'))) as other,
        faulty_server(in_turn(moved(f"http://{other.host}/"))) as tokens,
        faulty_server(in_turn(bearer(tokens.host))) as registry,
    ):
        machine.allow_plain(registry.host)
        machine.docker({"auths": {registry.host: {"identitytoken": "refresh"}}})
        with pytest.raises(EnvironmentFailure, match="redirects a login"):
            read(machine, registry)
    assert other.seen == []


def bearer(host: str) -> Reply:
    return Reply(status=401, headers={"WWW-Authenticate": f'Bearer realm="http://{host}/"'})

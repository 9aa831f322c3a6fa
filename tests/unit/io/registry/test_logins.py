"""Logins on real registries: open, Basic, tokens, identity tokens, helpers."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lambdabuild.errors import EnvironmentFailure
from lambdabuild.model.reference import ImageReference
from tests.support.certificates import Certificate
from tests.support.faulty import FaultyServer, faulty_server
from tests.support.registry import (
    Image,
    Json,
    RunningRegistry,
    basic_auth,
    basic_header,
    running_registry,
)
from tests.support.registry_client import Machine
from tests.support.tokens import TokenRules

USER, PASSWORD = "alice", "correct horse"
BASIC = basic_header(USER, PASSWORD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """A registry, who guards it, and the image in it."""

    registry: RunningRegistry
    tokens: FaultyServer
    digest: str

    @property
    def image(self) -> ImageReference:
        return ImageReference.parse(f"{self.registry.host}/app:1")


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegistry]:
    """A registry with one account."""
    folder = tmp_path_factory.mktemp("locked")
    auth = basic_auth(folder, USER, PASSWORD)
    with running_registry(folder, auth=auth, headers={"Authorization": BASIC}) as running:
        running.push_image("app", Image(), "1")
        yield running


def guarded(folder: Path, rules: TokenRules) -> Iterator[Guarded]:
    with faulty_server(rules.script()) as tokens:
        push = {"Authorization": f"Bearer {rules.token('app', ('pull', 'push'))}"}
        auth = rules.registry_auth(f"http://{tokens.host}/token/")
        with running_registry(folder, auth=auth, headers=push) as running:
            digest = str(running.push_image("app", Image(), "1")["digest"])
            yield Guarded(registry=running, tokens=tokens, digest=digest)


@pytest.fixture
def anonymous(tmp_path: Path, certificate: Certificate) -> Iterator[Guarded]:
    yield from guarded(tmp_path / "anonymous", TokenRules(certificate=certificate))


@pytest.fixture
def personal(tmp_path: Path, certificate: Certificate) -> Iterator[Guarded]:
    yield from guarded(tmp_path / "personal", TokenRules(certificate=certificate, basic=BASIC))


@pytest.fixture
def identity(tmp_path: Path, certificate: Certificate) -> Iterator[Guarded]:
    rules = TokenRules(certificate=certificate, refresh="refresh-me")
    yield from guarded(tmp_path / "identity", rules)


def login(host: str, username: str = USER, password: str = PASSWORD) -> Json:
    return {"auths": {host: {"auth": base64.b64encode(f"{username}:{password}".encode()).decode()}}}


def refused(machine: Machine, image: str) -> EnvironmentFailure:
    with pytest.raises(EnvironmentFailure) as caught:
        machine.client().facts(ImageReference.parse(image))
    return caught.value


def test_a_basic_login_opens_a_registry(machine: Machine, locked: RunningRegistry) -> None:
    machine.allow_plain(locked.host)
    machine.docker(login(locked.host))
    facts = machine.client().facts(ImageReference.parse(f"{locked.host}/app:1"))
    assert list(facts.platforms) == ["linux/amd64"]


def test_without_a_login_the_error_says_how_to_log_in(machine: Machine, locked: RunningRegistry) -> None:
    machine.allow_plain(locked.host)
    failure = refused(machine, f"{locked.host}/app:1")
    assert failure.message == (f"`{locked.host}/app:1`: `{locked.host}` wants a login (HTTP 401 from `{locked.host}`)")
    assert failure.hint == f"run `docker login {locked.host}`, and check that the account may pull"


def test_a_wrong_password_is_said_and_not_shown(machine: Machine, locked: RunningRegistry) -> None:
    machine.allow_plain(locked.host)
    machine.docker(login(locked.host, password="wrong horse"))
    failure = refused(machine, f"{locked.host}/app:1")
    assert "does not accept the login that Docker has for it" in failure.message
    assert "horse" not in f"{failure!r} {failure.hint} {failure.__cause__!r}"


def test_an_anonymous_token_is_asked_for_once(machine: Machine, anonymous: Guarded) -> None:
    machine.allow_plain(anonymous.registry.host, anonymous.tokens.host)
    client = machine.client()
    assert client.facts(anonymous.image).digest == anonymous.digest
    manifest = client.manifest(anonymous.image, anonymous.digest)
    assert client.config(anonymous.image, manifest).os == "linux"
    assert b"".join(client.blob(anonymous.image, manifest.layers[0])) == b"a layer"
    assert anonymous.tokens.paths() == ["/token/?service=tests&scope=repository%3Aapp%3Apull"]
    assert "authorization" not in anonymous.tokens.seen[0].headers


def test_a_token_that_ran_out_is_asked_for_again(machine: Machine, anonymous: Guarded) -> None:
    machine.allow_plain(anonymous.registry.host, anonymous.tokens.host)
    client = machine.client()
    client.facts(anonymous.image)
    machine.now += 301
    client.facts(anonymous.image)
    assert len(anonymous.tokens.seen) == 2


def test_a_password_is_for_the_token_server(machine: Machine, personal: Guarded) -> None:
    machine.allow_plain(personal.registry.host, personal.tokens.host)
    machine.docker(login(personal.registry.host))
    assert machine.client().facts(personal.image).digest == personal.digest


def test_a_token_server_that_refuses_is_a_login_that_is_missing(machine: Machine, personal: Guarded) -> None:
    machine.allow_plain(personal.registry.host, personal.tokens.host)
    failure = refused(machine, str(personal.image))
    assert failure.message == (
        f"`{personal.image}`: `{personal.registry.host}` wants a login (HTTP 401 from `{personal.tokens.host}`)"
    )


def test_an_identity_token_is_exchanged_by_post(machine: Machine, identity: Guarded) -> None:
    machine.allow_plain(identity.registry.host, identity.tokens.host)
    machine.docker({"auths": {identity.registry.host: {"auth": "", "identitytoken": "refresh-me"}}})
    assert machine.client().facts(identity.image).digest == identity.digest
    (exchange,) = identity.tokens.seen
    assert (exchange.method, exchange.path) == ("POST", "/token/")
    assert b"grant_type=refresh_token&client_id=lambdabuild" in exchange.body


def helper(machine: Machine, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    program = machine.folder / "docker-credential-test"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{machine.folder}:/usr/bin:/bin")


def test_a_credential_helper_is_asked(
    machine: Machine, locked: RunningRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.allow_plain(locked.host)
    secret = json.dumps({"ServerURL": locked.host, "Username": USER, "Secret": PASSWORD})
    helper(machine, monkeypatch, f"cat >/dev/null; echo '{secret}'")
    machine.docker({"credHelpers": {locked.host: "test"}})
    assert machine.client().facts(ImageReference.parse(f"{locked.host}/app:1")).platforms


def test_a_credential_helper_may_give_an_identity_token(
    machine: Machine, identity: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.allow_plain(identity.registry.host, identity.tokens.host)
    secret = json.dumps({"ServerURL": "", "Username": "<token>", "Secret": "refresh-me"})
    helper(machine, monkeypatch, f"cat >/dev/null; echo '{secret}'")
    machine.docker({"credsStore": "test"})
    assert machine.client().facts(identity.image).digest == identity.digest


@pytest.mark.parametrize(
    "script",
    [
        "cat >/dev/null; echo 'hunter2: locked'; exit 1",
        "cat >/dev/null; echo hunter2",
        "cat >/dev/null; echo '[]'",
        "cat >/dev/null; echo '{}'",
    ],
)
def test_a_credential_helper_that_fails_is_named(
    machine: Machine, locked: RunningRegistry, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    machine.allow_plain(locked.host)
    helper(machine, monkeypatch, script)
    path = machine.docker({"credHelpers": {locked.host: "test"}})
    failure = refused(machine, f"{locked.host}/app:1")
    assert failure.message == f"the credential helper `docker-credential-test` gave no login for `{locked.host}`"
    assert failure.hint == f"run `docker login {locked.host}`, or take the helper out of `{path}`"


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[1]",
        '{"auths": 3}',
        '{"auths": {"HOST": 3}}',
        '{"auths": {"HOST": {"auth": "!"}}}',
        '{"auths": {"HOST": {"auth": 3}}}',
        '{"credHelpers": "x"}',
        '"text"',
    ],
)
def test_a_damaged_docker_configuration_is_named(machine: Machine, locked: RunningRegistry, content: str) -> None:
    machine.allow_plain(locked.host)
    path = machine.docker({})
    path.write_text(content.replace("HOST", locked.host))
    failure = refused(machine, f"{locked.host}/app:1")
    assert failure.message == f"`{path}` cannot be read as Docker's configuration"


@pytest.mark.parametrize("content", ["{}", '{"psFormat": "table"}', '{"auths": {"HOST": {}}}'])
def test_a_docker_configuration_without_logins_is_fine(machine: Machine, locked: RunningRegistry, content: str) -> None:
    machine.allow_plain(locked.host)
    machine.docker({}).write_text(content.replace("HOST", locked.host))
    assert "wants a login" in refused(machine, f"{locked.host}/app:1").message


def test_docker_config_names_another_folder(machine: Machine, locked: RunningRegistry) -> None:
    machine.allow_plain(locked.host)
    machine.docker(login(locked.host))
    (machine.folder / ".docker").rename(machine.folder / "elsewhere")
    machine.environ["DOCKER_CONFIG"] = str(machine.folder / "elsewhere")
    assert machine.client().facts(ImageReference.parse(f"{locked.host}/app:1")).platforms

"""What goes wrong between here and a registry, and what is said of it."""

import json
import subprocess
import sys
from email.utils import formatdate

import pytest

from lambdabuild.errors import DigestMismatchError, EnvironmentFailure
from lambdabuild.io.registry import Descriptor, ImageFacts, Registry
from lambdabuild.io.registry.transport import Limits
from lambdabuild.model.reference import ImageReference
from tests.support.faulty import FaultyServer, Reply, Script, Seen, faulty_server, in_turn
from tests.support.registry import (
    OCI_CONFIG,
    OCI_LAYER,
    OCI_MANIFEST,
    Image,
    descriptor,
    encode,
    free_port,
    sha256,
)
from tests.support.registry_client import WALL, Machine

CONFIG = encode(Image().config)
MANIFEST = encode(
    {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": descriptor(CONFIG, OCI_CONFIG),
        "layers": [descriptor(b"a layer", OCI_LAYER)],
    }
)
WHOLE = Reply(body=MANIFEST)
LAYER = Descriptor(media_type=OCI_LAYER, digest=sha256(b"a layer"), size=7)


def first(*replies: Reply) -> Script:
    """Manifests are answered with `replies` in turn, then with the right one; configs always rightly."""
    manifests = in_turn(*replies, WHOLE)

    def script(seen: Seen) -> Reply:
        return manifests(seen) if "/manifests/" in seen.path else Reply(body=CONFIG)

    return script


def always(reply: Reply) -> Script:
    return in_turn(reply)


def image(server: FaultyServer) -> ImageReference:
    return ImageReference.parse(f"{server.host}/app:1")


def client(machine: Machine, server: FaultyServer, limits: Limits | None = None) -> Registry:
    machine.allow_plain(server.host)
    return machine.client(limits)


def facts(machine: Machine, script: Script) -> ImageFacts:
    with faulty_server(script) as server:
        return client(machine, server).facts(image(server))


def failure(machine: Machine, script: Script, limits: Limits | None = None) -> EnvironmentFailure:
    with faulty_server(script) as server, pytest.raises(EnvironmentFailure) as caught:
        client(machine, server, limits).facts(image(server))
    caught.value.message = caught.value.message.replace(server.host, "HOST")
    return caught.value


def test_500_twice_and_then_fine(machine: Machine) -> None:
    facts(machine, first(Reply(status=500), Reply(status=502)))
    assert machine.slept == [0.5, 1.0]


def test_retry_after_in_seconds_is_waited_for(machine: Machine) -> None:
    facts(machine, first(Reply(status=429, headers={"Retry-After": "7"})))
    assert machine.slept == [7.0]


def test_retry_after_as_a_date_is_waited_for(machine: Machine) -> None:
    date = formatdate(WALL + 9, usegmt=True)
    facts(machine, first(Reply(status=503, headers={"Retry-After": date})))
    assert machine.slept == [9.0]


@pytest.mark.parametrize(("value", "waited"), [("86400", 60.0), ("-3", 0.0), ("soon", 0.5), ("nan", 0.5), ("inf", 0.5)])
def test_retry_after_has_bounds(machine: Machine, value: str, waited: float) -> None:
    facts(machine, first(Reply(status=429, headers={"Retry-After": value})))
    assert machine.slept == [waited]


def test_the_first_error_is_told_and_how_often_it_was_tried(machine: Machine) -> None:
    limited = json.dumps({"errors": [{"code": "TOOMANYREQUESTS", "message": "Rate exceeded"}]}).encode()
    told = failure(machine, in_turn(Reply(status=429, body=limited), Reply(status=500)))
    assert told.message == (
        "`HOST/app:1`: `HOST` limits how often it is asked (TOOMANYREQUESTS: Rate exceeded) (tried 5 times)"
    )
    assert told.hint == "wait a while; an account (`docker login`) often has a higher limit"
    assert told.temporary
    assert machine.slept == [0.5, 1.0, 2.0, 4.0]


def test_a_definite_answer_is_not_asked_for_again(machine: Machine) -> None:
    told = failure(machine, in_turn(Reply(status=500), Reply(status=404)))
    assert told.message == "`HOST/app:1`: `HOST` has no such image"
    assert not told.temporary


def test_a_status_that_means_nothing_is_told(machine: Machine) -> None:
    told = failure(machine, always(Reply(status=418)))
    assert told.message == "`HOST/app:1`: `HOST` answered HTTP 418"
    assert machine.slept == []


def test_a_cut_manifest_is_read_again(machine: Machine) -> None:
    facts(machine, first(Reply(body=MANIFEST[:50], announced=len(MANIFEST))))
    assert machine.slept == [0.5]


def test_a_connection_that_is_always_cut_is_told(machine: Machine) -> None:
    told = failure(machine, always(Reply(body=MANIFEST[:50], announced=len(MANIFEST))))
    assert told.message == "`HOST/app:1`: `HOST` cut the connection (tried 5 times)"
    assert told.temporary


def test_a_server_that_falls_silent_is_told(machine: Machine) -> None:
    told = failure(machine, always(Reply(silent=0.4)), Limits(connect=0.2, read=0.1))
    assert told.message == "`HOST/app:1`: `HOST` fell silent (tried 5 times)"


def test_a_slow_drip_ends(machine: Machine) -> None:
    machine.tick = 20.0
    told = failure(machine, always(Reply(body=MANIFEST, pause=0.01)), Limits(document=60.0))
    assert told.message == "`HOST/app:1`: `HOST` took over 60 s for a document (tried 5 times)"


@pytest.mark.parametrize("announced", [None, 5 * 1024 * 1024])
def test_a_manifest_that_is_too_large_is_refused(machine: Machine, announced: int | None) -> None:
    body = b" " * (4 * 1024 * 1024 + 1)
    headers = {"Transfer-Encoding": "identity"}
    told = failure(machine, always(Reply(body=body, announced=announced, headers=headers)))
    assert told.message == "`HOST/app:1`: `HOST` sent more than 4194304 bytes for a document"


def test_a_manifest_of_another_digest_is_refused(machine: Machine) -> None:
    with faulty_server(first()) as server:
        wanted = ImageReference.parse(f"{server.host}/app@{sha256(b'other')}")
        with pytest.raises(DigestMismatchError) as caught:
            client(machine, server).facts(wanted)
    assert f"expected {sha256(b'other')}, got {sha256(MANIFEST)}" in caught.value.message
    assert caught.value.exit_code == 4
    assert not caught.value.temporary


def test_a_tag_whose_header_names_another_digest_is_refused(machine: Machine) -> None:
    announced = {"Docker-Content-Digest": sha256(b"other")}
    told = failure(machine, first(Reply(body=MANIFEST, headers=announced)))
    assert isinstance(told, DigestMismatchError)
    assert "by its Docker-Content-Digest header" in told.message


def test_a_config_of_another_digest_is_refused(machine: Machine) -> None:
    def script(seen: Seen) -> Reply:
        return WHOLE if "/manifests/" in seen.path else Reply(body=b"x" * len(CONFIG))

    told = failure(machine, script)
    assert isinstance(told, DigestMismatchError)
    assert f"config: expected {sha256(CONFIG)}, got " in told.message


def test_a_blob_of_another_digest_is_refused_at_its_end(machine: Machine) -> None:
    with faulty_server(always(Reply(body=b"A LAYER"))) as server:
        stream = client(machine, server).blob(image(server), LAYER)
        assert next(stream) == b"A LAYER"
        with pytest.raises(DigestMismatchError) as caught:
            next(stream)
    assert caught.value.message == (
        f"blob {LAYER.digest} of `{server.host}/app` from `{server.host}`:"
        f" expected {LAYER.digest}, got {sha256(b'A LAYER')}"
    )


def test_a_blob_that_is_cut_off_is_a_passing_failure(machine: Machine) -> None:
    with (
        faulty_server(always(Reply(body=b"a la", announced=7))) as server,
        pytest.raises(EnvironmentFailure, match="cut the connection") as caught,
    ):
        list(client(machine, server).blob(image(server), LAYER))
    assert caught.value.temporary


def test_an_encoding_is_not_undone(machine: Machine) -> None:
    reply = Reply(body=b"a layer", headers={"Content-Encoding": "gzip"})
    with faulty_server(always(reply)) as server:
        assert b"".join(client(machine, server).blob(image(server), LAYER)) == b"a layer"
    assert server.seen[-1].headers["accept-encoding"] == "identity"


def test_one_connection_serves_many_requests(machine: Machine) -> None:
    with faulty_server(first()) as server:
        registry = client(machine, server)
        registry.facts(image(server))
        before = len(server.connections)
        registry.facts(image(server))
        assert len(server.connections) == before
        assert len(server.seen) >= 4


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html>", "is not JSON"),
        (b"\xff\xfe{", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"[]", "is not a JSON object"),
        (b"{}", "lacks `schemaVersion`"),
        (b'{"schemaVersion": "2"}', "has `schemaVersion` that is not a whole number"),
        (b'{"schemaVersion": true}', "has `schemaVersion` that is not a whole number"),
        (b'{"schemaVersion": 1, "fsLayers": []}', "is a schema 1 manifest"),
        (b'{"schemaVersion": 3}', "has schemaVersion 3, only 2 is known"),
        (b'{"schemaVersion": 2, "manifests": {}}', "has `manifests` that is not a list"),
        (b'{"schemaVersion": 2, "manifests": [3]}', "has `manifests[0]` that is not an object"),
        (b'{"schemaVersion": 2, "manifests": [{}]}', "lacks `manifests[0].size`"),
        (
            b'{"schemaVersion": 2, "mediaType": "\\u001b[31m", "manifests": []}',
            r"says that it is '\x1b[31m', which is not what it holds",
        ),
        (b'{"schemaVersion": 2, "manifests": [], "config": {}}', "is both an index and a manifest"),
        (b'{"schemaVersion": 2, "manifests": [], "layers": []}', "is both an index and a manifest"),
        (
            json.dumps({"schemaVersion": 2, "mediaType": OCI_MANIFEST, "manifests": []}).encode(),
            f"says that it is `{OCI_MANIFEST}`, which is not what it holds",
        ),
        (MANIFEST.replace(b'"size": 7', b'"size": -7'), "has a size of -7 bytes"),
        (MANIFEST.replace(b"sha256:", b"sha512:"), "names the digest `sha512:"),
        (MANIFEST.replace(OCI_LAYER.encode(), b""), "has an empty `layers[0].mediaType`"),
        (MANIFEST.replace(OCI_CONFIG.encode(), b"text/plain"), "is no image but an artifact, `text/plain`"),
    ],
)
def test_a_damaged_manifest_is_said_so(machine: Machine, body: bytes, words: str) -> None:
    told = failure(machine, first(Reply(body=body, headers={"Content-Type": "text/html"})))
    assert words in told.message
    assert told.message.startswith("`HOST/app:1`: `")


def test_what_was_served_is_named(machine: Machine) -> None:
    told = failure(machine, first(Reply(body=b"<html>", headers={"Content-Type": "text/html"})))
    assert told.message == "`HOST/app:1`: `1` is not JSON (served as `text/html`)"


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (b"{", "is not JSON"),
        (b"{}", "lacks `rootfs`"),
        (b'{"rootfs": {}}', "lacks `os`"),
        (b'{"rootfs": {}, "os": "linux", "architecture": "../amd64"}', "names the platform `../amd64`"),
        (b'{"rootfs": {"diff_ids": ["x"]}, "os": "linux", "architecture": "amd64"}', "names the digest `x`"),
        (
            b'{"rootfs": {}, "os": "linux", "architecture": "arm64", "config": {"Env": "PATH"}}',
            "has `config.Env` that is not a list",
        ),
        (b'{"rootfs": {}, "os": "linux", "architecture": "arm64", "config": {"Env": [3]}}', "not a list of strings"),
        (b'{"rootfs": {}, "os": "linux", "architecture": "arm64", "created": 3}', "has `created` that is not a string"),
    ],
)
def test_a_damaged_config_is_said_so(machine: Machine, config: bytes, words: str) -> None:
    manifest = MANIFEST.replace(encode(descriptor(CONFIG, OCI_CONFIG)), encode(descriptor(config, OCI_CONFIG)))

    def script(seen: Seen) -> Reply:
        return Reply(body=manifest if "/manifests/" in seen.path else config)

    assert words in failure(machine, script).message


def test_a_config_that_would_be_too_large_is_not_fetched(machine: Machine) -> None:
    size = len(CONFIG)
    manifest = MANIFEST.replace(f'"size": {size}'.encode(), b'"size": 4194305')
    told = failure(machine, first(Reply(body=manifest)))
    assert "is a config of 4194305 bytes" in told.message


def test_a_refused_connection_is_said_so(machine: Machine) -> None:
    host = f"127.0.0.1:{free_port()}"
    machine.allow_plain(host)
    with pytest.raises(EnvironmentFailure) as caught:
        machine.client().facts(ImageReference.parse(f"{host}/app:1"))
    assert caught.value.message == f"`{host}/app:1`: `{host}` refused the connection"
    assert caught.value.hint == "is it running? check the network, and `HTTPS_PROXY` and `NO_PROXY`"
    assert caught.value.temporary
    assert machine.slept == []


def test_a_name_that_does_not_resolve_is_said_so(machine: Machine) -> None:
    with pytest.raises(EnvironmentFailure) as caught:
        machine.client().facts(ImageReference.parse("registry.invalid/app:1"))
    assert caught.value.message == "`registry.invalid/app:1`: `registry.invalid` cannot be resolved"


def test_the_package_is_light_to_import() -> None:
    script = "import lambdabuild.io.registry, sys; print(sorted({'requests', 'docker', 'urllib3'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"

"""Images on a real registry, read through connections that are cut as well."""

import pytest
import requests

from lambdabuild.errors import EnvironmentFailure
from lambdabuild.image.sources import RegistryImage
from lambdabuild.model.reference import ImageReference
from tests.support.faulty import Reply, Seen, faulty_server
from tests.support.registry import RunningRegistry
from tests.support.registry_client import Machine
from tests.unit.image.support import pushed, seen_in

NEW = {"/etc/os": b"new"}


def reference(host: str, rest: str) -> ImageReference:
    return ImageReference.parse(f"{host}/{rest}")


def image(machine: Machine, host: str, rest: str, digest: str | None = None) -> RegistryImage:
    machine.allow_plain(host)
    return RegistryImage(machine.client(), reference(host, rest), digest=digest)


def test_an_image_is_read_by_its_tag(machine: Machine, hub: RunningRegistry) -> None:
    arm = hub.push_image("both", pushed(architecture="arm64", word=b"arm"))
    hub.push_index("both", "1", [hub.push_image("both", pushed()), arm])
    source = image(machine, hub.host, "both:1")
    assert seen_in(source) == NEW
    assert seen_in(source, "linux/arm64") == {"/etc/os": b"arm"}
    assert source.name == f"{hub.host}/both:1"


def test_a_digest_that_is_known_is_not_asked_for(machine: Machine, hub: RunningRegistry) -> None:
    digest = str(hub.push_image("pinned", pushed())["digest"])
    source = image(machine, hub.host, "pinned:gone", digest)
    assert seen_in(source) == NEW
    assert source.manifest("linux/amd64").digest == digest


def test_an_image_for_other_platforms_is_refused_by_name(machine: Machine, hub: RunningRegistry) -> None:
    hub.push_index("single", "1", [hub.push_image("single", pushed())])
    with pytest.raises(EnvironmentFailure) as caught:
        image(machine, hub.host, "single:1").manifest("linux/arm64")
    assert caught.value.message == f"`{hub.host}/single:1` has no image for `linux/arm64`, only for `linux/amd64`"
    assert caught.value.hint == "name an image that was made for this platform"


def test_a_connection_that_is_cut_within_a_layer_does_not_matter(machine: Machine, hub: RunningRegistry) -> None:
    """What stands before the registry passes everything on, but of each blob that is asked for whole, a half."""
    digest = str(hub.push_image("cut", pushed())["digest"])
    config = image(machine, hub.host, "cut:1", digest).manifest("linux/amd64").config.digest

    def script(seen: Seen) -> Reply:
        wanted = {name: seen.headers[name] for name in ("accept", "range") if name in seen.headers}
        with requests.Session() as session:
            session.trust_env = False
            real = session.get(f"http://{hub.host}{seen.path}", headers=wanted, timeout=10)
        cut = "/blobs/" in seen.path and config not in seen.path and "range" not in seen.headers
        kept = {name: real.headers[name] for name in ("Content-Type", "Content-Range") if name in real.headers}
        body = real.content[: len(real.content) // 2] if cut else real.content
        return Reply(status=real.status_code, headers=kept, body=body, announced=len(real.content) if cut else None)

    with faulty_server(script) as server:
        assert seen_in(image(machine, server.host, "cut:1", digest)) == NEW
    ranges = [seen.headers["range"] for seen in server.seen if "range" in seen.headers]
    assert len(ranges) == 2

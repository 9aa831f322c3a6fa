"""Mirrors, as skopeo and podman use them, on real registries."""

import subprocess
from collections.abc import Iterator

import pytest

from lambdabuild.errors import AbsentError, DigestMismatchError, EnvironmentFailure
from lambdabuild.model.reference import ImageReference
from tests.support.faulty import Reply, faulty_server, in_turn
from tests.support.gates import require
from tests.support.registry import Image, RunningRegistry, free_port, running_registry, sha256
from tests.support.registry_client import Machine

NAME = "public.ecr.aws/lambda/provided"


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegistry]:
    """A second registry."""
    with running_registry(tmp_path_factory.mktemp("mirror")) as running:
        yield running


def table(primary: RunningRegistry, mirrors: str, extra: str = "") -> str:
    return (
        f'[[registry]]\nprefix = "public.ecr.aws/lambda"\nlocation = "{primary.host}/primary"\n'
        f"insecure = true\n{extra}\n{mirrors}"
    )


def entry(host: str, extra: str = "") -> str:
    return f'[[registry.mirror]]\nlocation = "{host}/mirrored"\ninsecure = true\n{extra}\n'


def push(registry: RunningRegistry, repository: str, created: str, tag: str = "1") -> str:
    return str(registry.push_image(repository, Image(created=created), tag)["digest"])


def found(machine: Machine, reference: str) -> str:
    return machine.client().facts(ImageReference.parse(reference)).digest


def skopeo(machine: Machine, reference: str) -> bytes:
    path = machine.environ["CONTAINERS_REGISTRIES_CONF"]
    command = [require("skopeo"), "--registries-conf", path, "inspect", "--raw", f"docker://{reference}"]
    return subprocess.run(command, check=True, capture_output=True, env=machine.environ).stdout


@pytest.mark.parametrize(
    ("extra", "by_tag", "by_digest"),
    [
        ("", "mirror", "mirror"),
        ('pull-from-mirror = "digest-only"', "primary", "mirror"),
        ('pull-from-mirror = "tag-only"', "mirror", "primary"),
    ],
)
def test_a_mirror_is_asked_first_where_it_may_be(
    machine: Machine, hub: RunningRegistry, mirror: RunningRegistry, extra: str, by_tag: str, by_digest: str
) -> None:
    digests = {
        "primary": push(hub, "primary/provided", "2026-01-01T00:00:00Z"),
        "mirror": push(mirror, "mirrored/provided", "2025-01-01T00:00:00Z"),
    }
    push(hub, "primary/provided", "2025-01-01T00:00:00Z", tag="old")
    machine.registries(table(hub, entry(mirror.host, extra)))
    assert found(machine, f"{NAME}:1") == digests[by_tag]
    before = mirror.log.stat().st_size
    assert found(machine, f"{NAME}@{digests['mirror']}") == digests["mirror"]
    assert (mirror.log.stat().st_size > before) == (by_digest == "mirror")


def test_skopeo_reads_the_same_image(machine: Machine, hub: RunningRegistry, mirror: RunningRegistry) -> None:
    push(hub, "primary/same", "2026-01-01T00:00:00Z")
    digest = push(mirror, "mirrored/same", "2025-01-01T00:00:00Z")
    only = push(hub, "primary/same", "2024-01-01T00:00:00Z", tag="only-primary")
    absent = f"127.0.0.1:{free_port()}"
    machine.registries(table(hub, entry(absent) + entry(mirror.host)))
    for tag, wanted in (("1", digest), ("only-primary", only)):
        reference = ImageReference.parse(f"public.ecr.aws/lambda/same:{tag}")
        assert machine.client().facts(reference).digest == wanted
        assert sha256(skopeo(machine, str(reference))) == wanted


def test_mirror_by_digest_only_is_for_all_mirrors(
    machine: Machine, hub: RunningRegistry, mirror: RunningRegistry
) -> None:
    wanted = push(hub, "primary/digests", "2026-01-01T00:00:00Z")
    push(mirror, "mirrored/digests", "2025-01-01T00:00:00Z")
    machine.registries(table(hub, entry(mirror.host), "mirror-by-digest-only = true"))
    assert found(machine, "public.ecr.aws/lambda/digests:1") == wanted


def test_the_mirror_that_had_the_image_is_asked_for_the_rest(machine: Machine, mirror: RunningRegistry) -> None:
    digest = push(mirror, "mirrored/rest", "2025-01-01T00:00:00Z")
    with faulty_server(in_turn(Reply(status=404))) as empty:
        machine.registries(
            '[[registry]]\nlocation = "public.ecr.aws/lambda"\n' + entry(empty.host) + entry(mirror.host)
        )
        client = machine.client()
        reference = ImageReference.parse("public.ecr.aws/lambda/rest:1")
        client.facts(reference)
        asked = len(empty.seen)
        manifest = client.manifest(reference, digest)
        assert b"".join(client.blob(reference, manifest.layers[0])) == b"a layer"
    assert len(empty.seen) == asked


def test_a_mirror_that_lies_ends_the_search(machine: Machine, hub: RunningRegistry) -> None:
    wanted = push(hub, "primary/lies", "2026-01-01T00:00:00Z")
    with faulty_server(in_turn(Reply(body=b"{}"))) as liar:
        machine.registries(table(hub, entry(liar.host)))
        with pytest.raises(DigestMismatchError) as caught:
            found(machine, f"public.ecr.aws/lambda/lies@{wanted}")
    assert f" by `{liar.host}/mirrored/lies`" in caught.value.message


def test_when_none_has_it_the_location_comes_first_and_the_mirrors_after(
    machine: Machine, hub: RunningRegistry
) -> None:
    absent = f"127.0.0.1:{free_port()}"
    machine.registries(table(hub, entry(absent)))
    with pytest.raises(EnvironmentFailure) as caught:
        found(machine, "public.ecr.aws/lambda/none:1")
    name = "`public.ecr.aws/lambda/none:1`"
    assert caught.value.message == (
        f"{name} by `{hub.host}/primary/none`: `{hub.host}` has no such image (MANIFEST_UNKNOWN: manifest unknown)"
        f"; {name} by `{absent}/mirrored/none`: `{absent}` refused the connection"
    )


def test_what_is_blocked_is_not_asked_for(machine: Machine) -> None:
    path = machine.registries('[[registry]]\nlocation = "public.ecr.aws"\nblocked = true\n')
    with pytest.raises(EnvironmentFailure) as caught:
        found(machine, f"{NAME}:1")
    assert caught.value.message == f"`{NAME}:1` is blocked by the table `public.ecr.aws` of `{path}`"
    assert caught.value.hint == "use an image that is allowed, or take `blocked = true` away"


def copied(registry: RunningRegistry, created: str) -> str:
    """The digest of an image where the spec's mirror would have its copy."""
    return push(registry, "copies/public.ecr.aws/lambda/provided", created)


def test_the_mirror_of_a_spec_is_asked_first_and_only_by_digest(
    machine: Machine, hub: RunningRegistry, mirror: RunningRegistry
) -> None:
    machine.registries(table(hub, "") + f'[[registry]]\nlocation = "{mirror.host}"\ninsecure = true\n')
    client = machine.client(mirror=f"{mirror.host}/copies")
    digests = {
        "elsewhere": push(hub, "primary/provided", "2026-03-01T00:00:00Z"),
        "copied": copied(mirror, "2025-03-01T00:00:00Z"),
    }

    assert client.facts(ImageReference.parse(f"{NAME}:1")).digest == digests["elsewhere"]
    for digest in digests.values():
        reference = ImageReference.parse(f"{NAME}@{digest}")
        assert machine.client(mirror=f"{mirror.host}/copies").facts(reference).digest == digest


def test_the_mirror_of_a_spec_is_reached_as_registries_conf_says(
    machine: Machine, hub: RunningRegistry, mirror: RunningRegistry
) -> None:
    """By another address, on plain HTTP, and by mirrors of its own."""
    digest = copied(mirror, "2025-04-01T00:00:00Z")
    machine.registries(
        f'[[registry]]\nprefix = "copies.example/shop"\nlocation = "{mirror.host}/copies"\ninsecure = true\n'
    )
    reference = ImageReference.parse(f"{NAME}@{digest}")

    assert machine.client(mirror="copies.example/shop").facts(reference).digest == digest


def test_a_mirror_of_a_spec_that_damages_what_it_has_is_not_passed_over(machine: Machine, hub: RunningRegistry) -> None:
    digest = push(hub, "primary/provided", "2026-05-01T00:00:00Z")
    with faulty_server(in_turn(Reply(body=b"{}"))) as server:
        machine.registries(table(hub, "") + f'[[registry]]\nlocation = "{server.host}"\ninsecure = true\n')
        with pytest.raises(DigestMismatchError):
            machine.client(mirror=server.host).facts(ImageReference.parse(f"{NAME}@{digest}"))


def test_an_image_that_no_one_has_is_told_of_both_places(machine: Machine, hub: RunningRegistry) -> None:
    machine.registries(table(hub, "") + f'[[registry]]\nlocation = "{hub.host}"\ninsecure = true\n')
    client, reference = machine.client(mirror=f"{hub.host}/none"), ImageReference.parse(f"{NAME}:t")
    with pytest.raises(AbsentError) as caught:
        client.document(reference, "sha256:" + 64 * "0")

    says = caught.value.message.replace(hub.host, "HUB")
    assert says.startswith(f"`{reference}` by `HUB/primary/provided`: `HUB` has no such image (MANIFEST_UNKNOWN")
    assert f"; `{reference}` by `HUB/none/public.ecr.aws/lambda/provided`: `HUB` has no such image" in says

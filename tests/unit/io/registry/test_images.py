"""What is read of images on a real registry."""

import pytest

from lambdabuild.errors import DigestMismatchError, EnvironmentFailure
from lambdabuild.io.registry import Descriptor, Registry
from lambdabuild.model.reference import ImageReference
from tests.support.registry import (
    DOCKER_LIST,
    OCI_CONFIG,
    OCI_INDEX,
    OCI_LAYER,
    OCI_LAYER_ZSTD,
    OCI_MANIFEST,
    Image,
    RunningRegistry,
    descriptor,
    sha256,
)
from tests.support.registry_client import Machine

ARM = Image(architecture="arm64", variant="v8", created="2026-01-01T00:00:00Z")


@pytest.fixture
def client(machine: Machine, hub: RunningRegistry) -> Registry:
    machine.allow_plain(hub.host)
    return machine.client()


def reference(hub: RunningRegistry, rest: str) -> ImageReference:
    return ImageReference.parse(f"{hub.host}/{rest}")


@pytest.mark.parametrize(("media_type", "docker"), [(OCI_INDEX, False), (DOCKER_LIST, True)])
def test_an_index_gives_its_linux_children(
    client: Registry, hub: RunningRegistry, media_type: str, docker: bool
) -> None:
    name = f"index/{'docker' if docker else 'oci'}"
    arm = hub.push_image(name, Image(architecture="arm64", variant="v8", docker=docker))
    amd = hub.push_image(name, Image(docker=docker))
    windows = hub.push_image(name, Image(os="windows", docker=docker))
    digest = hub.push_index(name, "1", [windows, arm, amd], media_type)
    facts = client.facts(reference(hub, f"{name}:1"))
    assert facts.digest == digest
    assert facts.platforms == {"linux/arm64": arm["digest"], "linux/amd64": amd["digest"]}
    assert facts.created == "2026-02-27T21:04:11Z"


def test_a_digest_gives_what_the_tag_gives(client: Registry, hub: RunningRegistry) -> None:
    digest = hub.push_index("by-digest", "1", [hub.push_image("by-digest", Image())])
    by_tag = client.facts(reference(hub, "by-digest:1"))
    assert client.facts(reference(hub, f"by-digest:gone@{digest}")) == by_tag


@pytest.mark.parametrize("docker", [False, True])
def test_a_single_manifest_takes_its_platform_from_its_config(
    client: Registry, hub: RunningRegistry, docker: bool
) -> None:
    name = f"single/{'docker' if docker else 'oci'}"
    image = Image(architecture="arm64", variant="v8", docker=docker)
    digest = hub.push_image(name, image, "1")["digest"]
    facts = client.facts(reference(hub, f"{name}:1"))
    assert (facts.digest, facts.platforms) == (digest, {"linux/arm64": digest})


def test_without_amd64_the_first_linux_child_says_when(client: Registry, hub: RunningRegistry) -> None:
    first = hub.push_image("first", ARM)
    second = hub.push_image("first", Image(architecture="riscv64", created="2020-01-01T00:00:00Z"))
    hub.push_index("first", "1", [first, second])
    assert client.facts(reference(hub, "first:1")).created == "2026-01-01T00:00:00Z"


def test_attestations_and_nested_indexes_are_ignored(client: Registry, hub: RunningRegistry) -> None:
    amd = hub.push_image("attested", Image())
    statement = hub.push_image("attested", Image(architecture="arm64", created="2021-01-01T00:00:00Z"))
    unknown = {**statement, "platform": {"os": "unknown", "architecture": "unknown"}}
    annotated = {**statement, "annotations": {"vnd.docker.reference.type": "attestation-manifest"}}
    inner = hub.push_index("attested", "inner", [statement])
    nested = {"mediaType": OCI_INDEX, "digest": inner, "size": 1, "platform": ARM.platform}
    bare = {name: value for name, value in statement.items() if name != "platform"}
    hub.push_index("attested", "1", [unknown, annotated, nested, bare, amd])
    assert client.facts(reference(hub, "attested:1")).platforms == {"linux/amd64": amd["digest"]}


def test_of_two_children_of_one_platform_the_first_counts(client: Registry, hub: RunningRegistry) -> None:
    first = hub.push_image("twice", ARM)
    second = hub.push_image("twice", Image(architecture="arm64", created="2020-01-01T00:00:00Z"))
    hub.push_index("twice", "1", [first, second])
    assert client.facts(reference(hub, "twice:1")).platforms == {"linux/arm64": first["digest"]}


def test_variants_that_differ_are_kept_apart(client: Registry, hub: RunningRegistry) -> None:
    children = [hub.push_image("variants", Image(architecture="arm", variant=name)) for name in ("v7", "v6")]
    hub.push_index("variants", "1", children)
    platforms = client.facts(reference(hub, "variants:1")).platforms
    assert platforms == {"linux/arm/v7": children[0]["digest"], "linux/arm/v6": children[1]["digest"]}


def test_an_index_without_linux_is_refused(client: Registry, hub: RunningRegistry) -> None:
    hub.push_index("windows", "1", [hub.push_image("windows", Image(os="windows"))])
    with pytest.raises(EnvironmentFailure, match="holds no linux image"):
        client.facts(reference(hub, "windows:1"))


def test_an_artifact_is_no_image(client: Registry, hub: RunningRegistry) -> None:
    config = hub.push_blob("chart", b"{}", "application/vnd.cncf.helm.config.v1+json")
    hub.push_manifest("chart", "1", {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config, "layers": []})
    with pytest.raises(EnvironmentFailure, match="is no image but an artifact"):
        client.facts(reference(hub, "chart:1"))


def test_manifest_config_and_layers_of_one_platform(client: Registry, hub: RunningRegistry) -> None:
    layers = ((b"gzip'd", OCI_LAYER), (b"zstd'd" * 200_000, OCI_LAYER_ZSTD))
    digest = str(hub.push_image("whole", Image(layers=layers))["digest"])
    where = reference(hub, "whole:any")
    manifest = client.manifest(where, digest)
    assert [layer.media_type for layer in manifest.layers] == [OCI_LAYER, OCI_LAYER_ZSTD]
    assert [b"".join(client.blob(where, layer)) for layer in manifest.layers] == [layers[0][0], layers[1][0]]
    config = client.config(where, manifest)
    assert (config.os, config.architecture, config.variant) == ("linux", "amd64", None)
    assert config.env == ("PATH=/bin",)
    assert config.entrypoint == ("/entry.sh",)
    assert config.working_dir == "/var/task"
    assert config.diff_ids == tuple(sha256(content) for content, _ in layers)


def test_a_manifest_is_asked_for_by_its_own_digest(client: Registry, hub: RunningRegistry) -> None:
    index = hub.push_index("own", "1", [hub.push_image("own", Image())])
    with pytest.raises(EnvironmentFailure, match="is an index; the digest of one of its manifests"):
        client.manifest(reference(hub, "own:1"), index)


def test_a_child_of_another_size_than_the_index_says_is_refused(client: Registry, hub: RunningRegistry) -> None:
    child = hub.push_image("sizes", Image())
    hub.push_index("sizes", "1", [{**child, "size": 7}])
    with pytest.raises(DigestMismatchError, match=r"size of .* expected 7 bytes, got \d+ bytes"):
        client.facts(reference(hub, "sizes:1"))


@pytest.mark.parametrize(("size", "actual"), [(1, "more"), (99, "7 bytes")])
def test_a_blob_of_another_size_is_refused(client: Registry, hub: RunningRegistry, size: int, actual: str) -> None:
    hub.push_blob("blobs", b"content", OCI_LAYER)
    wrong = Descriptor(media_type=OCI_LAYER, digest=sha256(b"content"), size=size)
    with pytest.raises(DigestMismatchError, match=f"expected {size} bytes, got {actual}"):
        list(client.blob(reference(hub, "blobs:1"), wrong))


def test_a_blob_may_be_left_half_read(client: Registry, hub: RunningRegistry) -> None:
    content = b"x" * 3_000_000
    hub.push_blob("half", content, OCI_LAYER)
    whole = Descriptor(media_type=OCI_LAYER, digest=sha256(content), size=len(content))
    stream = client.blob(reference(hub, "half:1"), whole)
    assert next(iter(stream))
    assert b"".join(client.blob(reference(hub, "half:1"), whole)) == content


def test_a_config_of_another_size_is_refused(client: Registry, hub: RunningRegistry) -> None:
    content = b'{"os":"linux"}'
    hub.push_blob("config-size", content, OCI_CONFIG)
    config = {**descriptor(content, OCI_CONFIG), "size": 3}
    document = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config, "layers": []}
    hub.push_manifest("config-size", "1", document)
    with pytest.raises(DigestMismatchError, match=r"size of .*config: expected 3 bytes, got 14 bytes"):
        client.facts(reference(hub, "config-size:1"))


@pytest.mark.parametrize(("rest", "code"), [("no/such:1", "MANIFEST_UNKNOWN"), ("half-there:none", "MANIFEST_UNKNOWN")])
def test_what_is_not_there_is_said_so(client: Registry, hub: RunningRegistry, rest: str, code: str) -> None:
    hub.push_image("half-there", Image(), "1")
    with pytest.raises(EnvironmentFailure) as caught:
        client.facts(reference(hub, rest))
    assert caught.value.message == (f"`{hub.host}/{rest}`: `{hub.host}` has no such image ({code}: manifest unknown)")
    assert caught.value.hint == "check the name and the tag; a private image may also need `docker login`"
    assert not caught.value.temporary


def test_a_blob_that_is_not_there_is_said_so(client: Registry, hub: RunningRegistry) -> None:
    gone = Descriptor(media_type=OCI_LAYER, digest=sha256(b"gone"), size=4)
    with pytest.raises(EnvironmentFailure, match="has no such image"):
        list(client.blob(reference(hub, "half-there:1"), gone))

"""Images in OCI layouts, written by skopeo, by umoci, and by hand where neither would."""

import json
import os
import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from lambdabuild.errors import DigestMismatchError, EnvironmentFailure, LambdabuildError, UsageError
from lambdabuild.image.sources import Layout, layers_of
from lambdabuild.io.registry import Descriptor
from lambdabuild.model.platform import host_platform
from tests.support.gates import require
from tests.support.registry import OCI_CONFIG, OCI_INDEX, OCI_LAYER, OCI_MANIFEST, Json, RunningRegistry, encode, sha256
from tests.unit.image.support import (
    LOWER,
    NAME,
    UPPER,
    copy,
    pushed,
    seen_in,
    write_blob,
    write_index,
    write_layout,
)

NEW = {"/etc/os": b"new"}
AMD = {"os": "linux", "architecture": "amd64"}
ARM = {"os": "linux", "architecture": "arm64", "variant": "v8"}


def image(folder: Path, word: bytes, *, architecture: str = "amd64") -> Json:
    """Put an image of one layer into a layout, and name it nowhere; the descriptor of its manifest."""
    write_layout(folder, [UPPER.replace(b"new", word)], architecture=architecture)
    index = folder / "index.json"
    described = json.loads(index.read_bytes())["manifests"][-1]
    index.unlink()
    del described["annotations"]
    return described  # type: ignore[no-any-return]


def failure(source: Layout, platform: str = "linux/amd64") -> LambdabuildError:
    with pytest.raises(LambdabuildError) as caught:
        seen_in(source, platform)
    return caught.value


def blob_of(folder: Path, descriptor: Json | Descriptor) -> Path:
    digest = descriptor.digest if isinstance(descriptor, Descriptor) else str(descriptor["digest"])
    return folder / "blobs" / "sha256" / digest.removeprefix("sha256:")


def test_what_skopeo_writes_is_read(tmp_path: Path, hub: RunningRegistry) -> None:
    hub.push_image("layout", pushed(), "1")
    copy(f"docker://{hub.host}/layout:1", f"oci:{tmp_path}/made:1.0")
    assert seen_in(Layout(tmp_path / "made", "1.0")) == NEW
    assert seen_in(Layout(tmp_path / "made")) == NEW
    assert Layout(tmp_path / "made", "1.0").name == f"oci:{tmp_path}/made:1.0"


def test_what_skopeo_writes_of_many_platforms_is_read(tmp_path: Path, hub: RunningRegistry) -> None:
    arm = hub.push_image("many", pushed(architecture="arm64", word=b"arm"))
    hub.push_index("many", "1", [hub.push_image("many", pushed()), arm])
    copy("--all", f"docker://{hub.host}/many:1", f"oci:{tmp_path}/made:1")
    source = Layout(tmp_path / "made", "1")
    assert (seen_in(source), seen_in(source, "linux/arm64")) == (NEW, {"/etc/os": b"arm"})


def test_what_umoci_writes_is_read(tmp_path: Path) -> None:
    umoci, made, added = require("umoci"), tmp_path / "made", tmp_path / "os"
    added.write_bytes(b"new")
    for arguments in (
        ["init", "--layout", str(made)],
        ["new", "--image", f"{made}:1"],
        ["insert", "--rootless", "--image", f"{made}:1", str(added), "/etc/os"],
    ):
        subprocess.run([umoci, *arguments], check=True, capture_output=True, env={})
    assert seen_in(Layout(made, "1"), host_platform()) == NEW


def test_a_tag_or_a_platform_tells_which_image_is_meant(tmp_path: Path) -> None:
    write_layout(tmp_path, [LOWER], "old")
    write_layout(tmp_path, [LOWER, UPPER], "new")
    write_layout(tmp_path, [UPPER], "arm", architecture="arm64")
    assert seen_in(Layout(tmp_path, "new")) == NEW
    assert seen_in(Layout(tmp_path), "linux/arm64") == NEW
    told = failure(Layout(tmp_path))
    assert isinstance(told, UsageError)
    assert told.message == f"`oci:{tmp_path}` has several images for `linux/amd64`"
    assert told.hint == "write one of its names after the path: `old`, `new`"


def test_several_images_without_names_cannot_be_told_apart(tmp_path: Path) -> None:
    write_index(tmp_path, image(tmp_path, b"one"), image(tmp_path, b"two"))
    assert failure(Layout(tmp_path)).hint == "keep one of them alone there"


def test_one_image_under_two_tags_is_one(tmp_path: Path) -> None:
    write_layout(tmp_path, [LOWER, UPPER], "1")
    write_layout(tmp_path, [LOWER, UPPER], "2")
    assert seen_in(Layout(tmp_path)) == NEW


def test_an_index_in_an_index_is_followed_and_its_first_image_counts(tmp_path: Path) -> None:
    first = {**image(tmp_path, b"new"), "platform": AMD}
    second = {**image(tmp_path, b"two"), "platform": AMD}
    arm = {**image(tmp_path, b"arm", architecture="arm64"), "platform": ARM}
    inner = write_blob(tmp_path, encode({"schemaVersion": 2, "manifests": [first, second, arm]}), OCI_INDEX)
    outer = write_blob(tmp_path, encode({"schemaVersion": 2, "manifests": [inner, inner]}), OCI_INDEX)
    write_index(tmp_path, {**outer, "annotations": {NAME: "deep"}})
    assert seen_in(Layout(tmp_path)) == NEW
    assert seen_in(Layout(tmp_path, "deep"), "linux/arm64") == {"/etc/os": b"arm"}


def test_what_is_no_image_is_passed_over(tmp_path: Path) -> None:
    real = image(tmp_path, b"new")
    statement = image(tmp_path, b"statement")
    empty = write_blob(tmp_path, b"{}", "application/vnd.oci.empty.v1+json")
    artifact = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": empty, "layers": []}
    write_index(
        tmp_path,
        {**statement, "annotations": {"vnd.docker.reference.type": "attestation-manifest"}},
        {**statement, "platform": {"os": "unknown", "architecture": "unknown"}},
        write_blob(tmp_path, encode(artifact), OCI_MANIFEST),
        write_blob(tmp_path, b"words", "text/plain"),
        real,
    )
    assert seen_in(Layout(tmp_path)) == NEW


def test_an_artifact_with_a_platform_is_refused(tmp_path: Path) -> None:
    empty = write_blob(tmp_path, b"{}", "application/vnd.oci.empty.v1+json")
    artifact = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": empty, "layers": []}
    write_index(tmp_path, {**write_blob(tmp_path, encode(artifact), OCI_MANIFEST), "platform": AMD})
    assert "is no image but an artifact, `application/vnd.oci.empty.v1+json`" in failure(Layout(tmp_path)).message


def test_an_image_for_other_platforms_is_refused_by_name(tmp_path: Path) -> None:
    write_layout(tmp_path, [LOWER])
    told = failure(Layout(tmp_path), "linux/arm64")
    assert isinstance(told, EnvironmentFailure)
    assert told.message == f"`oci:{tmp_path}` has no image for `linux/arm64`, only for `linux/amd64`"


def test_a_layout_without_images_is_told(tmp_path: Path) -> None:
    write_index(tmp_path)
    assert failure(Layout(tmp_path)).message == (
        f"`oci:{tmp_path}` has no image for `linux/amd64`, nor for any other platform"
    )


@pytest.mark.parametrize("named", [True, False])
def test_a_tag_that_is_not_there_is_a_mistake_of_the_user(tmp_path: Path, named: bool) -> None:
    if named:
        write_layout(tmp_path, [LOWER], "1")
    else:
        write_index(tmp_path, image(tmp_path, b"x"))
    told = failure(Layout(tmp_path, "2"))
    assert isinstance(told, UsageError)
    assert told.message == f"`oci:{tmp_path}:2` is not there"
    assert told.hint == ("its names are `1`" if named else "it has no names; write the path alone")


def test_a_folder_that_is_no_layout_is_a_mistake_of_the_user(tmp_path: Path) -> None:
    told = failure(Layout(tmp_path / "gone"))
    assert isinstance(told, UsageError)
    assert told.message == f"`{tmp_path}/gone` is no folder"
    assert told.hint == "name a folder that `skopeo copy` wrote: oci:DIR"
    told = failure(Layout(tmp_path))
    assert isinstance(told, UsageError)
    assert told.message == f"`{tmp_path}` is no OCI image layout: it lacks `index.json` or `oci-layout`"
    assert told.hint == "make one with `skopeo copy docker://IMAGE oci:DIR`"


def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    told = failure(Layout(tmp_path / ("x" * 300)))
    assert isinstance(told, EnvironmentFailure)
    assert told.message == f"`{tmp_path}/{'x' * 300}` cannot be read: File name too long"


@pytest.mark.parametrize("which", ["manifest", "config", "layer"])
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda content: content[:-1] + b"?", "expected sha256:"),
        (lambda content: content[:-1], "size of "),
        (lambda content: content + b" ", "bytes, got more"),
    ],
)
def test_bytes_that_are_not_what_their_digest_says_are_refused(
    tmp_path: Path, which: str, change: Callable[[bytes], bytes], said: str
) -> None:
    write_layout(tmp_path, [LOWER])
    source = Layout(tmp_path)
    manifest = source.manifest("linux/amd64")
    digest = {"manifest": manifest.digest, "config": manifest.config.digest, "layer": manifest.layers[0].digest}[which]
    path = blob_of(tmp_path, {"digest": digest})
    path.write_bytes(change(path.read_bytes()))
    told = failure(source)
    assert isinstance(told, DigestMismatchError)
    assert f"`oci:{tmp_path}`: blob {digest}" in told.message
    assert said in told.message
    assert told.hint == "the files were changed, or not copied whole; copy the image again"


def test_a_blob_that_is_absent_or_no_file_is_told(tmp_path: Path) -> None:
    write_layout(tmp_path, [LOWER])
    source = Layout(tmp_path)
    path = blob_of(tmp_path, source.manifest("linux/amd64").layers[0])
    path.unlink()
    for pipe in (False, True):
        if pipe:
            os.mkfifo(path)
        told = failure(source)
        assert isinstance(told, EnvironmentFailure)
        assert told.message == f"`{path}` is no file"
        assert told.hint == "the files were changed, or not copied whole; copy the image again"


def test_layers_and_config_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    write_layout(tmp_path, [LOWER, UPPER])
    source = Layout(tmp_path)
    manifest = source.manifest("linux/amd64")
    content = json.loads(blob_of(tmp_path, manifest.config).read_bytes())
    content["rootfs"]["diff_ids"].reverse()
    assert "unpacked: expected" in failure(_changed(tmp_path, "swapped", content)).message
    content["rootfs"]["diff_ids"].pop()
    source = _changed(tmp_path, "fewer", content)
    told = failure(source)
    assert told.message == f"`{source.name}` has 2 layers in its manifest, and 1 in its config"


def _changed(folder: Path, tag: str, config: Json) -> Layout:
    """The image of a layout with another config."""
    manifest = json.loads(blob_of(folder, {"digest": Layout(folder, "1").manifest("linux/amd64").digest}).read_bytes())
    manifest["config"] = write_blob(folder, encode(config), OCI_CONFIG)
    write_index(folder, {**write_blob(folder, encode(manifest), OCI_MANIFEST), "annotations": {NAME: tag}})
    return Layout(folder, tag)


@pytest.mark.parametrize(
    ("index", "said"),
    [
        (b"", "`index.json` is not JSON"),
        (b"[]", "`index.json` is not a JSON object"),
        (b"{}", "`index.json` lacks `manifests`"),
        (b'{"manifests": [{}]}', "`index.json` lacks `manifests[0].size`"),
        (
            encode({"manifests": [{"mediaType": OCI_LAYER, "size": 1, "digest": "sha256:../../../etc/passwd"}]}),
            "`index.json` names the digest `sha256:../../../etc/passwd`, only sha256 is known",
        ),
        (b"[" * 100_000, "`index.json` is not JSON"),
        (b" " * (4 << 20) + b"{}", "`index.json` has more than 4194304 bytes"),
    ],
)
def test_a_damaged_index_is_refused_in_words(tmp_path: Path, index: bytes, said: str) -> None:
    write_layout(tmp_path, [LOWER])
    (tmp_path / "index.json").write_bytes(index)
    told = failure(Layout(tmp_path))
    assert isinstance(told, EnvironmentFailure)
    assert said in told.message.replace(f"{tmp_path}/", "")


def test_a_manifest_that_is_an_index_is_refused(tmp_path: Path) -> None:
    inner = write_blob(tmp_path, encode({"schemaVersion": 2, "manifests": []}), OCI_MANIFEST)
    write_index(tmp_path, {**inner, "platform": AMD})
    assert failure(Layout(tmp_path)).message == (
        f"`oci:{tmp_path}`: `{inner['digest']}` is an index that its parent calls a manifest"
    )


def test_a_layer_can_be_read_twice(tmp_path: Path) -> None:
    write_layout(tmp_path, [LOWER])
    source = Layout(tmp_path)
    manifest = source.manifest("linux/amd64")
    (one,) = layers_of(source, manifest, source.config(manifest))
    assert b"".join(one.blob()) == b"".join(one.blob()) == LOWER


def test_documents_damaged_anyhow_are_read_or_refused(tmp_path: Path) -> None:
    """Each is changed, and named by its own digest all the same."""
    dice = random.Random(0)

    def damaged(document: Json) -> bytes:
        content = bytearray(encode(document))
        for _ in range(dice.choice([0, 0, 0, 1, 2])):
            at = dice.randrange(len(content))
            content[at : at + dice.randint(0, 2)] = dice.choice([b"", b'"', b"0", b"-", b"null", b"{}", b"[]", b"\xff"])
        return bytes(content)

    diff_ids = [sha256(LOWER), sha256(UPPER)]
    layers = [write_blob(tmp_path, each, OCI_LAYER) for each in (LOWER, UPPER)]
    write_index(tmp_path)
    read = refused = 0
    for _ in range(500):
        config = write_blob(tmp_path, damaged({**AMD, "rootfs": {"type": "layers", "diff_ids": diff_ids}}), OCI_CONFIG)
        manifest = damaged({"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config, "layers": layers})
        inner = damaged({"schemaVersion": 2, "manifests": [write_blob(tmp_path, manifest, OCI_MANIFEST)]})
        outer = damaged({"schemaVersion": 2, "manifests": [write_blob(tmp_path, inner, OCI_INDEX)]})
        (tmp_path / "index.json").write_bytes(outer)
        try:
            assert seen_in(Layout(tmp_path)) == NEW
            read += 1
        except LambdabuildError:
            refused += 1
    assert read > 20
    assert refused > 100

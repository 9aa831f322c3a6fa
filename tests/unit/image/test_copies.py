"""Images copied into a folder: every byte, every digest, and what is there already stays."""

import json
import random
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import requests

from lambdabuild.errors import AbsentError, DigestMismatchError, EnvironmentFailure, UsageError
from lambdabuild.image.copies import Copied, Original, copy_image, vendoring
from lambdabuild.image.sources import Layout, RegistryImage, VendoredImage
from lambdabuild.image.stream import DamagedImageError
from lambdabuild.model.reference import ImageReference, Mirror
from tests.support.copies import assert_whole, blobs, named
from tests.support.faulty import Reply, Seen, faulty_server
from tests.support.gates import require
from tests.support.nobody import unprivileged
from tests.support.registry import (
    DOCKER_LIST,
    OCI_INDEX,
    OCI_LAYER,
    Image,
    Json,
    RunningRegistry,
    cleaned,
    running_registry,
    sha256,
)
from tests.support.registry_client import Machine
from tests.unit.image.support import copy, pushed, seen_in, write_layout

FILES = {"/etc/os": b"new"}
STATEMENT = Image(os="unknown", architecture="unknown", layers=((b"a statement", "application/vnd.in-toto+json"),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """An index of a registry and its two platforms; `child` is the digest of linux/amd64."""

    reference: ImageReference
    digest: str
    child: str

    @property
    def name(self) -> str:
        return f"{self.reference.name}:{self.reference.tag}"


def push(hub: RunningRegistry, machine: Machine, repository: str, *more: Json, kind: str = OCI_INDEX) -> Pushed:
    machine.allow_plain(hub.host)
    docker = kind == DOCKER_LIST
    images = [pushed(zstd=False), pushed(architecture="arm64", word=b"arm", zstd=False)]
    children = [
        hub.push_image(
            repository, Image(architecture=one.architecture, layers=one.layers, diff_ids=one.diff_ids, docker=docker)
        )
        for one in images
    ]
    digest = hub.push_index(repository, "1", [*children, *more], kind)
    reference = ImageReference.parse(f"{hub.host}/{repository}:1@{digest}")
    return Pushed(reference=reference, digest=digest, child=str(children[0]["digest"]))


def vendor(machine: Machine, image: Pushed, folder: Path, *, host: str | None = None) -> Copied:
    reference = (
        image.reference
        if host is None
        else ImageReference.parse(str(image.reference).replace(image.reference.registry, host))
    )
    with vendoring(folder) as place_of:
        return copy_image(
            image.digest, Original(machine.client(), reference), place_of(image.name), needed={image.child}
        )


@contextmanager
def before(hub: RunningRegistry, machine: Machine, changed: Callable[[str, Reply], Reply]) -> Iterator[str]:
    """The host of a registry that answers as `hub` does, but for what is `changed`, by path."""

    def script(seen: Seen) -> Reply:
        headers = {"Accept": seen.headers.get("accept", "*/*")}
        answer = requests.get(f"http://{hub.host}{seen.path}", headers=headers, timeout=5)
        return changed(seen.path, Reply(status=answer.status_code, body=answer.content))

    with faulty_server(script) as server:
        machine.allow_plain(hub.host, server.host)
        yield server.host


@pytest.mark.parametrize("kind", [OCI_INDEX, DOCKER_LIST])
def test_a_copy_has_the_digest_of_its_original_and_is_read_by_others(
    machine: Machine, hub: RunningRegistry, tmp_path: Path, kind: str
) -> None:
    folder = tmp_path / "my images"
    statement = {
        **hub.push_image("whole", STATEMENT),
        "annotations": {"vnd.docker.reference.type": "attestation-manifest"},
    }
    image = push(hub, machine, "whole", *([statement] if kind == OCI_INDEX else []), kind=kind)

    copied = vendor(machine, image, folder)

    assert_whole(folder)
    assert named(folder) == {image.name: image.digest}
    assert (copied.left_out, copied.kept) == ((), 0)
    assert seen_in(Layout(folder, image.name)) == FILES
    assert seen_in(Layout(folder), "linux/arm64") == {"/etc/os": b"arm"}
    assert seen_in(VendoredImage(folder, image.reference, digest=image.child)) == FILES
    if kind == OCI_INDEX:
        copy("--all", "--preserve-digests", f"oci:{folder}:{image.name}", f"dir:{tmp_path}/out")
        assert sha256((tmp_path / "out" / "manifest.json").read_bytes()) == image.digest
    listed = subprocess.run([require("umoci"), "ls", "--layout", folder], capture_output=True, text=True, check=True)
    assert listed.stdout.split() == [image.name]


def test_an_image_without_an_index_is_copied(machine: Machine, hub: RunningRegistry, tmp_path: Path) -> None:
    machine.allow_plain(hub.host)
    digest = str(hub.push_image("single", pushed(), "1")["digest"])
    image = Pushed(reference=ImageReference.parse(f"{hub.host}/single:1@{digest}"), digest=digest, child=digest)

    copied = vendor(machine, image, tmp_path / "made")

    assert copied == Copied(blobs=3, size=copied.size, kept=0, left_out=())
    assert seen_in(Layout(tmp_path / "made", image.name)) == FILES
    copy(f"oci:{tmp_path}/made:{image.name}", f"dir:{tmp_path}/out")


def test_what_is_there_is_not_copied_again_and_nothing_is_asked_for(
    machine: Machine, hub: RunningRegistry, tmp_path: Path
) -> None:
    image = push(hub, machine, "twice")
    first = vendor(machine, image, tmp_path / "made")
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "made").rglob("*")}
    before = hub.log.stat().st_size

    second = vendor(machine, image, tmp_path / "made")

    assert (second.blobs, second.size, second.kept) == (0, 0, first.blobs)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "made").rglob("*")} == times
    assert hub.log.stat().st_size == before


def test_a_damaged_or_missing_blob_is_copied_again_and_nothing_else(
    machine: Machine, hub: RunningRegistry, tmp_path: Path
) -> None:
    folder, chance = tmp_path / "made", random.Random(7)
    image = push(hub, machine, "mended")
    vendor(machine, image, folder)
    damaged, missing = chance.sample(sorted(blobs(folder).values()), 2)
    content = bytearray(damaged.read_bytes())
    content[chance.randrange(len(content))] ^= 1
    damaged.write_bytes(content)
    missing.unlink()

    vendor(machine, image, folder)

    assert_whole(folder)
    assert missing.exists()


def test_images_of_others_stay_and_an_image_that_moved_takes_its_name_along(
    machine: Machine, hub: RunningRegistry, tmp_path: Path
) -> None:
    folder = tmp_path / "made"
    write_layout(folder, [b"other"], "other")
    before = blobs(folder).keys()
    old = push(hub, machine, "moved")
    vendor(machine, old, folder)
    new = push(hub, machine, "moved", {**hub.push_image("moved", Image(architecture="riscv64"))})

    vendor(machine, new, folder)

    assert new.digest != old.digest
    assert named(folder) == {"other": named(folder)["other"], new.name: new.digest}
    assert {*before, old.digest, new.digest} <= blobs(folder).keys()
    assert_whole(folder)


def test_what_no_build_needs_may_be_gone(machine: Machine, hub: RunningRegistry, tmp_path: Path) -> None:
    statement, windows = (
        hub.push_image("gaps", STATEMENT),
        hub.push_image("gaps", Image(os="windows", layers=((b"base", OCI_LAYER),))),
    )
    image = push(hub, machine, "gaps", statement, windows)
    layer = sha256(b"base")

    def gone(path: str, answer: Reply) -> Reply:
        return Reply(status=404) if path.endswith((str(statement["digest"]), layer)) else answer

    with before(hub, machine, gone) as host:
        copied = vendor(machine, image, tmp_path / "made", host=host)
        with pytest.raises(AbsentError) as caught:
            vendor(machine, replace(image, child=str(windows["digest"])), tmp_path / "other", host=host)

    assert len(copied.left_out) == 2
    assert f"`{host}` has no such image" in copied.left_out[0]
    assert blobs(tmp_path / "made").keys() >= {image.digest, image.child}
    assert blobs(tmp_path / "made").keys().isdisjoint({statement["digest"], windows["digest"], layer})
    assert seen_in(VendoredImage(tmp_path / "made", image.reference, digest=image.child)) == FILES
    assert f"`{host}` has no such image" in caught.value.message
    assert not (tmp_path / "other" / "index.json").exists()


def test_wrong_bytes_are_never_stored(machine: Machine, hub: RunningRegistry, tmp_path: Path) -> None:
    image = push(hub, machine, "wrong")

    def wrong(path: str, answer: Reply) -> Reply:
        return replace(answer, body=answer.body[:-1] + b"!") if "/blobs/" in path else answer

    with before(hub, machine, wrong) as host, pytest.raises(DigestMismatchError):
        vendor(machine, image, tmp_path / "made", host=host)

    assert_whole(tmp_path / "made")
    assert not (tmp_path / "made" / "index.json").exists()
    assert [path.name for path in (tmp_path / "made").iterdir() if path.name.startswith(".")] == []


def test_a_size_that_is_not_the_childs_is_damage(machine: Machine, hub: RunningRegistry, tmp_path: Path) -> None:
    child = hub.push_image("sizes", Image())
    machine.allow_plain(hub.host)
    digest = hub.push_index("sizes", "1", [{**child, "size": 7}])
    image = Pushed(
        reference=ImageReference.parse(f"{hub.host}/sizes:1@{digest}"), digest=digest, child=str(child["digest"])
    )

    with pytest.raises(DamagedImageError) as caught:
        vendor(machine, image, tmp_path / "made")

    assert caught.value.message.endswith(f"`{image.child}` has {child['size']} bytes, and its index says 7")


def test_indexes_in_indexes_are_followed_so_deep_and_no_deeper(
    machine: Machine, hub: RunningRegistry, tmp_path: Path
) -> None:
    machine.allow_plain(hub.host)
    inner = hub.push_image("deep", Image())
    child, copied = str(inner["digest"]), []
    for depth in range(1, 11):
        document: Json = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [inner]}
        inner = hub.push_manifest("deep", "", document)
        if depth in (2, 10):
            digest = str(inner["digest"])
            image = Pushed(
                reference=ImageReference.parse(f"{hub.host}/deep:{depth}@{digest}"), digest=digest, child=child
            )
            copied.append(vendor(machine, image, tmp_path / f"{depth}"))

    assert child in blobs(tmp_path / "2")
    assert copied[0].left_out == ()
    assert len(copied[1].left_out) == 1
    assert copied[1].left_out[0].endswith("lies in indexes of indexes, 9 deep")


@pytest.mark.parametrize("there", ["a file", "something else"])
def test_a_folder_that_holds_something_else_is_refused(tmp_path: Path, there: str) -> None:
    folder = tmp_path / "made"
    if there == "a file":
        folder.write_text("")
    else:
        folder.mkdir()
        (folder / "main.go").write_text("package main")

    with pytest.raises(UsageError) as caught, vendoring(folder):
        pass

    if there == "a file":
        assert caught.value.message == f"`{folder}` is no folder: Not a directory"
        assert caught.value.hint == "name a folder, or a new one"
    else:
        assert caught.value.message == f"`{folder}` holds something else than images: it is no OCI image layout"
        assert caught.value.hint == "name a folder of their own, which need not be there: `--vendor third_party/images`"
        assert [path.name for path in folder.iterdir()] == ["main.go"]


def test_a_damaged_index_of_a_layout_is_not_written_over(
    machine: Machine, hub: RunningRegistry, tmp_path: Path
) -> None:
    image = push(hub, machine, "damaged")
    write_layout(tmp_path / "made", [b"other"])
    (tmp_path / "made" / "index.json").write_text("{}")

    with pytest.raises(DamagedImageError) as caught:
        vendor(machine, image, tmp_path / "made")

    assert caught.value.message == f"`{tmp_path}/made/index.json` lacks `manifests`"
    assert (tmp_path / "made" / "index.json").read_text() == "{}"


def test_a_folder_that_may_not_be_written_says_so_unless_all_is_there(machine: Machine, hub: RunningRegistry) -> None:
    image = push(hub, machine, "readonly")
    with unprivileged() as home:
        machine, folder = Machine(home), home / "made"
        machine.allow_plain(hub.host)
        vendor(machine, image, folder)
        for path in (folder / "blobs" / "sha256", folder / "blobs", folder):
            path.chmod(0o555)
        assert vendor(machine, image, folder).blobs == 0
        (folder / "blobs" / "sha256").chmod(0o755)
        min(blobs(folder).values()).unlink()
        with pytest.raises(EnvironmentFailure) as caught:
            vendor(machine, image, folder)
        for path in (folder, folder / "blobs"):
            path.chmod(0o755)

    assert caught.value.message == f"`{folder}` cannot be written: Permission denied"
    assert caught.value.hint == "check the free space and the permissions of the folder"


# On a registry


def test_a_copy_on_a_registry_outlives_its_cleaning(machine: Machine, hub: RunningRegistry, tmp_path: Path) -> None:
    image = push(hub, machine, "cleaned")
    with running_registry(tmp_path / "mirror") as mirror:
        machine.allow_plain(hub.host, mirror.host)
        client, prefix = machine.client(), Mirror(prefix=f"{mirror.host}/m")
        original = Original(client, image.reference)
        first = copy_image(image.digest, original, client.target(image.reference, prefix), needed={image.child})
        untagged = str(mirror.push_image(prefix.copy_of(image.reference).repository, Image())["digest"])
    cleaned(tmp_path / "mirror")
    with running_registry(tmp_path / "mirror") as mirror:
        machine.allow_plain(mirror.host)
        client, prefix = machine.client(), Mirror(prefix=f"{mirror.host}/m")
        there = prefix.copy_of(image.reference)
        assert client.facts(there).digest == image.digest
        assert seen_in(RegistryImage(client, there, digest=image.child)) == FILES
        with pytest.raises(AbsentError):
            client.document(there, untagged)
        again = copy_image(image.digest, original, client.target(image.reference, prefix), needed={image.child})

    assert (first.kept, again.blobs, again.kept) == (0, 0, first.blobs)


# Read again


def test_what_the_folder_lacks_is_told_and_not_looked_for_elsewhere(
    machine: Machine, hub: RunningRegistry, tmp_path: Path
) -> None:
    folder = tmp_path / "made"
    image = push(hub, machine, "lacking")
    vendor(machine, image, folder)
    source = VendoredImage(folder, image.reference, digest=image.child)
    manifest = source.manifest("linux/amd64")
    hint = f"run `lambdabuild lock --vendor {folder}`, which copies what is not there, and keep all of it"

    for digest in (manifest.layers[0].digest, manifest.config.digest, image.child):
        blobs(folder)[digest].unlink()
        with pytest.raises(EnvironmentFailure) as caught:
            seen_in(source)
        assert (
            caught.value.message == f"`{folder}`, which the spec calls `vendor`, lacks {digest} of `{image.reference}`"
        )
        assert caught.value.hint == hint


@pytest.mark.parametrize("what", ["manifest", "config", "layer"])
def test_one_flipped_bit_in_the_folder_is_seen(
    machine: Machine, hub: RunningRegistry, tmp_path: Path, what: str
) -> None:
    folder = tmp_path / "made"
    image = push(hub, machine, "flipped")
    vendor(machine, image, folder)
    source = VendoredImage(folder, image.reference, digest=image.child)
    manifest = source.manifest("linux/amd64")
    digest = {"manifest": image.child, "config": manifest.config.digest, "layer": manifest.layers[1].digest}[what]
    content = bytearray(blobs(folder)[digest].read_bytes())
    content[len(content) // 2] ^= 1
    blobs(folder)[digest].write_bytes(content)

    with pytest.raises(DigestMismatchError) as caught:
        seen_in(source)

    assert caught.value.message.endswith(f"blob {digest}: expected {digest}, got {sha256(bytes(content))}")
    assert caught.value.hint == "the files were changed, or not copied whole; copy the image again"


def test_an_index_is_no_manifest_of_a_platform(machine: Machine, hub: RunningRegistry, tmp_path: Path) -> None:
    image = push(hub, machine, "index")
    vendor(machine, image, tmp_path / "made")

    with pytest.raises(DamagedImageError, match="is an index that its parent calls a manifest"):
        VendoredImage(tmp_path / "made", image.reference, digest=image.digest).manifest("linux/amd64")


def test_what_others_wrote_into_the_index_of_the_folder_stays(
    hub: RunningRegistry, machine: Machine, tmp_path: Path
) -> None:
    """An entry without a digest is nothing that we would write."""
    image, folder = push(hub, machine, "theirs"), tmp_path / "made"
    folder.mkdir()
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    theirs = {"mediaType": "application/x", "size": 1}
    (folder / "index.json").write_text(json.dumps({"manifests": [theirs], "annotations": {"a": "b"}}))

    vendor(machine, image, folder)

    index = json.loads((folder / "index.json").read_text())
    assert index["annotations"] == {"a": "b"}
    assert index["manifests"][0] == theirs
    assert index["manifests"][1]["digest"] == image.digest

"""What a person is told of copies, and where each image is read from."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import requests

from lambdabuild.errors import DigestMismatchError, EnvironmentFailure
from lambdabuild.image import RegistryImage, VendoredImage
from lambdabuild.io.store import Store
from lambdabuild.lock import write_lock
from lambdabuild.lock.seal import seal
from lambdabuild.model.events import Event, Finished, Warned
from lambdabuild.model.lock import Lock, LockedImage, LockedPlatform
from lambdabuild.model.reference import ImageReference, Mirror
from lambdabuild.pipeline.copying import copy_all
from lambdabuild.pipeline.images import Images, images_by
from lambdabuild.pipeline.request import Request
from lambdabuild.spec import load
from tests.support.copies import blobs
from tests.support.faulty import Reply, Script, Seen, faulty_server
from tests.support.registry import Image, RunningRegistry, running_registry
from tests.support.registry_client import Machine
from tests.support.spec import FUNCTION, IMAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """A project with one image, and what its lock says; `gone` is an attestation in its index."""

    request: Request
    machine: Machine
    registry: RunningRegistry
    image: LockedImage
    gone: str
    events: list[Event]

    @property
    def folder(self) -> Path:
        return self.request.spec_file.parent

    def says(self, line: str) -> None:
        spec = self.request.spec_file
        spec.write_text(spec.read_text() + line + "\n")

    def at(self, host: str, *more: str) -> None:
        """Let public.ecr.aws be there, on plain HTTP, and more hosts be on plain HTTP."""
        plain = "".join(f'[[registry]]\nlocation = "{one}"\ninsecure = true\n' for one in more)
        table = f'[[registry]]\nprefix = "public.ecr.aws"\nlocation = "{host}"\ninsecure = true\n'
        self.machine.registries(table + plain)

    def warnings(self) -> list[tuple[str, str]]:
        return [(one.message, one.hint) for one in self.events if isinstance(one, Warned)]


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Locked]:
    with running_registry(tmp_path / "registry") as registry:
        child = registry.push_image("lambda/provided", Image(architecture="arm64"))
        statement = registry.push_image("lambda/provided", Image(os="unknown", architecture="unknown"))
        digest = registry.push_index("lambda/provided", "al2023", [child, statement])
        platforms = {"linux/arm64": LockedPlatform(digest=str(child["digest"]))}
        image = LockedImage(pin=f"{IMAGE}@{digest}", platforms=platforms, seal="")
        image = replace(image, seal=seal(IMAGE, image))
        machine, folder, events = Machine(tmp_path), tmp_path / "project", list[Event]()
        folder.mkdir()
        (folder / "buildspec.yaml").write_text(FUNCTION)
        write_lock(folder / "images.lock", Lock(images={IMAGE: image}))
        request = Request(
            spec_file=folder / "buildspec.yaml",
            lock_file=folder / "images.lock",
            store=Store(root=tmp_path / "cache"),
            environ=machine.environ,
            emit=events.append,
        )
        gone = str(statement["digest"])
        made = Locked(request=request, machine=machine, registry=registry, image=image, gone=gone, events=events)
        made.at(registry.host)
        yield made


def images(locked: Locked) -> Images:
    return images_by(locked.request, load(locked.request.spec_file), lambda: Lock(images={IMAGE: locked.image}))


def without_attestation(locked: Locked) -> Script:
    """The registry, which has lost it."""

    def script(seen: Seen) -> Reply:
        if locked.gone in seen.path:
            return Reply(status=404)
        headers = {"Accept": seen.headers.get("accept", "*/*")}
        answer = requests.get(f"http://{locked.registry.host}{seen.path}", headers=headers, timeout=5)
        return Reply(status=answer.status_code, body=answer.content)

    return script


def test_an_image_that_no_build_needs_and_no_one_has_is_told_of(locked: Locked) -> None:
    locked.says("vendor: images")
    with faulty_server(without_attestation(locked)) as server:
        locked.at(server.host)
        (copy,) = copy_all(locked.request, folder=locked.folder / "images", mirror=None)

    ((message, hint),) = locked.warnings()
    assert message.startswith(f"an image of the index of `{IMAGE}` is left out: `{locked.image.pin}` by")
    assert message.endswith(f"`{server.host}` has no such image")
    assert hint == "no build needs it; a tool that copies all images of an index will miss it"
    assert (copy.image, copy.digest, copy.to) == (IMAGE, locked.image.digest, f"oci:{locked.folder}/images:{IMAGE}")
    assert [(one.work, one.subject, one.ok) for one in locked.events if isinstance(one, Finished)] == [
        ("copy", f"{IMAGE} to {copy.to}", True)
    ]


def test_a_mirror_that_refuses_an_index_which_is_not_whole_has_its_images_all_the_same(
    locked: Locked, tmp_path: Path
) -> None:
    reference, child = ImageReference.parse(locked.image.pin), locked.image.platforms["linux/arm64"].digest
    with running_registry(tmp_path / "mirror") as mirror:
        locked.says(f"mirror: {mirror.host}/m")
        with faulty_server(without_attestation(locked)) as server:
            locked.at(server.host, mirror.host)
            (copy,) = copy_all(locked.request, folder=None, mirror=f"{mirror.host}/m")
        locked.at("127.0.0.1:9", mirror.host)
        source = images(locked).source(reference, child)
        manifest = source.manifest("linux/arm64")
        assert manifest.digest == child
        assert source.config(manifest).diff_ids
        assert [b"".join(source.layer(layer)) for layer in manifest.layers] == [b"a layer"]

    (_, left_out), (message, hint) = locked.warnings()
    assert left_out == "no build needs it; a tool that copies all images of an index will miss it"
    assert message.startswith(
        f"`{copy.to}` has the images of `{IMAGE}`, each under a tag of its own, and not their index"
    )
    assert "HTTP 400 (MANIFEST_BLOB_UNKNOWN" in message
    assert hint == "builds read them by their digests, and find them; what asks for the index does not"


def test_a_copy_that_no_spec_names_is_told_of(locked: Locked, tmp_path: Path) -> None:
    with running_registry(tmp_path / "mirror") as mirror:
        locked.at(locked.registry.host, mirror.host)
        copies = copy_all(locked.request, folder=locked.folder / "a" / "b", mirror=f"{mirror.host}/m")
        told = locked.warnings()
        locked.events.clear()
        locked.says("vendor: ./a/b")
        locked.says(f"mirror: {mirror.host}/m")
        copy_all(locked.request, folder=locked.folder / "a" / "b", mirror=f"{mirror.host}/m")

    spec = locked.request.spec_file
    assert told == [
        (f"`{spec}` does not say that builds read from `{locked.folder}/a/b`", "write `vendor: a/b` at its top"),
        (
            f"`{spec}` does not say that builds read from `{mirror.host}/m`",
            f"write `mirror: {mirror.host}/m` at its top",
        ),
    ]
    assert [one.blobs for one in copies] == [3, 3]
    assert locked.warnings() == []


def test_a_damaged_folder_fills_no_mirror(locked: Locked, tmp_path: Path) -> None:
    locked.says("vendor: images")
    copy_all(locked.request, folder=locked.folder / "images", mirror=None)
    path = min(blobs(locked.folder / "images").values(), key=lambda one: one.stat().st_size)
    path.write_bytes(path.read_bytes()[:-1] + b"!")

    with running_registry(tmp_path / "mirror") as mirror:
        locked.at("127.0.0.1:9", mirror.host)
        with pytest.raises(DigestMismatchError) as caught:
            copy_all(locked.request, folder=None, mirror=f"{mirror.host}/m")

    assert caught.value.message.startswith(f"`{path}`: expected sha256:{path.name}, got sha256:")


def test_a_mirror_that_is_blocked_is_not_written_to(locked: Locked) -> None:
    locked.machine.registries('[[registry]]\nlocation = "mirror.example"\nblocked = true\n')
    with pytest.raises(EnvironmentFailure) as caught:
        copy_all(locked.request, folder=None, mirror="mirror.example")

    assert "is blocked by the table `mirror.example` of" in caught.value.message


def test_the_spec_says_where_a_locked_image_is_read_from(locked: Locked) -> None:
    reference, child = ImageReference.parse(locked.image.pin), locked.image.platforms["linux/arm64"].digest
    assert isinstance(images(locked).source(reference, child), RegistryImage)

    locked.says("mirror: m.example/x")
    assert images(locked).mirror == Mirror(prefix="m.example/x")
    assert isinstance(images(locked).source(reference, child), RegistryImage)

    locked.says("vendor: images")
    source = images(locked).source(reference, child)
    assert isinstance(source, VendoredImage)
    assert source.name == f"{locked.image.pin} in {locked.folder}/images"
    copy_all(locked.request, folder=locked.folder / "images", mirror=None)
    assert source.manifest("linux/arm64").digest == child

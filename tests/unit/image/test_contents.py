"""What an image holds besides its libraries: read in the same pass, kept, and no part of its `abi`."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lambdabuild.image.abi import encode as encode_abi
from lambdabuild.image.inventories import Inventories
from lambdabuild.image.inventory import Looker, inventory_of, packages_in
from lambdabuild.image.packages import LARGEST
from lambdabuild.image.record import decode, encode
from lambdabuild.image.rootfs import read_root
from lambdabuild.image.sources import ImageSource, local_image
from lambdabuild.io.registry import Descriptor, ImageConfig, Manifest
from lambdabuild.io.store import Store
from lambdabuild.model.contents import ImageContents, Packages, StoredLayer
from tests.support import rpms
from tests.support.inventories import MANIFEST
from tests.support.registry import sha256
from tests.unit.image.support import Item, file, folder, hard_link, layer, symlink, tar, write_layout

AMD64 = "linux/amd64"


class Counting:
    """An image, and how often its layers are read."""

    def __init__(self, source: ImageSource) -> None:
        self.source = source
        self.read = 0

    @property
    def name(self) -> str:
        return self.source.name

    def manifest(self, platform: str) -> Manifest:
        return self.source.manifest(platform)

    def config(self, manifest: Manifest) -> ImageConfig:
        return self.source.config(manifest)

    def layer(self, descriptor: Descriptor) -> Iterator[bytes]:
        self.read += 1
        return self.source.layer(descriptor)


def database(at: str = "usr/lib/sysimage/rpm") -> list[Item]:
    return [
        file(f"{at}/{name}", (rpms.database() / name).read_bytes())
        for name in ("rpmdb.sqlite", "rpmdb.sqlite-wal", "rpmdb.sqlite-shm")
    ]


def packages_of(*layers: bytes) -> Packages:
    return packages_in(read_root([layer(each) for each in layers], Looker(AMD64)))


@pytest.fixture
def image(tmp_path: Path) -> Counting:
    write_layout(tmp_path / "image", [tar(file("etc/os", b"one")), tar(*database())])
    source = local_image(f"oci:{tmp_path / 'image'}")
    assert source is not None
    return Counting(source)


@pytest.fixture
def inventories(tmp_path: Path) -> Inventories:
    return Inventories(store=Store(root=tmp_path / "cache"))


def test_an_image_says_what_it_holds(image: Counting, inventories: Inventories) -> None:
    contents = inventories.contents(image, AMD64)

    assert contents.platform == AMD64
    assert contents.manifest == image.manifest(AMD64).digest
    assert contents.environment == {"PATH": "/bin"}
    assert contents.working_dir == "/"
    manifest = image.manifest(AMD64)
    assert contents.layers == tuple(
        StoredLayer(digest=each.digest, diff_id=diff_id, size=each.size)
        for each, diff_id in zip(manifest.layers, image.config(manifest).diff_ids, strict=True)
    )
    assert contents.size == sum(each.size for each in contents.layers) > 0
    assert contents.packages.database == "/usr/lib/sysimage/rpm/rpmdb.sqlite"
    assert contents.packages.versions["kernel"] == ("6.1.1-1.noarch", "6.1.2-1.noarch")


@pytest.mark.parametrize("first", ["contents", "take"])
def test_layers_are_read_once_for_both(image: Counting, inventories: Inventories, first: str) -> None:
    getattr(inventories, first)(image, AMD64)
    inventories.contents(image, AMD64)
    inventories.take(image, AMD64)

    assert image.read == 2


def test_what_is_kept_is_what_was_read(image: Counting, inventories: Inventories) -> None:
    contents = inventories.contents(image, AMD64)

    assert inventories.known_contents(contents.manifest) == contents
    assert inventories.known_contents(MANIFEST) is None


def test_what_is_kept_and_damaged_is_read_again(image: Counting, inventories: Inventories) -> None:
    contents = inventories.contents(image, AMD64)
    (kept,) = (inventories.store.root / "contents").iterdir()
    kept.write_bytes(kept.read_bytes()[:-9])

    assert inventories.known_contents(contents.manifest) is None
    assert inventories.contents(image, AMD64) == contents
    assert image.read == 4


def test_what_is_kept_of_another_image_is_not_taken(image: Counting, inventories: Inventories) -> None:
    contents = inventories.contents(image, AMD64)
    (kept,) = (inventories.store.root / "contents").iterdir()
    kept.rename(kept.with_name(kept.name.replace(contents.manifest[7:], MANIFEST[7:])))

    assert inventories.known_contents(MANIFEST) is None


def test_packages_are_no_part_of_what_a_lock_keeps() -> None:
    """Its `abi` moves when libraries do, and for nothing else."""

    def abi(*items: Item) -> bytes:
        root = read_root([layer(tar(file("usr/bin/sh", b"#!", 0o755), *items))], Looker(AMD64))
        return encode_abi(inventory_of(root, manifest=MANIFEST, platform=AMD64, environment=()))

    assert abi() == abi(*database(), file("var/lib/dpkg/status", b"Package: x"))


def test_an_upper_layer_hides_a_database_and_a_link_leads_to_one() -> None:
    link = tar(folder("usr/lib/sysimage/rpm"), folder("var/lib"), symlink("var/lib/rpm", "../../usr/lib/sysimage/rpm"))
    old = tar(*database("var/lib/rpm"))

    assert packages_of(link, old).database == "/var/lib/rpm/rpmdb.sqlite"
    assert packages_of(link, old).known
    assert packages_of(link, old, tar(file("usr/lib/sysimage/rpm/.wh.rpmdb.sqlite"))) == Packages()
    damaged = packages_of(link, old, tar(file("usr/lib/sysimage/rpm/rpmdb.sqlite", b"damaged" * 99)))
    assert damaged.problem == "cannot be read by SQLite: `file is not a database`"


def test_a_damaged_database_below_another_does_not_matter() -> None:
    assert packages_of(tar(file("var/lib/rpm/rpmdb.sqlite", b"damaged")), tar(*database("var/lib/rpm"))).known


class Large:
    """The bytes of a file that is far larger than they are."""

    def __init__(self) -> None:
        self.asked = False

    def read(self, _: int = -1, /) -> bytes:
        self.asked = True
        return b"x"


def test_databases_that_are_too_large_are_not_read() -> None:
    """One of them is, and so are several together, of which upper layers hide all but one."""
    look = Looker(AMD64)
    sizes = [LARGEST + 1, *[LARGEST] * 4, 1]
    files = [Large() for _ in sizes]

    for size, content in zip(sizes, files, strict=True):
        found = look("/var/lib/rpm/Packages", size, content)
        assert found is not None
        assert found.database == (b"x" if content.asked else b"")
    assert [content.asked for content in files] == [False, True, True, True, True, False]


def test_the_document_says_all() -> None:
    contents = ImageContents(
        manifest=MANIFEST,
        platform="linux/arm64",
        created=None,
        environment={"A": "", "é": "\udc80"},
        entrypoint=("/lambda-entrypoint.sh",),
        command=("a", "b"),
        working_dir="/var/task",
        user="1000",
        layers=(StoredLayer(digest=sha256(b"x"), diff_id=sha256(b"y"), size=3),),
        packages=Packages(database="/var/lib/rpm/Packages", versions={"a": ("1", "2")}),
    )

    for each in (
        contents,
        replace(contents, created="2026-02-27T21:04:11Z"),
        replace(contents, packages=Packages(database="/x", problem="is damaged")),
        replace(contents, packages=Packages()),
    ):
        assert decode(encode(each)) == each


@pytest.mark.parametrize("document", [b"", b"[]", b'{"version":0}', b'{"version":1}', b"\xff"])
def test_what_is_no_document_is_a_value_error(document: bytes) -> None:
    with pytest.raises(ValueError, match=r"^(is not JSON|is not a JSON object|is of another format|lacks `packages`)$"):
        decode(document)


def test_a_hard_link_to_a_database_is_one_as_well() -> None:
    found = packages_of(
        tar(
            *database("var/lib/rpm"),
            folder("usr/lib/sysimage/rpm"),
            hard_link("usr/lib/sysimage/rpm/rpmdb.sqlite", "var/lib/rpm/rpmdb.sqlite"),
        )
    )

    assert found.known

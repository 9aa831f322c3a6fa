"""ABI inventories and what else images hold, each read once of an image and kept by the digest of its manifest."""

from dataclasses import dataclass
from pathlib import Path

from lambdabuild.image import abi, record
from lambdabuild.image.abi import digest_of, pack, unpack
from lambdabuild.image.inventory import Looker, environment_of, inventory_of, packages_in
from lambdabuild.image.rootfs import read_root
from lambdabuild.image.sources import ImageSource, layers_of
from lambdabuild.io.files import write_atomically
from lambdabuild.io.registry import ImageConfig, Manifest
from lambdabuild.io.store import Store
from lambdabuild.model.abi import Inventory
from lambdabuild.model.contents import ImageContents, Packages, StoredLayer


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An inventory and the digest of its document, which a lock keeps as `abi`."""

    inventory: Inventory
    abi: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventories:
    """Those of the cache, and new ones. Who reads an image's layers for the one keeps the other as well."""

    store: Store

    def known(self, manifest: str) -> Kept | None:
        """The inventory of a manifest, if it was made before; what is damaged was not."""
        try:
            document = unpack(self._abi(manifest).read_bytes())
            inventory = abi.decode(document)
        except (OSError, ValueError):
            return None
        return Kept(inventory=inventory, abi=digest_of(document)) if inventory.manifest == manifest else None

    def known_contents(self, manifest: str) -> ImageContents | None:
        """What the image of a manifest holds, if it was read before; what is damaged was not."""
        try:
            contents = record.decode(unpack(self._contents(manifest).read_bytes()))
        except (OSError, ValueError):
            return None
        return contents if contents.manifest == manifest else None

    def take(self, source: ImageSource, platform: str) -> Kept:
        """Read an image's layers, or EnvironmentFailure; what its manifest is known for already is not read again."""
        manifest = source.manifest(platform)
        with self.store.alone(_name(manifest)):
            return self.known(manifest.digest) or self._read(source, manifest, platform)[0]

    def contents(self, source: ImageSource, platform: str) -> ImageContents:
        """What an image holds besides its libraries: layers are read, or not, as `take` does, and once for both.

        A database of packages that cannot be read is no error: `Packages.problem` says why.
        """
        manifest = source.manifest(platform)
        with self.store.alone(_name(manifest)):
            return self.known_contents(manifest.digest) or self._read(source, manifest, platform)[1]

    def _read(self, source: ImageSource, manifest: Manifest, platform: str) -> tuple[Kept, ImageContents]:
        config = source.config(manifest)
        root = read_root(layers_of(source, manifest, config), Looker(platform))
        inventory = inventory_of(root, manifest=manifest.digest, platform=platform, environment=config.env)
        contents = _contents(manifest, platform, config, packages_in(root))
        document = abi.encode(inventory)
        write_atomically(self._contents(manifest.digest), pack(record.encode(contents)))
        write_atomically(self._abi(manifest.digest), pack(document))
        return Kept(inventory=inventory, abi=digest_of(document)), contents

    def _abi(self, manifest: str) -> Path:
        return self._path("abi", abi.FORMAT, manifest)

    def _contents(self, manifest: str) -> Path:
        return self._path("contents", record.FORMAT, manifest)

    def _path(self, kind: str, version: int, manifest: str) -> Path:
        return self.store.root / kind / f"{version}-{manifest.removeprefix('sha256:')}.json.zst"


def _name(manifest: Manifest) -> str:
    return f"abi-{manifest.digest.removeprefix('sha256:')}"


def _contents(manifest: Manifest, platform: str, config: ImageConfig, packages: Packages) -> ImageContents:
    return ImageContents(
        manifest=manifest.digest,
        platform=platform,
        created=config.created,
        environment=environment_of(config.env),
        entrypoint=config.entrypoint,
        command=config.command,
        working_dir=config.working_dir,
        user=config.user,
        layers=tuple(
            StoredLayer(digest=layer.digest, diff_id=diff_id, size=layer.size)
            for layer, diff_id in zip(manifest.layers, config.diff_ids, strict=True)
        ),
        packages=packages,
    )

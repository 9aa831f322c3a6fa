"""ABI inventories, each made once of an image and kept in the cache by the digest of its manifest."""

from dataclasses import dataclass
from pathlib import Path

from lambdabuild.image.abi import FORMAT, decode, digest_of, encode, pack, unpack
from lambdabuild.image.inventory import Looker, inventory_of
from lambdabuild.image.rootfs import read_root
from lambdabuild.image.sources import ImageSource, layers_of
from lambdabuild.io.files import write_atomically
from lambdabuild.io.registry import Manifest
from lambdabuild.io.store import Store
from lambdabuild.model.abi import Inventory


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An inventory and the digest of its document, which a lock keeps as `abi`."""

    inventory: Inventory
    abi: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventories:
    """Those of the cache, and new ones."""

    store: Store

    def known(self, manifest: str) -> Kept | None:
        """The inventory of a manifest, if it was made before; what is damaged was not."""
        try:
            document = unpack(self._path(manifest).read_bytes())
            inventory = decode(document)
        except (OSError, ValueError):
            return None
        return Kept(inventory=inventory, abi=digest_of(document)) if inventory.manifest == manifest else None

    def take(self, source: ImageSource, platform: str) -> Kept:
        """Read an image's layers, or EnvironmentFailure; what its manifest is known for already is not read again."""
        manifest = source.manifest(platform)
        with self.store.alone(f"abi-{manifest.digest.removeprefix('sha256:')}"):
            return self.known(manifest.digest) or self._read(source, manifest, platform)

    def _read(self, source: ImageSource, manifest: Manifest, platform: str) -> Kept:
        config = source.config(manifest)
        root = read_root(layers_of(source, manifest, config), Looker(platform))
        inventory = inventory_of(root, manifest=manifest.digest, platform=platform, environment=config.env)
        document = encode(inventory)
        write_atomically(self._path(manifest.digest), pack(document))
        return Kept(inventory=inventory, abi=digest_of(document))

    def _path(self, manifest: str) -> Path:
        return self.store.root / "abi" / f"{FORMAT}-{manifest.removeprefix('sha256:')}.json.zst"

"""Whatever the bytes of a layer are, and of what is kept of it, there is an inventory or an error of ours, in time."""

import gzip
import json
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
import zstandard

from lambdabuild.image.abi import decode, encode, pack
from lambdabuild.image.cache import read_cache
from lambdabuild.image.inventories import Inventories
from lambdabuild.image.inventory import Facts, Looker, inventory_of
from lambdabuild.image.rootfs import Root, read_root
from lambdabuild.io.store import Store
from lambdabuild.model.abi import Inventory
from lambdabuild.model.platform import Architecture
from tests.robustness.fuzzing import Field, fuzz, mutated
from tests.robustness.json_trees import changed
from tests.robustness.programs import small_programs
from tests.robustness.tars import mutated_tar, real_tars
from tests.support.inventories import MANIFEST, inventory
from tests.support.standins import AL2
from tests.unit.image.support import layer

LAYERS, CACHES, KEPT = 3500, 2000, 2000


@pytest.fixture(scope="module")
def tars(tmp_path_factory: pytest.TempPathFactory) -> Sequence[bytes]:
    folder = tmp_path_factory.mktemp("tars")
    return real_tars(small_programs(folder / "programs")["library"], folder)


def test_any_layer_is_read(tars: Sequence[bytes], tmp_path: Path) -> None:
    look = Looker("linux/amd64")

    def make(chance: Random) -> bytes:
        content = mutated_tar(chance.choice(tars), chance)
        match chance.randrange(4):
            case 0:
                content = gzip.compress(content, 1, mtime=0)
            case 1:
                content = zstandard.compress(content, 1)
            case _:
                return content
        return content if chance.random() < 0.9 else mutated(content, [_anywhere(content)], chance)

    def read(content: bytes) -> str:
        root: Root[Facts] = read_root([layer(tars[0]), layer(content, _unpacked(content))], look)
        found = inventory_of(root, manifest=MANIFEST, platform="linux/amd64", environment=())
        kept = decode(encode(found))
        assert dict(decode(encode(kept)).objects) == dict(kept.objects)
        return f"{len(found.objects)} objects"

    outcomes = fuzz("layer", make, read, LAYERS, tmp_path)

    assert {"0 objects", "2 objects", "3 objects", "DamagedImageError"} <= outcomes.keys()


def _unpacked(content: bytes) -> bytes:
    """What its digest is of, where it is whole."""
    try:
        if content.startswith(b"\x1f\x8b"):
            return gzip.decompress(content)
        if content.startswith(b"\x28\xb5\x2f\xfd"):
            return zstandard.ZstdDecompressor().decompressobj().decompress(content)
    except (OSError, EOFError, zlib.error, zstandard.ZstdError):
        return b""
    return content


def _anywhere(content: bytes) -> list[Field]:
    return [Field(at, 1) for at in range(len(content))]


def test_any_cache_of_the_loader_is_read(tmp_path: Path) -> None:
    """By itself, and behind one of the older format."""
    sonames = [b"libc.so.6", b"libm.so.6", b"libanswer.so.1"]
    strings = b"".join(b"%s\0/usr/lib64/%s\0" % (name, name) for name in sonames)
    start, entries = 48 + 24 * len(sonames), b""
    for name in sonames:
        key = start + strings.index(name + b"\0")
        value = start + strings.index(b"/usr/lib64/" + name)
        entries += b"".join(
            number.to_bytes(width, "little") for number, width in ((0x0303, 4), (key, 4), (value, 4), (0, 4), (0, 8))
        )
    head = b"glibc-ld.so.cache1.1" + len(sonames).to_bytes(4, "little") + len(strings).to_bytes(4, "little") + bytes(20)
    whole = head + entries + strings
    assert read_cache(whole, Architecture.AMD64)["libm.so.6"] == "/usr/lib64/libm.so.6"
    numbers = [Field(at, 4) for at in range(20, start, 4)]

    def make(chance: Random) -> bytes:
        content = mutated(whole, [numbers, numbers, _anywhere(whole)], chance)
        return b"ld.so-1.7.0\0".ljust(chance.randrange(12, 200), b"\0") + content if chance.random() < 0.3 else content

    def read(content: bytes) -> str:
        return f"{len(read_cache(content, Architecture.AMD64))} sonames"

    assert {"0 sonames", "1 sonames", "2 sonames", "3 sonames"} <= fuzz("cache", make, read, CACHES, tmp_path).keys()


@pytest.fixture(scope="module")
def small() -> Inventory:
    """Three libraries of a runtime."""
    whole = inventory(AL2, Architecture.AMD64)
    fewest = sorted(
        whole.objects, key=lambda path: sum(len(each.names) for each in whole.objects[path].linkage.exports)
    )
    return replace(whole, objects={path: whole.objects[path] for path in fewest[:3]})


def test_any_kept_inventory_is_known_or_not(small: Inventory, tmp_path: Path) -> None:
    """Bytes of the file are turned, or the document in it is another one."""
    document = encode(small)
    packed = pack(document)
    tree = json.loads(document)
    kept = Inventories(store=Store(root=tmp_path))
    file = tmp_path / "abi" / f"1-{MANIFEST.removeprefix('sha256:')}.json.zst"
    file.parent.mkdir()
    file.write_bytes(packed)
    known = kept.known(MANIFEST)
    assert known is not None
    assert dict(known.inventory.objects) == dict(small.objects)

    def make(chance: Random) -> bytes:
        match chance.randrange(4):
            case 0:
                return mutated(packed, [_anywhere(packed)], chance)
            case 1:
                return zstandard.compress(mutated(document, [_anywhere(document)], chance), 1)
            case _:
                return zstandard.compress(json.dumps(changed(tree, chance)).encode(), 1)

    def read(content: bytes) -> str:
        file.write_bytes(content)
        found = kept.known(MANIFEST)
        if found is None:
            return "unknown"
        assert len([*found.inventory.objects.items()]) == len(found.inventory.objects)
        return str(found.inventory.glibc)

    assert {"unknown", "None"} <= fuzz("kept", make, read, KEPT, tmp_path).keys()

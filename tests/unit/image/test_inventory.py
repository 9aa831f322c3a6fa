"""The inventory of an image: what is in it, as a document, in the cache."""

import json
import struct
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from lambdabuild.image.abi import decode, digest_of, encode, pack, unpack
from lambdabuild.image.cache import read_cache
from lambdabuild.image.inventory import Looker
from lambdabuild.model.abi import Inventory, newest, version_of
from lambdabuild.model.platform import Architecture
from tests.support.elf import gcc
from tests.support.gates import need, require
from tests.support.inventories import inventory
from tests.support.standins import AL2, AL2023, AL2023_2023_6, RELEASES, Release


class Bytes:
    """A file's bytes, forward only."""

    def __init__(self, content: bytes) -> None:
        self._content, self._at = content, 0

    def read(self, size: int = -1, /) -> bytes:
        end = len(self._content) if size < 0 else self._at + size
        piece = self._content[self._at : end]
        self._at = end
        return piece


@pytest.mark.parametrize("architecture", list(Architecture))
@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.name)
def test_an_image_is_what_its_release_is(release: Release, architecture: Architecture) -> None:
    read = inventory(release, architecture)

    assert read.platform == architecture.platform
    assert read.library_path.startswith("/var/lang/lib:/lib64:/usr/lib64:")
    assert read.directories == ("/lib64", "/usr/lib64")
    assert (read.glibc, read.libstdcxx) == {
        AL2.name: ("GLIBC_2.26", "GLIBCXX_3.4.24"),
        AL2023_2023_6.name: ("GLIBC_2.34", "GLIBCXX_3.4.29"),
        AL2023.name: ("GLIBC_2.34", "GLIBCXX_3.4.33"),
    }[release.name]
    assert read.links["/lib64"] == "usr/lib64"
    assert any(path.startswith("/usr/bin/") for path in read.programs)


def test_the_document_says_all_and_is_always_the_same() -> None:
    read = inventory(AL2023, Architecture.AMD64)
    document = encode(read)

    assert encode(decode(document)) == document
    assert decode(unpack(pack(document))) == replace(read, objects=decode(document).objects)
    assert dict(decode(document).objects) == dict(read.objects)
    assert digest_of(document) == digest_of(encode(read))


@pytest.mark.parametrize(
    "change", [lambda document: document[:-1], lambda _: b"[]", lambda _: b'{"version":0}', lambda _: b"\xff"]
)
def test_what_is_no_inventory_is_a_value_error(change: object) -> None:
    document = encode(inventory(AL2, Architecture.AMD64))
    assert callable(change)

    with pytest.raises(ValueError):
        decode(change(document))


def test_a_damaged_pack_is_a_value_error() -> None:
    packed = pack(encode(inventory(AL2, Architecture.AMD64)))

    for damaged in (packed[:-10], packed[:100] + b"\0" * 50 + packed[150:], b"", b"x"):
        with pytest.raises(ValueError, match="damaged"):
            unpack(damaged)


def test_only_libraries_for_the_platform_are_remembered(tmp_path: Path) -> None:
    source = "int f(void) { return 0; }\n"
    library = gcc(tmp_path / "library", "-shared", "-fPIC", "-Wl,-soname,libf.so.1", source=source)
    program = gcc(tmp_path / "program")
    look = Looker("linux/amd64")

    found = look("/usr/lib64/libf.so.1", len(library), Bytes(library))

    assert found is not None
    assert found.object is not None
    assert found.object.soname == "libf.so.1"
    assert Looker("linux/arm64")("/usr/lib64/libf.so.1", len(library), Bytes(library)) is None
    assert look("/usr/bin/program", len(program), Bytes(program)) is None
    assert look("/etc/passwd", 10, Bytes(b"root:x:0:0")) is None
    assert look("/usr/lib64/cut.so", 1000, Bytes(library[:1000])) is None


def test_a_large_library_is_read_as_a_small_one(tmp_path: Path) -> None:
    """Over 16 MB it goes through a file, so that memory has a bound."""
    source = "int f(void) { return 0; }\n"
    library = gcc(tmp_path / "library", "-shared", "-fPIC", "-Wl,-soname,libf.so.1", source=source)
    look = Looker("linux/amd64")
    large = library + bytes(20 << 20)

    assert look("/usr/lib64/large", len(large), Bytes(large)) == look("/usr/lib64/small", len(library), Bytes(library))


def test_the_loaders_own_directories_are_read_of_it() -> None:
    loader = Path("/lib64/ld-linux-x86-64.so.2")
    need(loader.is_file(), "needs a glibc for amd64")
    content = loader.read_bytes()

    found = Looker("linux/amd64")("/usr/lib/ld.so", len(content), Bytes(content))

    assert found is not None
    assert found.directories[-2:] == ("/lib", "/usr/lib") or found.directories == ("/lib64", "/usr/lib64")


def test_the_cache_of_this_machine_says_what_ldconfig_says() -> None:
    shown = subprocess.run([require("ldconfig"), "-p"], capture_output=True, text=True, check=True).stdout
    wanted: dict[str, str] = {}
    for line in shown.splitlines()[1:]:
        name, _, rest = line.strip().partition(" (")
        kind, _, path = rest.partition(") => ")
        if kind == "libc6,x86-64":
            wanted.setdefault(name, path)

    assert read_cache(Path("/etc/ld.so.cache").read_bytes(), Architecture.AMD64) == wanted


def test_a_cache_of_before_glibc_2_32_is_read_behind_the_old_format() -> None:
    strings = b"libf.so.1\0/usr/lib64/libf.so.1\0"
    header = 48
    entry = struct.pack("<iIIIQ", 0x0303, header + 24 * 2, header + 24 * 2 + 10, 0, 0)
    special = struct.pack("<iIIIQ", 0x0303, header + 24 * 2, 0, 0, 1 << 62)
    new = struct.pack("<20sII20x", b"glibc-ld.so.cache1.1", 2, len(strings)) + special + entry + strings
    old = b"ld.so-1.7.0\0" + struct.pack("<I", 0)

    for content in (new, old + new):
        assert read_cache(content, Architecture.AMD64) == {"libf.so.1": "/usr/lib64/libf.so.1"}
        assert read_cache(content, Architecture.ARM64) == {}
    for damaged in (b"", new[:40], new.replace(struct.pack("<II", 2, len(strings)), struct.pack("<II", 1 << 30, 1))):
        assert read_cache(damaged, Architecture.AMD64) == {}


@pytest.mark.parametrize(
    ("node", "family", "version"),
    [
        ("GLIBC_2.34", "GLIBC", (2, 34)),
        ("GLIBC_2.2.5", "GLIBC", (2, 2, 5)),
        ("GLIBC_PRIVATE", "GLIBC", ()),
        ("GLIBC_ABI_DT_RELR", "GLIBC", ()),
        ("GLIBCXX_3.4", "GLIBC", ()),
        ("", "", ()),
    ],
)
def test_versions_are_numbers(node: str, family: str, version: tuple[int, ...]) -> None:
    assert version_of(node, family) == version


def test_the_newest_is_by_number() -> None:
    assert newest(frozenset(["GLIBC_2.4", "GLIBC_2.34", "GLIBC_PRIVATE"]), "GLIBC") == "GLIBC_2.34"
    assert newest(frozenset(["GLIBC_PRIVATE"]), "GLIBC") is None


def test_the_document_is_readable_json() -> None:
    document = json.loads(encode(inventory(AL2, Architecture.ARM64)))

    assert document["version"] == 1
    assert isinstance(decode(json.dumps(document).encode()), Inventory)

"""Whatever the bytes of a database of packages are, there are packages or words of ours, in time."""

import json
import sqlite3
import struct
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from lambdabuild.image.packages import installed
from lambdabuild.image.record import decode, encode
from lambdabuild.model.contents import ImageContents, Packages, StoredLayer
from tests.robustness.bounds import little_memory, within
from tests.robustness.fuzzing import Field, fuzz, mutated
from tests.robustness.json_trees import changed
from tests.support import rpms
from tests.support.inventories import MANIFEST

TIMES = {"sqlite": 1000, "log": 100, "berkeley": 3000, "dpkg": 500, "record": 1000}
PAGE = 512
SQLITE, LOG, BERKELEY, DPKG = (
    "/var/lib/rpm/rpmdb.sqlite",
    "/var/lib/rpm/rpmdb.sqlite-wal",
    "/var/lib/rpm/Packages",
    "/var/lib/dpkg/status",
)


@pytest.fixture(scope="module")
def headers() -> Sequence[bytes]:
    """Short ones, and one of many pages."""
    by_size = sorted(rpms.headers(rpms.database()), key=len)
    return [*by_size[:6], by_size[len(by_size) // 2]]


def counted(files: Mapping[str, bytes]) -> str:
    found = installed(files)
    assert not (found.problem and found.versions)
    assert all(text.isprintable() for name, versions in found.versions.items() for text in (name, *versions))
    return f"{len(found.versions)} packages" if found.known else "a problem"


def sqlite_of(folder: Path, headers: Sequence[bytes]) -> tuple[bytes, bytes]:
    """A file of small pages, and a log that has the last of the headers."""
    file = folder / "small.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(f"PRAGMA page_size = {PAGE}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT,blob BLOB NOT NULL)")
        connection.executemany("INSERT INTO Packages (blob) VALUES (?)", [(each,) for each in headers[:-1]])
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        connection.execute("INSERT INTO Packages (blob) VALUES (?)", (headers[-1],))
        connection.commit()
        return file.read_bytes(), (folder / "small.sqlite-wal").read_bytes()


def heads(content: bytes, size: int, length: int, *, start: int = 0) -> list[Field]:
    """The bytes that each page begins with."""
    return [Field(at + number, 1) for at in range(start, len(content), size) for number in range(length)]


def anywhere(content: bytes) -> list[Field]:
    return [Field(at, 1) for at in range(len(content))]


def test_any_file_of_sqlite_is_read(headers: Sequence[bytes], tmp_path: Path) -> None:
    whole, log = sqlite_of(tmp_path, headers)
    of_file = [Field(16, 2), *(Field(at, 1) for at in range(18, 24)), *(Field(at, 4) for at in range(24, 100, 4))]
    groups = [of_file, heads(whole, PAGE, 40), [Field(at, 1) for at in range(100, PAGE)], anywhere(whole)]
    assert counted({SQLITE: whole}) != counted({SQLITE: whole, LOG: log}) != "a problem"

    def make(chance: Random) -> bytes:
        return mutated(whole, groups, chance, order="big")

    outcomes = fuzz("sqlite", make, lambda content: counted({SQLITE: content}), TIMES["sqlite"], tmp_path)

    assert {"a problem", counted({SQLITE: whole})} <= outcomes.keys()

    frames = [Field(at, 4) for start in (0, 32) for at in range(start, start + 24, 4)]
    outcomes = fuzz(
        "log",
        lambda chance: mutated(log, [frames, anywhere(log)], chance, order="big"),
        lambda content: counted({SQLITE: whole, LOG: content}),
        TIMES["log"],
        tmp_path,
    )

    assert counted({SQLITE: whole}) in outcomes  # SQLite takes a damaged log for the end of one


@pytest.mark.parametrize("order", ["little", "big"])
def test_any_file_of_berkeley_db_is_read(headers: Sequence[bytes], order: str, tmp_path: Path) -> None:
    whole = rpms.berkeley(tmp_path / "Packages", headers, order=order, page=PAGE)
    of_file = [Field(at, 4) for at in range(8, 224, 4)]
    links = [Field(start + at, 4) for start in range(PAGE, len(whole), PAGE) for at in (8, 12, 16)]
    items = [Field(start + at, 2) for start in range(PAGE, len(whole), PAGE) for at in range(20, 40, 2)]
    groups = [of_file, links, items, items, heads(whole, PAGE, 26, start=PAGE), anywhere(whole)]

    def make(chance: Random) -> bytes:
        return mutated(whole, groups, chance, order=order)

    door = f"berkeley-{order}"
    outcomes = fuzz(door, make, lambda content: counted({BERKELEY: content}), TIMES["berkeley"], tmp_path)

    assert {"a problem", counted({BERKELEY: whole})} <= outcomes.keys()


def test_any_status_of_dpkg_is_read(tmp_path: Path) -> None:
    whole = b"\n".join(
        b"Package: p%d\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n" % number for number in range(5)
    )

    def make(chance: Random) -> bytes:
        return mutated(whole, [anywhere(whole)], chance)

    outcomes = fuzz("dpkg", make, lambda content: counted({DPKG: content}), TIMES["dpkg"], tmp_path)

    assert {"4 packages", "5 packages"} <= outcomes.keys()


def test_any_record_of_an_image_is_read_or_none(tmp_path: Path) -> None:
    contents = ImageContents(
        manifest=MANIFEST,
        platform="linux/arm64",
        created="2026-02-27T21:04:11Z",
        environment={"PATH": "/bin"},
        entrypoint=("/lambda-entrypoint.sh",),
        command=("handler",),
        working_dir="/var/task",
        user="1000",
        layers=(StoredLayer(digest=MANIFEST, diff_id=MANIFEST, size=3),),
        packages=Packages(database="/var/lib/rpm/Packages", versions={"a": ("1", "2")}),
    )
    document = encode(contents)
    tree = json.loads(document)

    def make(chance: Random) -> bytes:
        if chance.random() < 0.3:
            return mutated(document, [anywhere(document)], chance)
        return json.dumps(changed(tree, chance)).encode()

    def read(content: bytes) -> str:
        try:
            found = decode(content)
        except ValueError:
            return "none"
        assert decode(encode(found)) == found
        return "one"

    assert {"none", "one"} == fuzz("record", make, read, TIMES["record"], tmp_path).keys()


def test_a_header_that_says_all_of_it_is_index_takes_its_length_in_time() -> None:
    """Sixteen megabytes of entries for the name."""
    count = 1 << 20
    header = struct.pack(">II", count, 8) + struct.pack(">IIII", 1000, 6, 0, 1) * count + b"zlib\0\0\0\0"
    page = (len(header) // 65536 + 2) * 65536

    with little_memory(), within():
        assert installed({BERKELEY: one_item(header, page)}).problem == (
            "has a package without a name, a version or a release"
        )


def one_item(value: bytes, size: int) -> bytes:
    """A hash file of one bucket, whose one value lies on as many pages as it needs."""
    page, head = 65536, 26
    meta = struct.pack("<8xIIIIBBBxII", 0, 0x061561, 9, page, 0, 8, 0, 0, 0).ljust(page, b"\0")
    offpage = struct.pack("<BxxxII", 3, 2, len(value))
    key = b"\x01\x01\0\0\0"
    starts = struct.pack("<HH", page - len(key), page - len(key) - len(offpage))
    bucket = struct.pack("<8xIIIHHBB", 1, 0, 0, 2, 0, 0, 13) + starts
    bucket = bucket.ljust(page - len(key) - len(offpage), b"\0") + offpage + key
    pages = [value[at : at + page - head] for at in range(0, len(value), page - head)]
    stored = b"".join(
        struct.pack("<8xIIIHHBB", number, 0, 0 if number == len(pages) + 1 else number + 1, 1, len(piece), 0, 7)
        + piece.ljust(page - head, b"\0")
        for number, piece in enumerate(pages, start=2)
    )
    spares = bytearray(meta)
    struct.pack_into("<I32I", spares, 72, 0, *[0] * 32)
    struct.pack_into("<I", spares, 96, 1)
    return bytes(spares) + bucket + stored

"""Zips that lie, are damaged, or are bombs: each says so, and what is sound in them is there."""

import io
import itertools
import os
import stat
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from lambdabuild.io.archive import open_zip
from lambdabuild.io.archive.faults import FaultError
from lambdabuild.io.archive.limits import MOST_DIRECTORY, MOST_ENTRIES, MOST_UNZIPPED, MOST_ZIPPED
from lambdabuild.io.archive.names import shown
from lambdabuild.io.archive.stream import read_at
from lambdabuild.model.artifact import Fault, FaultKind, Opened
from tests.support.cli import ROOT
from tests.support.zips import (
    DEFLATED,
    ENCRYPTED,
    FAT,
    STORED,
    STREAMED,
    UNIX,
    UTF8,
    WIDE,
    Part,
    closed,
    deflated,
    quoting_bomb,
    zeros_bomb,
    zip64_extra,
    zip64_of,
    zip_of,
)

Open = Callable[[bytes], Opened]

SOUND = Part(name=b"sound", content=b"sound")


def fault_among_sound(opened: Opened, *, unread: str = "bootstrap") -> Fault:
    """The one fault of a zip of `SOUND`, a bad entry, and `SOUND` under another name, both of which are there."""
    assert [(entry.name, entry.source.read_bytes()) for entry in opened.entries if entry.name != unread] == [
        ("sound", b"sound"),
        ("sound too", b"sound"),
    ]
    (fault,) = opened.faults
    return fault


def among_sound(*bad: Part) -> bytes:
    return zip_of(SOUND, *bad, Part(name=b"sound too", content=b"sound"))


@pytest.mark.parametrize(
    ("name", "kind", "entry", "details"),
    [
        (b"../evil", FaultKind.CLIMBS, "../evil", {}),
        (b"a/../b", FaultKind.CLIMBS, "a/../b", {}),
        (b"..", FaultKind.CLIMBS, "..", {}),
        (b"../", FaultKind.CLIMBS, "../", {}),
        (b"..\\evil", FaultKind.CLIMBS, "..\\evil", {}),
        (b"a\\..\\../b", FaultKind.CLIMBS, "a\\..\\../b", {}),
        (b"/etc/passwd", FaultKind.ABSOLUTE, "/etc/passwd", {}),
        (b"//a", FaultKind.ABSOLUTE, "//a", {}),
        (b"\\\\server\\share", FaultKind.ABSOLUTE, "\\\\server\\share", {}),
        (b"", FaultKind.BAD_NAME, "", {"reason": "is empty"}),
        (b".", FaultKind.BAD_NAME, ".", {"reason": "is empty"}),
        (b"./", FaultKind.BAD_NAME, "./", {"reason": "is empty"}),
        (b"boot\0strap", FaultKind.BAD_NAME, "boot\\x00strap", {"reason": "has a control character"}),
        (b"\x1b[2J", FaultKind.BAD_NAME, "\\x1b[2J", {"reason": "has a control character"}),
        (b"a\nb", FaultKind.BAD_NAME, "a\\nb", {"reason": "has a control character"}),
        ("a\u0085b".encode(), FaultKind.BAD_NAME, "a\\x85b", {"reason": "has a control character"}),
        (b"caf\xe9", FaultKind.BAD_NAME, "caf\\xe9", {"reason": "is not UTF-8"}),
        (b"a/" * 2047 + b"aa", FaultKind.BAD_NAME, "a/" * 39 + "a…", {"reason": "has more than 4095 bytes"}),
        (b"a" * 256, FaultKind.BAD_NAME, "a" * 79 + "…", {"reason": "has a part of more than 255 bytes"}),
        (b"a" * 0xFFFF, FaultKind.BAD_NAME, "a" * 79 + "…", {"reason": "has a part of more than 255 bytes"}),
    ],
)
def test_a_bad_name_is_no_entry(
    opened: Open, name: bytes, kind: FaultKind, entry: str, details: dict[str, str]
) -> None:
    found = opened(among_sound(Part(name=name)))

    assert fault_among_sound(found) == Fault(kind=kind, entry=entry, details=details)
    assert found.unread == frozenset()


def test_a_flag_of_utf8_is_held_against_the_name(opened: Open) -> None:
    found = opened(among_sound(Part(name=b"caf\xe9", host=FAT, flags=UTF8)))

    assert fault_among_sound(found).details == {"reason": "is not UTF-8"}


@pytest.mark.parametrize("name", [b"a/" * 2047 + b"a", b"a" * 255, "\u00fc".encode() * 127])
def test_the_longest_names_are_names(opened: Open, name: bytes) -> None:
    found = opened(zip_of(Part(name=name)))

    assert ([entry.name for entry in found.entries], found.faults) == ([name.decode()], ())


def test_what_is_shown_can_be_seen() -> None:
    assert shown("a\u202eb\ud800 c") == "a\\u202eb\\ud800 c"
    assert len(shown("x" * 1000)) == 80


def test_two_of_one_name_are_both_there(opened: Open) -> None:
    found = opened(zip_of(Part(content=b"one"), Part(name=b"./bootstrap", content=b"two")))

    assert [entry.source.read_bytes() for entry in found.entries] == [b"one", b"two"]
    assert Fault(kind=FaultKind.DUPLICATE, entry="bootstrap") in found.faults


def test_folders_may_be_named_twice(opened: Open) -> None:
    folder = Part(name=b"folder/", content=b"")

    assert opened(zip_of(folder, folder, SOUND)).faults == ()


@pytest.mark.parametrize(
    ("other", "kind"), [(b"a/", stat.S_IFDIR), (b"a/b", stat.S_IFREG), (b"a/b/c", stat.S_IFREG), (b"a/b", stat.S_IFLNK)]
)
@pytest.mark.parametrize("first", [stat.S_IFREG, stat.S_IFLNK])
@pytest.mark.parametrize("order", [1, -1])
def test_a_file_is_no_folder(opened: Open, other: bytes, kind: int, first: int, order: int) -> None:
    """Where the first is a link, the second would be written wherever the link leads."""
    content = b"" if kind == stat.S_IFDIR else b"/tmp"
    parts = (Part(name=b"a", mode=first | 0o644, content=b"/tmp"), Part(name=other, mode=kind | 0o755, content=content))

    found = opened(zip_of(*parts[::order], Part(name=b"a.b"), Part(name=b"a-")))

    assert Fault(kind=FaultKind.FILE_AS_FOLDER, entry="a", details={"other": other.decode()}) in found.faults


@pytest.mark.parametrize(
    ("mode", "what"),
    [
        (stat.S_IFIFO, "a pipe"),
        (stat.S_IFCHR, "a device"),
        (stat.S_IFBLK, "a device"),
        (stat.S_IFSOCK, "a socket"),
        (0o110000, "of the unknown type 110000"),
        (stat.S_IFDIR, "a folder with content"),
    ],
)
def test_special_files_are_told(opened: Open, mode: int, what: str) -> None:
    found = opened(among_sound(Part(mode=mode | 0o644)))

    assert fault_among_sound(found) == Fault(kind=FaultKind.SPECIAL, entry="bootstrap", details={"what": what})
    assert found.unread == (frozenset() if mode == stat.S_IFDIR else {"bootstrap"})


def test_a_folder_has_no_content(opened: Open) -> None:
    found = opened(among_sound(Part(name=b"bootstrap/")))

    assert fault_among_sound(found).details == {"what": "a folder with content"}


@pytest.mark.parametrize(("method", "name"), [(9, "deflate64"), (12, "bzip2"), (14, "lzma"), (93, "zstd"), (7, "7")])
def test_other_compressions_are_told(opened: Open, method: int, name: str) -> None:
    found = opened(among_sound(Part(method=method)))

    assert fault_among_sound(found) == Fault(kind=FaultKind.COMPRESSION, entry="bootstrap", details={"method": name})
    assert found.unread == {"bootstrap"}


@pytest.mark.parametrize("flags", [ENCRYPTED, ENCRYPTED | 1 << 6, 1 << 13])
def test_encrypted_entries_are_told(opened: Open, flags: int) -> None:
    found = opened(among_sound(Part(flags=flags)))

    assert fault_among_sound(found) == Fault(kind=FaultKind.ENCRYPTED, entry="bootstrap")
    assert found.unread == {"bootstrap"}


@pytest.mark.parametrize("method", [STORED, DEFLATED])
def test_a_wrong_checksum_is_told(opened: Open, method: int) -> None:
    part = Part(method=method, central={"crc": 0xABC}, local={"crc": 0xABC})

    fault = fault_among_sound(opened(among_sound(part)))

    crc = f"{zlib.crc32(part.content):08x}"
    assert fault == Fault(kind=FaultKind.BAD_CRC, entry="bootstrap", details={"claimed": "00000abc", "found": crc})


@pytest.mark.parametrize("method", [STORED, DEFLATED])
@pytest.mark.parametrize(("claimed", "found"), [(799, "more"), (0, "more"), (801, "800"), (WIDE - 1, "800")])
def test_a_wrong_size_is_told(opened: Open, method: int, claimed: int, found: str) -> None:
    lie = {"size": claimed}

    fault = fault_among_sound(opened(among_sound(Part(method=method, central=lie, local=lie))))

    details = {"claimed": str(claimed), "found": found}
    assert fault == Fault(kind=FaultKind.WRONG_SIZE, entry="bootstrap", details=details)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (deflated(b"x" * 800)[:-1], "has data that end too early"),
        (b"", "has data that end too early"),
        (b"\xff" * 20, "has damaged data"),
        (deflated(b"x" * 800) + b"more", "has more data than were compressed"),
        (deflated(b"x" * 800) + b"more" * 200_000, "has more data than were compressed"),
    ],
)
def test_damaged_data_are_told(tmp_path: Path, opened: Open, data: bytes, reason: str) -> None:
    found = opened(among_sound(Part(content=b"x" * 800, data=data)))

    assert fault_among_sound(found) == Fault(kind=FaultKind.DAMAGED, entry="bootstrap", details={"reason": reason})
    assert found.unread == {"bootstrap"}
    assert not (tmp_path / "into" / "1").exists()


@pytest.mark.parametrize(
    ("part", "field", "local", "central"),
    [
        (Part(local_name=b"other"), "name", "other", "bootstrap"),
        (Part(local={"method": STORED}), "method", "0", "8"),
        (Part(local={"flags": ENCRYPTED}), "encryption", "1", "0"),
        (Part(local={"size": 1}), "size", "1", "800"),
        (Part(local={"compressed": 1}), "compressed size", "1", str(len(deflated(b"content " * 100)))),
        (Part(content=b"", local={"crc": 5}), "crc", "5", "0"),
        (Part(local={"size": 1, "flags": STREAMED}), "size", "1", "800"),
        (Part(local={"size": 0}), "size", "0", "800"),
        (Part(local={"size": WIDE}), "size", "0", "800"),
        (Part(local={"size": WIDE}, local_extra=zip64_extra(7, 7)), "size", "7", "800"),
    ],
)
def test_headers_that_disagree_are_told(opened: Open, part: Part, field: str, local: str, central: str) -> None:
    """It is read as the central header says, as all tools do that do not stream."""
    found = opened(among_sound(part))

    assert [entry.source.read_bytes() for entry in found.entries if entry.name == "bootstrap"] == [part.content]
    (fault,) = (fault for fault in found.faults if fault.kind is not FaultKind.ZIP64)
    details = {"field": field, "local": local, "central": central}
    assert fault == Fault(kind=FaultKind.HEADERS_DISAGREE, entry="bootstrap", details=details)


def test_zip64_sizes_that_are_not_there_are_told(opened: Open) -> None:
    found = opened(among_sound(Part(central={"size": WIDE, "compressed": WIDE}, extra=zip64_extra(800))))

    assert fault_among_sound(found).details == {"reason": "has no zip64 sizes, where its header points to them"}


def test_a_field_behind_very_many_is_not_looked_for(opened: Open) -> None:
    extra = bytes(4) * 64 + zip64_extra(800)

    assert len(opened(zip_of(Part(central={"size": WIDE}, extra=extra[4:]))).entries) == 1
    assert len(opened(zip_of(Part(central={"size": WIDE}, extra=extra))).entries) == 0


@pytest.mark.parametrize(
    ("central", "reason"),
    [
        ({"offset": 1}, "has no local header"),
        ({"offset": WIDE - 1}, "lies outside of the zip"),
        ({"compressed": 10_000}, "runs into the central directory"),
        ({"disk": 1}, "is one part of several"),
    ],
)
def test_entries_without_a_place_are_told(opened: Open, central: dict[str, int], reason: str) -> None:
    found = opened(among_sound(Part(central=central)))

    assert fault_among_sound(found) == Fault(kind=FaultKind.DAMAGED, entry="bootstrap", details={"reason": reason})


def test_entries_may_lie_in_any_order(opened: Open) -> None:
    one, two = Part(name=b"one"), Part(name=b"two")
    second = len(one.local_header() + one.packed)
    body = one.local_header() + one.packed + two.local_header() + two.packed

    found = opened(closed(body, two.central_header(second) + one.central_header(0), 2))

    assert ([entry.name for entry in found.entries], found.faults) == (["two", "one"], ())


def test_entries_that_share_all_bytes_are_not_unpacked(tmp_path: Path, opened: Open) -> None:
    part = Part(content=bytes(1 << 20))
    parts = [Part(name=b"%d" % number, local_name=b"bootstrap", content=part.content) for number in range(100)]
    body = part.local_header() + part.packed

    found = opened(closed(body, b"".join(each.central_header(0) for each in parts), 100))

    assert (found.entries, len(found.unread), found.unzipped) == ((), 100, 0)
    assert [fault.kind for fault in found.faults] == [FaultKind.OVERLAP] * 10
    assert found.faults[0] == Fault(kind=FaultKind.OVERLAP, entry="0", details={"other": "99"})
    assert list((tmp_path / "into").iterdir()) == []


def test_a_bomb_of_quoted_headers_is_not_unpacked(opened: Open) -> None:
    """By itself, each entry is sound: others unpack 300 times the kernel."""
    bomb = quoting_bomb(300, bytes(1 << 20))
    with zipfile.ZipFile(io.BytesIO(bomb)) as archive:
        assert sum(info.file_size for info in archive.infolist()) > 300 << 20
        last = archive.infolist()[-1]
        assert archive.read(last) == bytes(1 << 20)

    found = opened(bomb)

    assert (found.entries, len(found.unread), found.unzipped) == ((), 300, 0)
    assert [fault.kind for fault in found.faults] == [FaultKind.OVERLAP] * 10
    assert sum(fault.count for fault in found.faults) == 300


def test_an_overlap_costs_only_those_that_share(opened: Open) -> None:
    parts = Part(name=b"one"), Part(name=b"two"), SOUND
    sizes = [len(part.local_header() + part.packed) for part in parts]
    one, two, sound = itertools.accumulate([0, *sizes[:-1]])
    longer = Part(name=b"one", central={"compressed": sizes[0]})
    body = b"".join(part.local_header() + part.packed for part in parts)
    directory = longer.central_header(one) + parts[1].central_header(two) + SOUND.central_header(sound)

    found = opened(closed(body, directory, 3))

    assert [entry.name for entry in found.entries] == ["sound"]
    assert found.faults == (
        Fault(kind=FaultKind.OVERLAP, entry="one", details={"other": "two"}),
        Fault(kind=FaultKind.OVERLAP, entry="two", details={"other": "one"}),
    )


MEASURED = """
import resource, sys, time
from pathlib import Path
from lambdabuild.io.archive import open_zip
start, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
opened = open_zip(Path(sys.argv[1]), Path(sys.argv[2]))
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
(fault,) = opened.faults
print(fault.kind, fault.entry, fault.count, *fault.details.values(), sep="|")
print(opened.unzipped, len(opened.entries), grown // 1024, int(time.monotonic() - start), sep="|")
"""


def test_a_bomb_ends_where_it_has_become_too_large(tmp_path: Path) -> None:
    """10 MB that would be 10 GB, and claim to be less: memory, disk and time have a bound."""
    claim = {"size": WIDE - 1}
    bomb = Part(name=b"bomb", data=zeros_bomb(10 << 10), central=claim, local=claim)
    archive = tmp_path / "bomb.zip"
    archive.write_bytes(zip_of(SOUND, bomb, Part(name=b"after"), Part(name=b"after all")))
    (tmp_path / "into").mkdir()

    done = subprocess.run(
        [sys.executable, "-c", MEASURED, archive, tmp_path / "into"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    fault, figures = done.stdout.splitlines()
    assert fault == f"too-much|bomb|3|bytes when it is unpacked|{MOST_UNZIPPED}"
    unzipped, entries, mebibytes, seconds = map(int, figures.split("|"))
    assert (unzipped, entries) == (5, 1)
    assert mebibytes < 50
    assert seconds < 60
    assert [path.name for path in (tmp_path / "into").iterdir()] == ["0"]


def test_what_lies_about_its_size_counts_by_what_comes_out(opened: Open) -> None:
    """Each claims one byte, and a piece of each comes out before that is seen to be wrong."""
    bomb = zeros_bomb(2)
    lie = {"size": 1}
    parts = [Part(name=b"%d" % number, data=bomb, central=lie, local=lie) for number in range(1100)]

    found = opened(zip_of(*parts))

    assert found.unzipped == 0
    wrong, too_much = found.faults[:10], found.faults[10]
    assert {fault.kind for fault in wrong} == {FaultKind.WRONG_SIZE}
    assert sum(fault.count for fault in wrong) == MOST_UNZIPPED >> 20
    assert (too_much.kind, too_much.count) == (FaultKind.TOO_MUCH, 1100 - (MOST_UNZIPPED >> 20))


def test_too_many_entries_are_not_looked_at(opened: Open) -> None:
    directory = Part().central_header(0) * (MOST_ENTRIES + 1)

    found = opened(closed(b"", directory, 0xFFFF))

    details = {"what": "entries", "limit": "100000"}
    assert (found.entries, found.faults) == ((), (Fault(kind=FaultKind.TOO_MUCH, details=details),))


def test_a_directory_of_many_megabytes_is_not_read(opened: Open) -> None:
    found = opened(closed(b"", bytes(MOST_DIRECTORY + 1), 1))

    details = {"what": "bytes of central directory", "limit": str(MOST_DIRECTORY)}
    assert found.faults == (Fault(kind=FaultKind.TOO_MUCH, details=details),)


def test_a_zip_of_a_gigabyte_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "x.zip").open("wb") as stream:
        stream.truncate(MOST_ZIPPED + 1)

    found = open_zip(tmp_path / "x.zip", tmp_path)

    details = {"what": "bytes", "limit": str(MOST_ZIPPED)}
    assert found.faults == (Fault(kind=FaultKind.TOO_MUCH, details=details),)
    assert (found.zipped, found.sha256) == (MOST_ZIPPED + 1, None)


ENDLESS = "has no central directory at its end"
MISFIT = "has an end record that does not fit the central directory"
SEVERAL = "is one part of several"
DISAGREE = "has two end records that disagree"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", ENDLESS),
        (b"no zip", ENDLESS),
        (b"PK\x03\x04" + bytes(100), ENDLESS),
        (b"PK\x05\x06" + bytes(10), ENDLESS),
        (zip_of(SOUND) + bytes(0x10000), ENDLESS),
        (zip_of(SOUND, comment=b"comment")[:-1], ENDLESS),
        (zip_of(SOUND, size=10_000), MISFIT),
        (zip_of(SOUND, offset=10_000), MISFIT),
        (zip_of(SOUND, disk=1), SEVERAL),
        (zip_of(SOUND, start_disk=1), SEVERAL),
        (zip_of(SOUND, here=0), SEVERAL),
        (zip64_of(SOUND, locator={"disk": 1}), SEVERAL),
        (zip64_of(SOUND, locator={"disks": 2}), SEVERAL),
        (zip64_of(SOUND, disk=1), SEVERAL),
        (zip64_of(SOUND, size=10_000), MISFIT),
        (zip64_of(SOUND, offset=1 << 63), MISFIT),
        (zip64_of(SOUND, locator={"offset": 1}), MISFIT),
        (zip64_of(SOUND, more=b"x", locator={"offset": 1 << 63}), "has a zip64 locator without its record"),
        (zip64_of(SOUND, more=b"x", locator={"offset": 1}), "has a zip64 locator without its record"),
        (zip64_of(SOUND)[:-22] + zip_of(SOUND)[-22:-12] + b"\2" + zip_of(SOUND)[-11:], DISAGREE),
    ],
)
def test_a_zip_without_an_end_is_told(opened: Open, content: bytes, reason: str) -> None:
    found = opened(content)

    assert found.faults == (Fault(kind=FaultKind.DAMAGED, details={"reason": reason}),)
    assert (found.entries, found.zipped) == ((), len(content))


def test_an_end_record_that_does_not_leave_it_to_zip64_must_agree(opened: Open) -> None:
    """CVE-2025-8291: tools differ in which of the two they believe."""
    alike = zip64_of(SOUND)[:-22] + zip_of(SOUND)[-22:]

    assert [entry.name for entry in opened(alike).entries] == ["sound"]


@pytest.mark.parametrize(
    ("count", "reason"),
    [(3, "claims 3 entries and has 2"), (1, "claims 1 entries and has 2"), (0, "claims 0 entries and has 2")],
)
def test_entries_are_counted(opened: Open, count: int, reason: str) -> None:
    found = opened(zip_of(Part(), SOUND, here=count, count=count))

    assert found.faults == (Fault(kind=FaultKind.DAMAGED, details={"reason": reason}),)
    assert len(found.entries) == 2


@pytest.mark.parametrize(
    "damage", [b"PK\x01\x03" + bytes(50), b"PK\x01\x02" + bytes(20), b"\0", SOUND.central_header(0)[:-1]]
)
def test_what_is_before_the_damage_of_a_directory_is_there(opened: Open, damage: bytes) -> None:
    part = Part()

    found = opened(closed(part.local_header() + part.packed, part.central_header(0) + damage, 2))

    reason = "has a central directory that is damaged after 1 entries"
    assert found.faults == (Fault(kind=FaultKind.DAMAGED, details={"reason": reason}),)
    assert [entry.name for entry in found.entries] == ["bootstrap"]


def test_a_file_that_shrinks_while_it_is_read_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"12345")
    with (tmp_path / "x").open("rb", buffering=0) as stream, pytest.raises(FaultError) as raised:
        read_at(stream, 3, 3)

    assert raised.value.details == {"reason": "is cut off"}


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs Linux")
def test_a_disk_that_fails_is_damage() -> None:
    with Path("/proc/self/mem").open("rb", buffering=0) as stream, pytest.raises(FaultError) as raised:
        read_at(stream, 0, 1)

    assert raised.value.details == {"reason": f"cannot be read: {os.strerror(5)}"}


def test_hosts_are_believed_for_links_only_where_they_have_them(opened: Open) -> None:
    link = stat.S_IFLNK | 0o777

    found = opened(zip_of(Part(name=b"a", host=UNIX, mode=link, content=b"b"), Part(name=b"b", host=FAT, mode=link)))

    assert (found.links, [entry.name for entry in found.entries]) == ({"a": "b"}, ["b"])

"""How tars are read, sound ones and damaged ones. Python's own library and GNU tar are the oracles."""

import io
import os
import random
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdabuild.errors import EnvironmentFailure
from lambdabuild.image.header import BLOCK
from lambdabuild.image.stream import Stream
from lambdabuild.image.tar import Kind, read_entries
from tests.support.gates import require
from tests.unit.image.support import Item, file, folder, hard_link, pipe, symlink, tar

GNU, PAX, USTAR = tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT
END = bytes(2 * BLOCK)
KINDS = {
    tarfile.REGTYPE: Kind.FILE,
    tarfile.AREGTYPE: Kind.FILE,
    tarfile.CONTTYPE: Kind.FILE,
    tarfile.GNUTYPE_SPARSE: Kind.FILE,
    tarfile.DIRTYPE: Kind.FOLDER,
    tarfile.SYMTYPE: Kind.SYMLINK,
    tarfile.LNKTYPE: Kind.HARDLINK,
    tarfile.CHRTYPE: Kind.OTHER,
    tarfile.BLKTYPE: Kind.OTHER,
    tarfile.FIFOTYPE: Kind.OTHER,
}


@dataclass(frozen=True, slots=True)
class Seen:
    """An entry, and all of its content."""

    name: str
    kind: Kind
    mode: int
    target: str
    content: bytes


def pieces(content: bytes, step: int) -> Iterator[bytes]:
    return (content[at : at + step] for at in range(0, len(content), step))


def read(content: bytes, *, step: int = 700, most: int = 1000) -> list[Seen]:
    """What we see in a tar that comes in pieces."""
    return [
        Seen(entry.name.rstrip("/"), entry.kind, entry.mode, entry.target, entry.content.read())
        for entry in read_entries(Stream(pieces(content, step), "it"), most)
    ]


def by_python(content: bytes) -> list[Seen]:
    """What Python sees."""
    found = []
    with tarfile.open(fileobj=io.BytesIO(content), encoding="utf-8", errors="surrogateescape") as archive:
        for member in archive:
            stream = archive.extractfile(member) if member.isreg() else None
            whole = stream.read() if stream else b""
            found.append(Seen(member.name.rstrip("/"), KINDS[member.type], member.mode, member.linkname, whole))
    return found


def refusal(content: bytes, *, most: int = 1000) -> str:
    """What is said of a tar that cannot be read, after its name."""
    with pytest.raises(EnvironmentFailure) as caught:
        read(content, most=most)
    return caught.value.message.removeprefix("it ")


def header(**fields: bytes) -> bytes:
    """The header of `x`, a file of no bytes, with other fields and a right checksum."""
    places = {"name": 0, "mode": 100, "size": 124, "kind": 156, "target": 157, "magic": 257, "prefix": 345}
    block = bytearray(tar(file("x"), form=USTAR)[:BLOCK])
    for name, value in fields.items():
        block[places[name] : places[name] + len(value)] = value
    return summed(block)


def summed(block: bytearray, *, signed: bool = False) -> bytes:
    block[148:156] = b" " * 8
    total = sum(block) - (256 * sum(byte > 127 for byte in block) if signed else 0)
    block[148:156] = b"%06o\0 " % total
    return bytes(block)


def special(kind: bytes, content: bytes) -> bytes:
    """A header that extends the next one, with its content."""
    return header(kind=kind, size=b"%011o\0" % len(content)) + content + bytes(-len(content) % BLOCK)


def record(key: str, value: str) -> bytes:
    """One record of a pax header."""
    body = f" {key}={value}\n".encode()
    size = len(body) + 1
    while len(str(size)) + len(body) != size:
        size += 1
    return str(size).encode() + body


def pax(records: Mapping[str, str]) -> bytes:
    return special(b"x", b"".join(record(key, value) for key, value in records.items()))


NAMES = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), min_size=1, max_size=300)
PATHS = NAMES.filter(lambda name: not name.endswith("/"))
CONTENTS = st.binary(max_size=2000)
ITEMS = st.one_of(
    st.builds(file, PATHS, CONTENTS, st.integers(0, 0o7777)),
    st.builds(folder, PATHS),
    st.builds(symlink, PATHS, NAMES),
    st.builds(hard_link, PATHS, NAMES),
    st.builds(pipe, PATHS),
    st.builds(lambda name: Item(name=name, kind=b"3"), PATHS),
)


@settings(max_examples=150)
@given(st.lists(ITEMS, max_size=8), st.sampled_from([GNU, PAX]), st.integers(1, 3000))
def test_tars_are_read_as_python_reads_them(items: list[Item], form: int, step: int) -> None:
    content = tar(*items, form=form)
    assert read(content, step=step) == by_python(content)


@pytest.mark.parametrize("form", [GNU, PAX])
@pytest.mark.parametrize("length", [99, 100, 101, 155, 256, 257, 5000])
def test_long_names_and_targets_are_whole(form: int, length: int) -> None:
    name, target = "n" * length, "t" * length
    seen = read(tar(symlink(name, target), file("after", b"x"), form=form))
    assert [(each.name, each.target) for each in seen] == [(name, target), ("after", "")]


def test_a_name_may_lie_in_two_fields() -> None:
    name = "p" * 150 + "/" + "n" * 99
    assert read(tar(file(name), form=USTAR))[0].name == name


def test_a_prefix_belongs_to_ustar_alone() -> None:
    assert read(header(prefix=b"p") + END)[0].name == "p/x"
    assert read(header(prefix=b"p", magic=b"ustar  \0") + END)[0].name == "x"


def test_a_name_that_is_not_utf_8_stays_apart_from_others() -> None:
    names = ["\udcff", "\udcfe", "\xff", "a\udcc3/\udca9"]
    assert [each.name for each in read(tar(*map(file, names)))] == names


def test_bits_other_than_permissions_are_left_out() -> None:
    assert read(header(mode=b"0104755\0") + END)[0].mode == 0o4755


def test_a_tar_of_old_has_files_without_a_type_and_folders_by_their_slash() -> None:
    seen = read(header(kind=b"\0", magic=bytes(8)) + header(kind=b"\0", name=b"d/") + header(name=b"f/") + END)
    assert [(each.name, each.kind) for each in seen] == [
        ("x", Kind.FILE),
        ("d", Kind.FOLDER),
        ("f", Kind.FILE),
    ]


def test_a_contiguous_file_is_a_file() -> None:
    assert read(header(kind=b"7") + END)[0].kind is Kind.FILE


@pytest.mark.parametrize("kind", [b"1", b"2", b"3", b"4", b"5", b"6"])
def test_what_is_no_file_has_no_content_whatever_its_size_says(kind: bytes) -> None:
    seen = read(header(kind=kind, size=b"00000000005\0") + header(name=b"y") + END)
    assert [(each.name, each.content) for each in seen] == [("x", b""), ("y", b"")]


@pytest.mark.parametrize("size", [b"00000000005\0", b"          5 ", b"5\0garbage   ", b"\x80" + bytes(10) + b"\5"])
def test_a_size_is_octal_or_base_256(size: bytes) -> None:
    assert read(header(size=size) + b"12345".ljust(BLOCK, b"\0") + END)[0].content == b"12345"


def test_a_checksum_may_count_bytes_with_a_sign() -> None:
    block = bytearray(header(name="\u00fc".encode()))
    assert read(summed(block, signed=True) + END)[0].name == "\u00fc"


def test_a_pax_header_says_more_than_ustar_can() -> None:
    records = {"path": "p" * 200, "size": "3", "linkpath": "", "mtime": "1.5", "SCHILY.xattr.user.x": "1 =\n2"}
    seen = read(pax(records) + header() + b"abc".ljust(BLOCK, b"\0") + header(name=b"y") + END)
    assert [(each.name, each.content) for each in seen] == [("p" * 200, b"abc"), ("y", b"")]


def test_a_global_pax_header_is_left_out() -> None:
    assert read(special(b"g", record("path", "all")) + header() + END)[0].name == "x"


def test_of_two_special_headers_the_last_counts_and_gnu_before_pax() -> None:
    assert read(pax({"path": "p", "size": "9"}) + pax({"path": "q"}) + header() + END)[0].name == "q"
    assert read(special(b"L", b"l\0") + pax({"path": "q"}) + header() + END)[0].name == "l"
    assert read(special(b"K", b"k\0") + header(kind=b"2") + END)[0].target == "k"


@pytest.mark.parametrize("end", [b"", bytes(BLOCK), END, bytes(20 * BLOCK), END + b"anything"])
def test_a_tar_ends_by_two_blank_blocks_or_just_so(end: bytes) -> None:
    assert [each.name for each in read(header() + end)] == ["x"]


@pytest.mark.parametrize("padding", [b"", bytes(10), bytes(BLOCK - 3)])
def test_the_last_file_needs_no_padding(padding: bytes) -> None:
    assert [each.content for each in read(header(size=b"00000000003\0") + b"abc" + padding)] == [b"abc"]


@pytest.mark.parametrize("empty", [b"", bytes(BLOCK), END])
def test_a_tar_may_be_empty(empty: bytes) -> None:
    assert read(empty) == []


def test_content_can_be_read_in_parts_or_not_at_all() -> None:
    content = random.Random(0).randbytes(5000)
    stream = Stream(pieces(tar(file("a", content), file("b", content), file("c", b"c")), 999), "it")
    entries = read_entries(stream, 9)
    first = next(entries).content
    assert first.read(0) == b""
    assert first.read(10) + first.read(3000) + first.read(3000) == content
    assert first.read(1) == first.read() == b""
    second = next(entries).content
    assert second.read(10) == content[:10]
    assert next(entries).content.read() == b"c"
    assert second.read() == b""


@pytest.mark.parametrize("place", [1, 511, 513, 1000, 1024, 1100, 1535, 1600, 2135])
def test_a_tar_that_is_cut_is_said_to_end(place: int) -> None:
    content = tar(file("x" * 200, b"x" * 600), form=GNU)[:place]
    assert refusal(content) in ("ends in the middle of a header", "ends in the middle of a file")


def test_a_file_that_is_cut_is_refused_whether_or_not_it_is_read() -> None:
    content = tar(file("x", b"x" * 600))[: 2 * BLOCK]
    assert refusal(content) == "ends in the middle of a file"
    with pytest.raises(EnvironmentFailure, match="ends in the middle of a file"):
        list(read_entries(Stream(iter([content]), "it"), 9))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"x" * BLOCK, "has an entry whose checksum is wrong"),
        (header() + b"x" * BLOCK, "has an entry whose checksum is wrong"),
        (header() + bytes(BLOCK) + header(), "goes on after a blank block"),
        (header(kind=b"?"), "has an entry of the unknown type b'?'"),
        (header(size=b"0000000000x\0"), "has an entry with a number that is none"),
        (header(size=b"-0000000001\0"), "has an entry with a number that is none"),
        (header(size=b"\xff" * 12), "has an entry with a negative number"),
        (header(mode=b"999"), "has an entry with a number that is none"),
        (special(b"x", b"x") + header(), "has a pax header that is damaged"),
        (special(b"x", b"9 a=b\n") + header(), "has a pax header that is damaged"),
        (special(b"x", b"6 a=bc") + header(), "has a pax header that is damaged"),
        (special(b"x", b"5 ab\n") + header(), "has a pax header that is damaged"),
        (special(b"x", b"0 a=b\n") + header(), "has a pax header that is damaged"),
        (special(b"x", b"1 a=b\n") + header(), "has a pax header that is damaged"),
        (pax({"size": "-1"}) + header(), "has a pax header with a number that is none"),
        (pax({"size": "9" * 5000}) + header(), "has a pax header with a number that is none"),
        (pax({"path": "a\0b"}) + header(), "has a name with a zero byte"),
        (pax({"linkpath": "a\0b"}) + header(kind=b"2"), "has a name with a zero byte"),
        (header(kind=b"x", size=b"00004000001\0"), "has a special header of 1048577 bytes"),
        (header(kind=b"L", size=b"77777777777\0"), "has a special header of 8589934591 bytes"),
    ],
)
def test_a_damaged_tar_is_refused_in_words(content: bytes, said: str) -> None:
    assert refusal(content + END) == said


def test_a_tar_of_too_many_entries_is_refused() -> None:
    content = tar(*(file(str(number)) for number in range(10)))
    assert len(read(content, most=10)) == 10
    assert refusal(content, most=9) == "has more than 9 entries"
    assert refusal(special(b"g", b"") * 10 + header(), most=9) == "has more than 9 entries"


REGIONS = (0, 3, 5, 40)


@pytest.mark.parametrize("regions", REGIONS)
@pytest.mark.parametrize("form", ["gnu", "oldgnu", "posix:0.0", "posix:0.1", "posix:1.0"])
def test_holes_of_sparse_files_are_zeros(tmp_path: Path, form: str, regions: int) -> None:
    content = holed(tmp_path / "sparse", regions)
    (tmp_path / "after").write_bytes(b"after")
    packed = by_gnu_tar(tmp_path, form)
    assert len(packed) < len(content) + 20_000
    assert {each.name: each.content for each in read(packed)} == {"sparse": content, "after": b"after"}
    assert read(packed) == by_python(packed)


@pytest.mark.parametrize("form", ["gnu", "posix:1.0"])
def test_sparse_files_can_be_read_in_parts_or_not_at_all(tmp_path: Path, form: str) -> None:
    content = holed(tmp_path / "sparse", 5)
    packed = by_gnu_tar(tmp_path, form, ["sparse", "sparse"])
    entries = read_entries(Stream(pieces(packed, 1000), "it"), 9)
    first = next(entries).content
    parts = []
    while part := first.read(7777):
        parts.append(part)
    assert b"".join(parts) == content
    assert next(entries, None) is not None
    assert next(entries, None) is None


def holed(path: Path, regions: int) -> bytes:
    """Write a file of that many regions with bytes in them, a hole before each and at the end; what it holds."""
    size = (2 * regions + 2) * 64 * 1024
    with path.open("wb") as written:
        written.truncate(size)
        for number in range(regions):
            written.seek((2 * number + 1) * 64 * 1024)
            written.write(os.urandom(4096 + number))
    return path.read_bytes()


def by_gnu_tar(parent: Path, form: str, names: list[str] | None = None) -> bytes:
    name, _, version = form.partition(":")
    options = [f"--format={name}", *([f"--sparse-version={version}"] if version else [])]
    listed = names or sorted(path.name for path in parent.iterdir())
    command = [require("tar"), "-S", "--hole-detection=raw", "--hard-dereference", *options, "-C", str(parent), "-c"]
    return subprocess.run([*command, *listed], capture_output=True, check=True).stdout


SPARSE = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "10"}


def leading(text: bytes, stored: bytes = b"") -> bytes:
    """A sparse file of format 1.0, of 10 bytes, with this map."""
    spread = text + bytes(-len(text) % BLOCK) + stored + bytes(-len(stored) % BLOCK)
    size = b"%011o\0" % (len(text) + -len(text) % BLOCK + len(stored))
    return pax(SPARSE) + header(size=size) + spread + END


def test_a_sparse_file_of_format_1_0_is_read() -> None:
    assert read(leading(b"1\n4\n3\n", b"abc"))[0].content == bytes(4) + b"abc" + bytes(3)
    named = pax(SPARSE | {"GNU.sparse.name": "real", "path": "GNUSparseFile.1/real"})
    assert read(named + header(size=b"00000001000\0") + b"0\n".ljust(BLOCK, b"\0") + END)[0].name == "real"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (leading(b"1\n4\n3\n", b"ab"), "has a sparse file whose map does not fit what is stored"),
        (leading(b"1\n4\n3\n", b"abcd"), "has a sparse file whose map does not fit what is stored"),
        (leading(b"1\n9\n3\n", b"abc"), "has a sparse file whose map is wrong"),
        (leading(b"2\n4\n1\n4\n1\n", b"ab"), "has a sparse file whose map is wrong"),
        (leading(b"1\n-4\n3\n", b"abc"), "has a pax header with a number that is none"),
        (leading(b"9999\n4\n3\n", b"abc"), "has a sparse file whose map does not end"),
        (leading(b"x" * 2_000_000), "has a sparse file whose map does not end"),
        (pax(SPARSE | {"GNU.sparse.major": "2"}) + header(), "has a sparse file of an unknown format"),
        (pax({"GNU.sparse.map": "0,0"}) + header(), "has a sparse file without a size"),
        (pax({"GNU.sparse.map": "0", "GNU.sparse.size": "0"}) + header(), "has a sparse file whose map does not fit"),
        (pax({"GNU.sparse.map": "a,b", "GNU.sparse.size": "0"}) + header(), "has a pax header with a number that is"),
        (header(kind=b"S"), "has a sparse file of an unknown format"),
    ],
)
def test_a_damaged_sparse_file_is_refused_in_words(content: bytes, said: str) -> None:
    assert refusal(content + END).startswith(said)


def test_a_map_of_the_old_format_ends(tmp_path: Path) -> None:
    """Each block of it says that another one follows."""
    holed(tmp_path / "sparse", 5)
    first = bytearray(by_gnu_tar(tmp_path, "gnu")[:BLOCK])
    follows = bytes(504) + b"\1" + bytes(7)
    assert refusal(bytes(first) + follows * 3000) == "has a sparse file whose map does not end"


def damaged(content: bytes, seed: int) -> bytes:
    """The same with some bytes changed, some taken out or put in, headers' checksums right again now and then."""
    dice = random.Random(seed)
    changed = bytearray(content)
    for _ in range(dice.randint(1, 6)):
        at = dice.randrange(len(changed))
        match dice.randrange(5):
            case 0:
                changed[at] = dice.randrange(256)
            case 1:
                changed[at] ^= 1 << dice.randrange(8)
            case 2:
                del changed[at : at + dice.choice([1, 3, BLOCK])]
            case 3:
                changed[at:at] = dice.randbytes(dice.choice([1, 3, BLOCK]))
            case 4:
                field = dice.choice([100, 124, 148, 156, 257, 345, 386, 482, 483]) + at // BLOCK * BLOCK
                changed[field : field + 4] = dice.choice([b"7777", b"\xff" * 4, b"\x80\0\0\0", b"    ", b"-001"])
        if not changed:
            return b""
    if dice.random() < 0.7:
        for start in range(0, len(changed) - BLOCK + 1, BLOCK):
            if changed[start + 257 : start + 262] == b"ustar":
                changed[start : start + BLOCK] = summed(changed[start : start + BLOCK])
    return bytes(changed)


def test_a_tar_damaged_anyhow_is_read_or_refused(tmp_path: Path) -> None:
    holed(tmp_path / "sparse", 5)
    items = [file("a" * 120, b"1" * 700), folder("d"), symlink("l", "t" * 130), hard_link("h", "a"), file("b", b"2")]
    sound = [
        *(tar(*items, form=form) for form in (GNU, PAX)),
        *(by_gnu_tar(tmp_path, form)[: 20 * BLOCK] for form in ("gnu", "posix:0.0", "posix:0.1", "posix:1.0")),
    ]
    refused = 0
    for seed in range(4000):
        entries = read_entries(Stream(iter([damaged(sound[seed % len(sound)], seed)]), "it"), 100)
        try:
            for entry in entries:
                entry.content.read(1 << 20)
        except EnvironmentFailure:
            refused += 1
    assert 500 < refused < 4000

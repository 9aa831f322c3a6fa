"""Whatever the bytes, there is an answer and no exception; whatever a sound zip holds, it is what zipfile finds."""

import io
import random
import stat
import subprocess
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdabuild.io.archive import open_zip
from lambdabuild.io.archive.limits import MOST_LISTED
from lambdabuild.io.archive.names import plain
from lambdabuild.model.artifact import FaultKind, Opened
from tests.support.gates import require
from tests.support.zips import STREAMED, Part, info_zip, zip64_of, zip_of

Open = Callable[[bytes], Opened]

LINK = Part(name=b"lib/link", mode=stat.S_IFLNK | 0o777, content=b"../bootstrap")
FOLDER = Part(name=b"lib/", content=b"", mode=stat.S_IFDIR | 0o755)
LATE = Part(name=b"late", flags=STREAMED, local={"crc": 0, "size": 0, "compressed": 0}, descriptor=bytes(12))
SMALL = {
    "plain": zip_of(Part(), FOLDER, LINK, LATE, comment=b"comment"),
    "zip64": zip64_of(Part(content=b"x"), LINK),
}
HEADERS = b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"


def answer(content: bytes) -> Opened:
    """What is said of these bytes, which holds together."""
    with tempfile.TemporaryDirectory() as folder:
        archive, into = Path(folder, "x.zip"), Path(folder, "into")
        archive.write_bytes(content)
        into.mkdir()
        found = open_zip(archive, into)
        assert {entry.source for entry in found.entries} == set(into.iterdir())
        assert found.unzipped == sum(entry.source.stat().st_size for entry in found.entries)
    assert found.zipped == len(content)
    names = [entry.name for entry in found.entries]
    for name in (*names, *found.links, *found.folders, *found.unread):
        assert plain(name) == name
    for kind in FaultKind:
        assert sum(fault.kind is kind for fault in found.faults) <= MOST_LISTED
    assert names or found.faults or found.links or found.folders
    return found


@pytest.mark.parametrize("which", SMALL)
def test_a_zip_that_is_cut_off_anywhere_is_damaged(which: str) -> None:
    whole = SMALL[which]
    for size in range(len(whole)):
        found = answer(whole[:size])
        assert FaultKind.DAMAGED in {fault.kind for fault in found.faults}
        assert found.entries == ()


@pytest.mark.parametrize("which", SMALL)
def test_a_zip_whose_beginning_is_gone_is_answered(which: str) -> None:
    whole = SMALL[which]
    for size in range(len(whole)):
        assert answer(whole[size:]).faults


@pytest.mark.parametrize("which", SMALL)
def test_no_byte_can_be_changed_into_an_exception(which: str) -> None:
    whole = bytearray(SMALL[which])
    for place, byte in enumerate(whole):
        for other in {0, 0xFF, byte ^ 1} - {byte}:
            whole[place] = other
            answer(bytes(whole))
        whole[place] = byte


def test_mutations_of_real_zips_are_answered(tmp_path: Path) -> None:
    """A run of its own each time would find more, and be a test that fails for no change of ours."""
    dice = random.Random(8291)
    (tmp_path / "function").mkdir()
    (tmp_path / "function" / "bootstrap").write_bytes(dice.randbytes(200) + bytes(200))
    (tmp_path / "function" / "link").symlink_to("bootstrap")
    real = [info_zip(tmp_path / "function", "-r", "-y"), *SMALL.values()]

    for _ in range(3000):
        content = bytearray(dice.choice(real))
        for _ in range(dice.randint(1, 4)):
            _mutate(content, dice)
        answer(bytes(content))


def _mutate(content: bytearray, dice: random.Random) -> None:
    """Change what is likely to matter: fields of headers, sizes, pieces that move."""
    place = dice.randrange(len(content))
    match dice.randrange(5):
        case 0:
            content[place] = dice.randrange(256)
        case 1:
            size = dice.choice([2, 4, 8])
            number = dice.choice([0, 1, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 1 << 62, (1 << 64) - 1])
            content[place : place + size] = number.to_bytes(8, "little")[:size]
        case 2:
            del content[place : place + dice.randrange(1, 40)]
        case 3:
            content[place:place] = content[dice.randrange(len(content)) :][: dice.randrange(1, 60)]
        case _:
            header = content.find(dice.choice(HEADERS))
            if 0 <= header < len(content) - 46:
                content[header + dice.randrange(4, 46)] = dice.randrange(256)
    content += b"PK" if not content else b""


@given(st.binary(max_size=300), st.sampled_from(HEADERS), st.binary(max_size=60))
@settings(max_examples=300)
def test_noise_is_answered(start: bytes, header: bytes, rest: bytes) -> None:
    answer(start + header + rest)


_PART = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="/\\"), min_size=1, max_size=8
).filter(lambda part: part not in (".", ".."))
_CONTENT = st.one_of(st.binary(max_size=300), st.binary(min_size=1, max_size=20).map(lambda piece: piece * 5000))
_FILES = st.dictionaries(
    st.integers(0, 9).flatmap(lambda n: st.lists(_PART, min_size=1, max_size=3).map(lambda p: f"{n}{'/'.join(p)}")),
    st.tuples(st.sampled_from([0o644, 0o755, 0o600, 0o444]), _CONTENT, st.sampled_from([0, 8]), st.booleans()),
    max_size=6,
)

_AROUND = st.binary(max_size=20).filter(lambda some: b"PK" not in some)  # zipfile takes some of it for a record


class _Pipe(io.RawIOBase):
    """Where nothing can be sought, zipfile writes data descriptors."""

    def __init__(self) -> None:
        self.written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, content: object) -> int:
        assert isinstance(content, (bytes, bytearray, memoryview))
        self.written += content
        return len(content)


@given(
    files=_FILES,
    prefix=_AROUND,
    comment=_AROUND,
    streamed=st.booleans(),
)
@settings(max_examples=100)
def test_we_read_what_zipfile_reads(
    files: dict[str, tuple[int, bytes, int, bool]], prefix: bytes, comment: bytes, *, streamed: bool
) -> None:
    target: _Pipe | io.BytesIO = _Pipe() if streamed else io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.comment = comment
        for name, (mode, content, method, wide) in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            info.external_attr = (stat.S_IFREG | mode) << 16
            with archive.open(info, "w", force_zip64=wide) as stream:
                stream.write(content)
    made = prefix + (bytes(target.written) if isinstance(target, _Pipe) else target.getvalue())

    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        expected = [
            (info.filename, info.external_attr >> 16 & 0o777, archive.read(info)) for info in archive.infolist()
        ]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "x.zip").write_bytes(made)
        Path(folder, "into").mkdir()
        found = open_zip(Path(folder, "x.zip"), Path(folder, "into"))
        entries = [(entry.name, entry.mode, entry.source.read_bytes()) for entry in found.entries]

    assert entries == expected
    kinds = {fault.kind for fault in found.faults}
    wanted = {
        FaultKind.EMPTY: not files,
        FaultKind.DATA_DESCRIPTOR: streamed and bool(files),
        FaultKind.ZIP64: any(wide for _, _, _, wide in files.values()),
    }
    assert kinds - {FaultKind.FILE_AS_FOLDER} == {kind for kind, there in wanted.items() if there}


@pytest.mark.parametrize(
    ("content", "status", "fault"),
    [
        (SMALL["plain"], 0, None),
        (SMALL["zip64"], 0, None),
        (b"prefix" + SMALL["plain"], 1, None),
        (zip_of(Part(local_name=b"other")), 1, FaultKind.HEADERS_DISAGREE),
        (zip_of(Part(central={"crc": 5}, local={"crc": 5})), 2, FaultKind.BAD_CRC),
        (zip_of(Part(data=b"\xff" * 20)), 2, FaultKind.DAMAGED),
        (SMALL["plain"][:-30], 9, FaultKind.DAMAGED),
    ],
)
def test_unzip_agrees(tmp_path: Path, opened: Open, content: bytes, status: int, fault: FaultKind | None) -> None:
    archive = tmp_path / "x.zip"
    archive.write_bytes(content)

    tested = subprocess.run([require("unzip"), "-qt", archive], capture_output=True, text=True, check=False)

    harmless = {FaultKind.SYMLINK, FaultKind.DATA_DESCRIPTOR, FaultKind.ZIP64}
    assert tested.returncode == status, tested.stdout + tested.stderr
    assert {each.kind for each in opened(content).faults} - harmless == ({fault} if fault else set())

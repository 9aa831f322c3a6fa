"""Layers as stored: packed in any way, damaged in any way, larger than any machine."""

import gzip
import random
import tracemalloc
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from itertools import chain, repeat

import pytest
import zstandard

from lambdabuild.errors import DigestMismatchError, EnvironmentFailure
from lambdabuild.image.compression import PIECE, ZSTD_WINDOW
from lambdabuild.image.header import BLOCK
from lambdabuild.image.layers import Layer, Limits, opened
from tests.support.registry import sha256
from tests.unit.image.support import file, layer, tar

CONTENT = random.Random(0).randbytes(300_000)
TAR = tar(file("a", CONTENT), file("b", bytes(500_000)), file("c", b"c"))
SKIPPABLE = b"\x50\x2a\x4d\x18\x04\0\0\0abcd"
MIB = 1 << 20


def gzipped(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def gzipped_in_members(content: bytes) -> bytes:
    """As pigz and bgzip may write it: many members, one of them empty."""
    return b"".join(gzipped(content[at : at + 100_001]) for at in range(0, len(content), 100_001)) + gzipped(b"")


def zstd(content: bytes) -> bytes:
    return zstandard.compress(content)


def zstd_in_frames(content: bytes) -> bytes:
    """As zstd:chunked has it: many frames, and some for others to read."""
    frames = [zstandard.compress(content[at : at + 100_001]) for at in range(0, len(content), 100_001)]
    return SKIPPABLE + zstandard.compress(b"") + SKIPPABLE.join(frames)


def plain(content: bytes) -> bytes:
    return content


PACKED = [plain, gzipped, gzipped_in_members, zstd, zstd_in_frames]


def read(one: Layer, limits: Limits | None = None) -> dict[str, bytes]:
    """Every file of a layer."""
    with opened(one, limits) if limits else opened(one) as entries:
        return {entry.name: entry.content.read() for entry in entries}


def failure(one: Layer, limits: Limits | None = None) -> EnvironmentFailure:
    with pytest.raises(EnvironmentFailure) as caught:
        read(one, limits)
    assert not caught.value.temporary
    return caught.value


@pytest.mark.parametrize("pack", PACKED)
@pytest.mark.parametrize("step", [1000, 1 << 20])
def test_a_layer_is_read_however_it_is_packed(pack: Callable[[bytes], bytes], step: int) -> None:
    found = read(layer(pack(TAR), TAR, step=step))
    assert found == {"a": CONTENT, "b": bytes(500_000), "c": b"c"}


@pytest.mark.parametrize("pack", PACKED)
def test_a_layer_may_come_a_byte_at_a_time_and_empty_pieces_between(pack: Callable[[bytes], bytes]) -> None:
    small = tar(file("a", b"a"))
    stored = pack(small)

    def blob() -> Iterator[bytes]:
        return chain.from_iterable((b"", stored[at : at + 1]) for at in range(len(stored)))

    assert read(Layer(about="layer", diff_id=sha256(small), blob=blob)) == {"a": b"a"}


@pytest.mark.parametrize("pack", PACKED)
@pytest.mark.parametrize("content", [b"", bytes(BLOCK), bytes(2 * BLOCK)])
def test_a_layer_may_be_empty(pack: Callable[[bytes], bytes], content: bytes) -> None:
    assert read(layer(pack(content), content)) == {}


@pytest.mark.parametrize("pack", PACKED)
def test_the_digest_is_over_all_bytes_to_the_end(pack: Callable[[bytes], bytes]) -> None:
    padded = TAR + bytes(700_000) + b"more"
    assert set(read(layer(pack(padded), padded))) == {"a", "b", "c"}
    assert isinstance(failure(layer(pack(padded), TAR)), DigestMismatchError)


@pytest.mark.parametrize("pack", PACKED)
def test_a_layer_of_another_digest_is_refused(pack: Callable[[bytes], bytes]) -> None:
    told = failure(layer(pack(TAR), b"other"))
    assert isinstance(told, DigestMismatchError)
    assert told.message == f"layer, unpacked: expected {sha256(b'other')}, got {sha256(TAR)}"


@pytest.mark.parametrize("pack", PACKED)
@pytest.mark.parametrize("missing", [1, 10, 1000])
def test_a_layer_that_is_cut_off_is_refused(pack: Callable[[bytes], bytes], missing: int) -> None:
    failure(layer(pack(TAR)[:-missing], TAR))


@pytest.mark.parametrize(
    ("pack", "said"),
    [(gzipped, "layer ends in the middle of a gzip member"), (zstd, "layer ends in the middle of a file")],
)
def test_where_a_layer_is_cut_off_is_said(pack: Callable[[bytes], bytes], said: str) -> None:
    assert failure(layer(pack(TAR)[:250_000], TAR)).message == said


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        (gzipped(TAR) + b"garbage", "layer ends in the middle of a gzip member"),
        (gzipped(TAR) + b"garbage" * 5, "layer is damaged: gzip cannot be read on"),
        (gzipped(TAR)[:100] + b"garbage" + gzipped(TAR)[107:], "layer is damaged: gzip cannot be read on"),
        (zstd(TAR) + b"garbage", "layer is damaged: zstd cannot be read on"),
        (zstd(TAR)[:4] + b"\xff" * 100, "layer is damaged: zstd cannot be read on"),
        (b"BZh91AY&SY", "layer is no tar, and not compressed by gzip or zstd: it begins with `425a6839`"),
        (b"{}" * 600, "layer is no tar, and not compressed by gzip or zstd: it begins with `7b7d7b7d`"),
        (b"x", "layer is no tar, and not compressed by gzip or zstd: it begins with `78`"),
        (gzipped(b"x" * BLOCK), "layer has an entry whose checksum is wrong"),
        (gzipped(gzipped(TAR)), "layer has an entry whose checksum is wrong"),
    ],
)
def test_what_is_no_layer_is_refused_in_words(stored: bytes, said: str) -> None:
    told = failure(layer(stored, TAR))
    assert told.message == said
    assert told.hint == "make, push or save the image again; no engine can run this one"


def test_a_zstd_frame_may_ask_for_the_memory_that_zstd_itself_allows_and_no_more() -> None:
    def asking(log: int) -> bytes:
        long = zstandard.ZstdCompressionParameters.from_level(1, window_log=log, enable_ldm=True)
        engine = zstandard.ZstdCompressor(compression_params=long).compressobj()
        return engine.compress(TAR) + engine.flush()

    assert ZSTD_WINDOW == 1 << 27
    assert set(read(layer(asking(27), TAR))) == {"a", "b", "c"}
    assert failure(layer(asking(28), TAR)).message == "layer is damaged: zstd cannot be read on"


def test_a_failure_of_the_blob_is_told_as_it_is() -> None:
    cut = EnvironmentFailure("cut", temporary=True)

    def blob(stored: bytes) -> Iterator[bytes]:
        yield stored[:-1000]
        raise cut

    for pack in PACKED:
        with pytest.raises(EnvironmentFailure) as caught:
            read(Layer(about="layer", diff_id=sha256(TAR), blob=lambda pack=pack: blob(pack(TAR))))  # type: ignore[misc]
        assert caught.value is cut


@pytest.mark.parametrize("pack", PACKED)
@pytest.mark.parametrize("entries", [0, 1, 3])
def test_a_blob_is_closed_however_much_was_read(pack: Callable[[bytes], bytes], entries: int) -> None:
    closed = []

    def blob() -> Iterator[bytes]:
        try:
            yield from layer(pack(TAR), step=1000).blob()
        finally:
            closed.append(True)

    with opened(Layer(about="layer", diff_id=sha256(TAR), blob=blob)) as found:
        for _ in range(entries):
            next(found)
    assert closed == ([True] if entries else [])


@pytest.mark.parametrize("pack", [gzipped, zstd])
def test_bytes_that_are_not_what_their_digest_says_are_told_as_that(pack: Callable[[bytes], bytes]) -> None:
    stored = pack(TAR)
    damaged = stored[:200] + b"garbage" + stored[207:]

    def blob() -> Iterator[bytes]:
        yield from layer(damaged, step=1000).blob()
        raise DigestMismatchError("blob", expected=sha256(stored), actual=sha256(damaged))

    with pytest.raises(DigestMismatchError, match="blob: expected"):
        read(Layer(about="layer", diff_id=sha256(TAR), blob=blob))


def test_a_layer_of_too_many_bytes_is_refused_at_once() -> None:
    limit = Limits(size=len(TAR))
    assert set(read(layer(gzipped(TAR), TAR), limit)) == {"a", "b", "c"}
    less = Limits(size=len(TAR) - 1)
    assert failure(layer(gzipped(TAR), TAR), less).message == f"layer holds more than {len(TAR) - 1} bytes"


def test_a_file_of_too_many_bytes_is_refused_before_it_is_read() -> None:
    huge = bytearray(tar(file("huge")))
    huge[124:136] = b"\x80" + (1 << 60).to_bytes(11, "big")
    huge[148:156] = b" " * 8
    huge[148:156] = b"%06o\0 " % sum(huge[:BLOCK])
    told = failure(layer(bytes(huge)))
    assert told.message == f"layer holds more than {20 << 30} bytes"
    assert told.hint == "images of Lambda have 10 GB at most; name another image"


def test_a_layer_of_too_many_entries_is_refused() -> None:
    assert failure(layer(TAR), Limits(entries=2)).message == "layer has more than 2 entries"


def gzip_bomb(size: int) -> Iterator[bytes]:
    engine = zlib.compressobj(9, wbits=31)
    for _ in range(size // MIB):
        yield engine.compress(bytes(MIB))
    yield engine.flush()


def zstd_bomb(size: int) -> Iterator[bytes]:
    engine = zstandard.ZstdCompressor(level=1).compressobj()
    for _ in range(size // MIB):
        yield engine.compress(bytes(MIB))
    yield engine.flush()


@pytest.mark.parametrize("bomb", [gzip_bomb, zstd_bomb])
def test_a_bomb_takes_no_memory_and_ends(bomb: Callable[[int], Iterator[bytes]]) -> None:
    """A file of 120 MB in 120 KB, or in 4 KB, which is not read; and the same as the padding of a tar."""
    size = 120 * MIB
    head = tar(file("x", bytes(1)))[: 2 * BLOCK]
    huge = bytearray(head[:BLOCK])
    huge[124:136] = b"%011o\0" % size
    huge[148:156] = b" " * 8
    huge[148:156] = b"%06o\0 " % sum(huge)
    whole = bytes(huge), head
    for start in whole:
        packed = b"".join(bomb(size))
        prefix = gzipped(start) if bomb is gzip_bomb else zstd(start)
        one = Layer(about="layer", diff_id="", blob=lambda stored=prefix + packed: iter([stored]))  # type: ignore[misc]
        tracemalloc.start()
        try:
            with (
                pytest.raises(EnvironmentFailure, match=f"layer holds more than {100 * MIB} bytes"),
                opened(one, Limits(size=100 * MIB)) as entries,
            ):
                deque(entries, maxlen=0)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < 20 * PIECE


def test_memory_does_not_depend_on_the_size_of_a_file() -> None:
    one = Layer(
        about="layer",
        diff_id="",
        blob=lambda: chain([tar(file("x", bytes(1)))[: 2 * BLOCK]], repeat(bytes(PIECE), 800)),
    )
    tracemalloc.start()
    try:
        with pytest.raises(DigestMismatchError), opened(one) as entries:
            deque(entries, maxlen=0)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10 * PIECE


@pytest.mark.parametrize("pack", PACKED)
def test_a_layer_damaged_anyhow_is_refused(pack: Callable[[bytes], bytes]) -> None:
    small = tar(file("a", CONTENT[:3000]), file("b", bytes(5000)))
    stored = pack(small)
    dice = random.Random(0)
    for _ in range(300):
        changed = bytearray(stored)
        for _ in range(dice.randint(1, 3)):
            changed[dice.randrange(len(changed))] = dice.randrange(256)
        cut = bytes(changed[: dice.choice([len(changed), dice.randrange(len(changed))])])
        try:
            found = read(layer(cut, small))
        except EnvironmentFailure:
            continue
        assert found == {"a": CONTENT[:3000], "b": bytes(5000)}

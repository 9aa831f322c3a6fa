"""Input trees, against an encoder of Directory messages that is written out by hand."""

import hashlib
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdabuild.io import merkle
from lambdabuild.model.plan import Digest, InputFile, InputTree, Stamp

Tree = Mapping[str, "bytes | Tree"]

A = "a" * 64
EMPTY = Digest(hash=hashlib.sha256(b"").hexdigest(), size=0)

NAMES = st.text("abAB.-_é語\U0001f600", min_size=1, max_size=4)
TREES: st.SearchStrategy[Tree] = st.recursive(
    st.dictionaries(NAMES, st.binary(max_size=4), max_size=4),
    lambda trees: st.dictionaries(NAMES, st.binary(max_size=4) | trees, max_size=4),
    max_leaves=8,
)


def varint(number: int) -> bytes:
    more = [number & 127]
    while number := number >> 7:
        more.append(number & 127)
    return bytes([*(part | 128 for part in more[:-1]), more[-1]])


def field(number: int, content: bytes) -> bytes:
    """A length-delimited field of protobuf's wire format; an empty one is not written."""
    return varint(number << 3 | 2) + varint(len(content)) + content if content else b""


def encoded(digest: Digest) -> bytes:
    return field(1, digest.hash.encode()) + (b"\x10" + varint(digest.size) if digest.size else b"")


def by_hand(tree: Tree) -> Digest:
    """The digest of a Directory by the words of remote_execution.proto. Files with an odd length are executable."""
    files, folders = b"", b""
    for name, content in sorted(tree.items()):
        if isinstance(content, bytes):
            executable = b"\x20\x01" if len(content) % 2 else b""
            files += field(1, field(1, name.encode()) + field(2, encoded(merkle.digest_of(content))) + executable)
        else:
            folders += field(2, field(1, name.encode()) + field(2, encoded(by_hand(content))))
    message = files + folders
    return Digest(hash=hashlib.sha256(message).hexdigest(), size=len(message))


def flat(tree: Tree) -> dict[PurePosixPath, bytes]:
    """Every file by its path."""
    found: dict[PurePosixPath, bytes] = {}
    for name, content in tree.items():
        below = {PurePosixPath(): content} if isinstance(content, bytes) else flat(content)
        found |= {name / path: one for path, one in below.items()}
    return found


def without_empty(tree: Tree) -> Tree:
    """No folder is there for its own sake."""
    pruned = {name: one if isinstance(one, bytes) else without_empty(one) for name, one in tree.items()}
    return {name: one for name, one in pruned.items() if one != {}}


def sensible(tree: Tree) -> bool:
    return all(name not in {".", ".."} and (isinstance(one, bytes) or sensible(one)) for name, one in tree.items())


SENSIBLE = TREES.filter(sensible)


def nodes(tree: Tree) -> list[InputFile]:
    return [
        InputFile(path=path, digest=merkle.digest_of(content), executable=bool(len(content) % 2), content=content)
        for path, content in flat(tree).items()
    ]


@given(SENSIBLE)
def test_a_tree_has_the_digest_that_the_specification_gives_it(tree: Tree) -> None:
    assert merkle.root_of(nodes(tree), []) == by_hand(without_empty(tree))


@given(SENSIBLE, st.randoms())
def test_the_order_of_files_does_not_count(tree: Tree, random: Random) -> None:
    mixed = nodes(tree)
    random.shuffle(mixed)

    assert merkle.root_of(mixed, []) == merkle.root_of(nodes(tree), [])


@given(SENSIBLE, SENSIBLE)
def test_a_known_tree_stands_for_its_files(tree: Tree, known: Tree) -> None:
    files = nodes({"files": tree})
    inside = nodes({"known": {"deep": {**known, "a file": b""}}})
    digest = merkle.root_of(nodes({**known, "a file": b""}), [])

    with_known = merkle.root_of(files, [InputTree(path=PurePosixPath("known/deep"), digest=digest, source=None)])

    assert with_known == merkle.root_of([*files, *inside], [])


@given(SENSIBLE)
def test_a_tree_of_files_alone_has_the_same_digest(tree: Tree) -> None:
    files = {path: merkle.digest_of(content) for path, content in flat(tree).items()}
    odd = {path: bool(len(content) % 2) for path, content in flat(tree).items()}

    assert merkle.tree_of(files.items(), executable=odd.__getitem__) == by_hand(without_empty(tree))


@given(SENSIBLE)
def test_a_tree_on_disk_has_the_digest_of_its_files(tree: Tree) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path, content in flat(tree).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)

        found = {path: merkle.digest_of_file(source)[0] for path, source in merkle.files_below(folder)}

    assert found == {path: merkle.digest_of(content) for path, content in flat(tree).items()}


def test_nothing_has_the_digest_of_nothing() -> None:
    assert merkle.root_of([], []) == EMPTY


def test_a_file_that_is_executable_is_another_node() -> None:
    path, digest = PurePosixPath("a"), merkle.digest_of(b"")

    assert merkle.tree_of([(path, digest)], executable=lambda _: True) != merkle.tree_of(
        [(path, digest)], executable=lambda _: False
    )


@pytest.mark.parametrize("below", ["known", "known/deep"])
def test_a_known_tree_is_never_written_into(below: str) -> None:
    file = InputFile(path=PurePosixPath(below) / "file", digest=EMPTY)
    known = InputTree(path=PurePosixPath("known"), digest=EMPTY, source=None)

    with pytest.raises(AssertionError, match=r"a known tree is not written into"):
        merkle.root_of([file], [known])


def test_a_file_and_a_tree_may_not_share_a_name() -> None:
    file = InputFile(path=PurePosixPath("name"), digest=EMPTY)
    known = InputTree(path=PurePosixPath("name"), digest=EMPTY, source=None)

    with pytest.raises(AssertionError, match=r"one name is one node"):
        merkle.root_of([file], [known])


def test_links_and_other_things_are_no_files(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "folder").symlink_to(tmp_path)

    assert [str(path) for path, _ in merkle.files_below(tmp_path)] == ["file"]


def test_a_stamp_is_of_the_file_that_was_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * (3 << 20))

    digest, stamp = merkle.digest_of_file(path)

    status = path.stat()
    assert digest == merkle.digest_of(path.read_bytes())
    assert stamp == Stamp(size=3 << 20, mtime=status.st_mtime_ns, inode=status.st_ino)


@pytest.mark.parametrize(
    "text",
    [
        "", "abc", "abc/", "abc/x", "x/1", f"{A[1:]}/1", f"{A.upper()}/1", f"sha256:{A}/1",
        A, f"{A}/", f"{A}/x", f"{A}/-1", f"{A}/ 1", f"{A}/1_0", f"{A}/01", f"{A}/1/2", f"{A}/1\n",
    ],
)  # fmt: skip
def test_what_is_not_a_digest_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a digest: hash/size"):
        Digest.parse(text)


def test_a_digest_is_read_as_it_is_written() -> None:
    assert Digest.parse(str(EMPTY)) == EMPTY

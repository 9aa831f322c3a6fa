"""umoci is the oracle: layers of every kind, unpacked to disk by it and to memory by us, make the same tree.

What it refuses, or does otherwise for a reason, is left out: block and character devices (without root it writes files
in their place), metadata of aufs (it unpacks what lies in such folders), whiteouts of no name (it removes the folder
that they are in), type `7` and global pax headers (unknown to it).
"""

import hashlib
import os
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lambdabuild.errors import EnvironmentFailure
from tests.support.gates import require
from tests.unit.image.support import (
    Item,
    file,
    folder,
    hard_link,
    pipe,
    root_of,
    symlink,
    tar,
    tree_of,
    twins_of,
    write_layout,
)

Found = tuple[dict[str, str], set[frozenset[str]]]
"""What is where, and which paths are one file."""

OPAQUE = ".wh..wh..opq"
NAMES = ("a", "b", "c", "d\udcff")


def by_umoci(tars: Sequence[bytes]) -> Found | None:
    """The tree that umoci leaves on disk; None where it refuses."""
    with tempfile.TemporaryDirectory() as scratch:
        layout, root = Path(scratch, "layout"), Path(scratch, "root")
        write_layout(layout, tars)
        command = [require("umoci"), "raw", "unpack", "--rootless", "--image", f"{layout}:1", str(root)]
        done = subprocess.run(command, capture_output=True, env={}, check=False)
        return _on_disk(root) if done.returncode == 0 else None


def by_us(tars: Sequence[bytes]) -> Found | None:
    """The tree that we see; None where we refuse."""
    try:
        root = root_of(*tars)
    except EnvironmentFailure:
        return None
    return tree_of(root), twins_of(root)


def _on_disk(root: Path) -> Found:
    tree = {"/": "folder"}
    inodes: dict[int, set[str]] = {}
    for here, folders, files in os.walk(root):
        for name in (*folders, *files):
            path = Path(here, name)
            known = f"/{path.relative_to(root)}"
            status = path.lstat()
            if stat.S_ISLNK(status.st_mode):
                tree[known] = f"link {os.readlink(path)}"  # noqa: PTH115 - a Path drops the dots of a target
            elif stat.S_ISDIR(status.st_mode):
                tree[known] = "folder"
            elif stat.S_ISREG(status.st_mode):
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                tree[known] = f"file {stat.S_IMODE(status.st_mode):o} {digest}"
                inodes.setdefault(status.st_ino, set()).add(known)
            else:
                tree[known] = "other"
    return tree, {frozenset(paths) for paths in inodes.values() if len(paths) > 1}


def _named(folders: Sequence[str], last: str, before: str, after: str) -> str:
    return before + "/".join([*folders, last]) + after


FOLDERS = st.lists(st.sampled_from((*NAMES, "..", ".")), max_size=3)
LASTS = st.sampled_from(NAMES)
PATHS = st.builds(_named, FOLDERS, LASTS, st.sampled_from(["", "", "", "./", "/", "../"]), st.just(""))
CONTENTS = st.sampled_from([b"", b"1", b"22", b"3" * 600])
MODES = st.sampled_from([0o644, 0o755, 0o600])
TARGETS = st.builds(_named, FOLDERS, st.sampled_from((*NAMES, "..", ".")), st.sampled_from(["", "/"]), st.just(""))
MARKERS = st.builds(
    lambda folders, last: file(_named(folders, last, "", "")),
    FOLDERS,
    st.sampled_from([*(f".wh.{name}" for name in NAMES), OPAQUE, OPAQUE]),
)
ITEMS = st.one_of(
    st.builds(file, PATHS, CONTENTS, MODES),
    st.builds(file, PATHS, CONTENTS, MODES),
    st.builds(folder, PATHS),
    st.builds(symlink, PATHS, TARGETS),
    st.builds(hard_link, PATHS, PATHS),
    st.builds(pipe, PATHS),
    MARKERS,
)
LAYERS = st.lists(st.lists(ITEMS, max_size=6), min_size=1, max_size=3)


SLOW = settings(suppress_health_check=[HealthCheck.too_slow])


def without_refused(layers: Sequence[Sequence[Item]]) -> list[list[Item]]:
    """The same without the entries that nothing could follow."""
    kept: list[list[Item]] = []
    for items in layers:
        kept.append([])
        for item in items:
            kept[-1].append(item)
            if by_us([tar(*each) for each in kept]) is None:
                kept[-1].pop()
    return kept


@settings(SLOW, max_examples=120)
@given(layers=LAYERS.map(without_refused))
def test_layers_make_the_tree_that_umoci_makes(layers: list[list[Item]]) -> None:
    tars = [tar(*items) for items in layers]
    made = by_us(tars)
    assert made is not None
    assert made == by_umoci(tars)


@settings(SLOW, max_examples=50)
@given(layers=LAYERS)
@example(layers=[[folder("usr/lib"), symlink("lib", "usr/lib")], [file("lib/x.so")]])
@example(layers=[[symlink("lib", "usr/lib"), file("lib/x"), file("usr/lib/y")]])
@example(layers=[[folder("usr"), symlink("lib", "gone/../usr")], [file("lib/x.so")]])
@example(layers=[[folder("usr"), symlink("lib", "usr")], [file("lib/x"), file(".wh.lib")]])
@example(layers=[[folder("usr"), symlink("lib", "usr")], [file(".wh.lib"), file("lib/x")]])
@example(layers=[[file("c/b")], [file("a/b", b"1"), symlink("a", "c"), file("a/.wh.b")]])
@example(layers=[[file("d/x", b"1")], [file(".wh.d"), hard_link("z", "d/x")]])
@example(layers=[[file("d/x"), file("d/k")], [hard_link("d/y", "d/x"), file(f"d/{OPAQUE}")]])
@example(layers=[[file("a"), symlink("l", "a/../b"), folder("b"), file("l/x")]])
@example(layers=[[symlink("a", "b"), symlink("b", "a"), file("a/x")]])
def test_layers_are_refused_that_umoci_refuses(layers: list[list[Item]]) -> None:
    tars = [tar(*items) for items in layers]
    assert by_us(tars) == by_umoci(tars)

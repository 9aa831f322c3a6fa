"""Symbolic links are followed as Linux follows them: Linux is the oracle."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdabuild.io.links import MOST_LINKS, resolve

LINKS = {
    "/lib": "usr/lib",
    "/lib64": "/lib",
    "/usr/lib/libc.so": "libc.so.6",
    "/usr/up": "../lib64/libc.so",
    "/out": "../../../usr",
    "/here": ".",
    "/self": "self",
    "/a": "b",
    "/b": "/a",
}


@pytest.mark.parametrize(
    ("path", "real"),
    [
        ("/", "/"),
        ("", "/"),
        ("/..", "/"),
        ("/etc/passwd", "/etc/passwd"),
        ("etc//./passwd/", "/etc/passwd"),
        ("/lib", "/usr/lib"),
        ("/lib/libc.so", "/usr/lib/libc.so.6"),
        ("/lib64/libc.so", "/usr/lib/libc.so.6"),
        ("/usr/up", "/usr/lib/libc.so.6"),
        ("/lib/..", "/usr"),
        ("/lib/../x", "/usr/x"),
        ("/x/../lib/y", "/usr/lib/y"),
        ("/out/lib", "/usr/lib"),
        ("/here/here/lib", "/usr/lib"),
        ("/../../lib", "/usr/lib"),
        ("/self", None),
        ("/a", None),
        ("/a/x", None),
        ("/a/..", None),
        ("/lib/missing", "/usr/lib/missing"),
    ],
)
def test_links_are_followed(path: str, real: str | None) -> None:
    assert resolve(path, LINKS) == real


@pytest.mark.parametrize("length", [MOST_LINKS, MOST_LINKS + 1])
def test_a_path_leads_through_forty_links_at_most(tmp_path: Path, length: int) -> None:
    links = {f"/{number}": str(number + 1) for number in range(length)}
    (tmp_path / str(length)).touch()
    for path, target in links.items():
        tmp_path.joinpath(path[1:]).symlink_to(target)
    assert (resolve("/0", links) == f"/{length}") is tmp_path.joinpath("0").exists() is (length == MOST_LINKS)


def test_links_do_not_lead_too_far() -> None:
    assert resolve("/" + "long/" * 2000 + "b", {}) == "/" + "long/" * 2000 + "b"
    assert resolve("/" + "long/" * 2000 + "l", {"/" + "long/" * 2000 + "l": "x"}) is None


def test_a_path_that_leads_on_from_no_folder_is_none_where_folders_are_known() -> None:
    folders = {"/usr", "/usr/lib"}
    assert resolve("/lib/libc.so", LINKS, folders=folders) == "/usr/lib/libc.so.6"
    assert resolve("/lib/../lib", LINKS, folders=folders) == "/usr/lib"
    assert resolve("/new", LINKS, folders=folders) == "/new"
    for path in ("/lib/libc.so/x", "/lib/libc.so/..", "/missing/x", "/missing/../usr"):
        assert resolve(path, LINKS, folders=folders) is None


NAMES = st.sampled_from("abc")
INNER = st.lists(NAMES, max_size=3)
PLACES = st.lists(NAMES, min_size=1, max_size=2)


@settings(max_examples=300)
@given(
    folders=st.lists(PLACES, max_size=4),
    links=st.dictionaries(PLACES.map(tuple), st.tuples(st.sampled_from(["relative", "absolute"]), INNER), max_size=5),
    path=st.lists(NAMES, min_size=1, max_size=4),
)
def test_what_linux_finds_is_found(
    folders: list[list[str]], links: dict[tuple[str, ...], tuple[str, list[str]]], path: list[str]
) -> None:
    """`..` is written only where it cannot leave the root, which is a folder of the machine here."""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch).resolve()
        for folder in folders:
            root.joinpath(*folder).mkdir(parents=True, exist_ok=True)
        told: dict[str, str] = {}
        for place, (kind, names) in links.items():
            link = root.joinpath(*place)
            if not link.parent.is_dir() or link.parent.resolve() != link.parent or link.is_dir() or link.is_symlink():
                continue
            up = "../" * (len(place) - 1)
            target = (up if kind == "relative" else "/") + "/".join(names) or "."
            told["/" + "/".join(place)] = target
            link.symlink_to(target if kind == "relative" else f"{root}{target}")
        there = {f"/{each.relative_to(root)}" for each in root.rglob("*") if each.is_dir() and not each.is_symlink()}
        found = resolve("/" + "/".join(path), told, folders=there)
        real = root.joinpath(*path)
        if real.exists():
            assert found == f"/{real.resolve().relative_to(root)}".replace("/.", "/")
        else:
            assert found is None or not root.joinpath(found[1:]).exists()

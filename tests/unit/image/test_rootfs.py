"""What layers make of a root filesystem, a rule of the specification each."""

import pytest

from lambdabuild.errors import EnvironmentFailure
from lambdabuild.image.layers import Limits
from lambdabuild.image.rootfs import File, Readable, Root, read_root
from tests.unit.image.support import (
    Item,
    digest_of,
    file,
    folder,
    hard_link,
    layer,
    pipe,
    root_of,
    symlink,
    tar,
)

OPAQUE = ".wh..wh..opq"


def paths(*tars: bytes) -> set[str]:
    """All that is there but the root folder."""
    root = root_of(*tars)
    return {*root.files, *root.links, *root.folders, *root.others} - {"/"}


def contents(*tars: bytes) -> dict[str, bytes]:
    """What the files hold."""
    root = read_root([layer(each) for each in tars], lambda _, __, content: content.read())
    return {path: each.facts for path, each in root.files.items() if each.facts is not None}


def refusal(*tars: bytes) -> str:
    """What is said of layers that no one can apply."""
    with pytest.raises(EnvironmentFailure) as caught:
        root_of(*tars)
    assert caught.value.hint == "make, push or save the image again; no engine can run this one"
    return caught.value.message


def test_files_links_folders_and_devices_are_kept_apart() -> None:
    root = root_of(tar(file("bin/sh", b"#!", 0o4755), symlink("sh", "bin/sh"), folder("tmp"), pipe("run/log")))
    assert {path: (each.mode, each.size) for path, each in root.files.items()} == {"/bin/sh": (0o4755, 2)}
    assert root.links == {"/sh": "bin/sh"}
    assert root.others == {"/run/log"}
    assert root.folders == {"/": {"bin", "run", "sh", "tmp"}, "/bin": {"sh"}, "/run": {"log"}, "/tmp": set()}


def test_an_image_without_layers_is_an_empty_folder() -> None:
    assert root_of() == Root(files={}, links={}, folders={"/": set()}, others=set())


def test_what_a_look_remembers_is_kept_with_the_file() -> None:
    def look(path: str, size: int, content: Readable) -> str | None:
        return f"{path} {size} {content.read(2)!r}" if path.endswith("b") else None

    root = read_root([layer(tar(file("a", b"aaaa"), file("b", b"bbbb")))], look)
    assert root.files == {
        "/a": File(mode=0o644, size=4, facts=None),
        "/b": File(mode=0o644, size=4, facts="/b 4 b'bb'"),
    }


def test_a_content_is_gone_once_the_next_entry_came() -> None:
    kept: list[Readable] = []
    read_root([layer(tar(file("a", b"aaaa"), file("b", b"bbbb")))], lambda _, __, content: kept.append(content))
    assert [each.read() for each in kept] == [b"", b""]


def test_what_a_look_raises_goes_through() -> None:
    def look(path: str, size: int, content: Readable) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        read_root([layer(tar(file("a")))], look)


def test_an_upper_layer_covers_a_lower_one() -> None:
    assert contents(tar(file("a", b"old"), file("b", b"b")), tar(file("a", b"new"))) == {"/a": b"new", "/b": b"b"}


def test_a_later_entry_covers_an_earlier_one() -> None:
    assert contents(tar(file("a", b"old"), file("a", b"new"))) == {"/a": b"new"}


def test_a_folder_that_comes_again_keeps_what_is_in_it() -> None:
    assert paths(tar(file("d/x")), tar(folder("d"))) == {"/d", "/d/x"}


@pytest.mark.parametrize(
    ("lower", "upper", "left"),
    [
        ([file("d/x"), file("d/y/z")], [file("d")], {"/d"}),
        ([file("d/x")], [symlink("d", "e")], {"/d"}),
        ([file("d/x")], [pipe("d")], {"/d"}),
        ([file("d")], [folder("d"), file("d/x")], {"/d", "/d/x"}),
        ([file("d")], [symlink("d", "e")], {"/d"}),
        ([pipe("d")], [file("d")], {"/d"}),
        ([symlink("d", "e"), file("e/x")], [file("d")], {"/d", "/e", "/e/x"}),
        ([symlink("d", "e"), file("e/x")], [folder("d"), file("d/y")], {"/d", "/d/y", "/e", "/e/x"}),
    ],
)
def test_what_comes_takes_the_place_of_what_was(lower: list[Item], upper: list[Item], left: set[str]) -> None:
    assert paths(tar(*lower), tar(*upper)) == left
    assert paths(tar(*lower, *upper)) == left


@pytest.mark.parametrize("kind", [b"0", b"2", b"5"])
def test_a_whiteout_of_any_type_takes_away_what_lower_layers_have(kind: bytes) -> None:
    marker = Item(name="d/.wh.x", kind=kind, target="anything")
    assert paths(tar(file("d/x"), file("d/y")), tar(marker)) == {"/d", "/d/y"}


def test_a_whiteout_takes_a_whole_folder_away() -> None:
    assert paths(tar(file("d/x"), file("d/e/f")), tar(file(".wh.d"))) == set()


def test_a_whiteout_takes_a_link_away_and_not_what_it_leads_to() -> None:
    assert paths(tar(file("d/x"), symlink("l", "d")), tar(file(".wh.l"))) == {"/d", "/d/x"}


def test_a_whiteout_of_nothing_does_nothing() -> None:
    assert paths(tar(file("d/x")), tar(file("d/.wh.y"), file("e/f/.wh.x"), file("d/x/.wh.z"))) == {"/d", "/d/x"}


@pytest.mark.parametrize("late", [False, True])
def test_a_whiteout_leaves_what_its_own_layer_has(late: bool) -> None:
    marker, new = file(".wh.d"), file("d/new", b"new")
    upper = [new, marker] if late else [marker, new]
    assert contents(tar(file("d/old", b"old")), tar(*upper)) == {"/d/new": b"new"}


@pytest.mark.parametrize("late", [False, True])
def test_a_whiteout_and_a_file_of_one_name_leave_the_file(late: bool) -> None:
    marker, new = file(".wh.x"), file("x", b"new")
    upper = [new, marker] if late else [marker, new]
    assert contents(tar(file("x", b"old")), tar(*upper)) == {"/x": b"new"}


def test_what_was_taken_away_can_come_back() -> None:
    assert contents(tar(file("x", b"1")), tar(file(".wh.x")), tar(file("x", b"3"))) == {"/x": b"3"}


@pytest.mark.parametrize("at", [0, 1, 2])
def test_an_opaque_folder_has_only_what_its_own_layer_has(at: int) -> None:
    upper = [file("d/new", b"new"), file("d/e/new", b"new")]
    upper.insert(at, file(f"d/{OPAQUE}"))
    lower = tar(file("d/old"), file("d/e/old"), file("d/f/old"), file("other", b"other"))
    assert contents(lower, tar(*upper)) == {"/d/new": b"new", "/d/e/new": b"new", "/other": b"other"}


def test_an_opaque_root_has_only_what_its_own_layer_has() -> None:
    assert paths(tar(file("a"), file("b/c")), tar(file(OPAQUE), file("d"))) == {"/d"}


def test_an_opaque_folder_that_is_not_there_is_not_made() -> None:
    assert paths(tar(file("d")), tar(file(f"e/{OPAQUE}"), file(f"d/{OPAQUE}"))) == {"/d"}


def test_an_opaque_folder_spares_a_new_name_of_an_old_file() -> None:
    lower = tar(file("d/x", b"x"), file("d/y", b"y"))
    assert contents(lower, tar(hard_link("d/z", "d/x"), file(f"d/{OPAQUE}"))) == {"/d/z": b"x"}


def test_whiteouts_that_come_again_and_again_take_no_time() -> None:
    """Each could look at every file of its folder, for minutes."""
    files = [file(f"d/{number}") for number in range(10_000)]
    assert len(root_of(tar(*files, *[file(".wh.d"), file(f"d/{OPAQUE}")] * 5_000)).files) == 10_000


def test_metadata_of_aufs_is_ignored() -> None:
    upper = [file(".wh..wh.aufs"), folder(".wh..wh.plnk"), file(".wh..wh.plnk/17.3"), folder("d/.wh..wh.orph")]
    assert paths(tar(file("d/x")), tar(*upper)) == {"/d", "/d/x"}


@pytest.mark.parametrize("name", [".wh.", ".wh..", ".wh..."])
def test_a_whiteout_of_no_name_is_refused(name: str) -> None:
    assert refusal(tar(file("d/x")), tar(file(f"d/{name}"))) == f"layer has the whiteout `{name}`, which names nothing"


def test_hard_links_are_one_file() -> None:
    root = root_of(tar(file("a", b"1"), hard_link("b", "a"), hard_link("/c/d", "./b")))
    assert root.files["/a"] is root.files["/b"] is root.files["/c/d"]


def test_a_hard_link_reaches_into_lower_layers_and_through_links() -> None:
    root = root_of(tar(file("d/a", b"1"), symlink("l", "d")), tar(hard_link("b", "/l/a")))
    assert root.files["/b"] is root.files["/d/a"]


def test_a_hard_link_keeps_what_its_target_was() -> None:
    lower = tar(file("a", b"old"), file("b", b"old b"))
    upper = tar(hard_link("c", "a"), file("a", b"new"), hard_link("d", "b"), file(".wh.b"))
    assert contents(lower, upper) == {"/a": b"new", "/c": b"old", "/d": b"old b"}


def test_a_hard_link_to_a_link_or_a_pipe_is_another_one() -> None:
    root = root_of(tar(symlink("s", "a"), hard_link("t", "s"), pipe("p"), hard_link("q", "p")))
    assert root.links == {"/s": "a", "/t": "a"}
    assert root.others == {"/p", "/q"}


@pytest.mark.parametrize("target", ["gone", "d", "b", "a/x"])
def test_a_hard_link_to_no_file_is_refused(target: str) -> None:
    told = refusal(tar(folder("d"), file("a"), hard_link("b", target)))
    assert told == f"layer has a hard link `/b` to `/{target}`, where no file is"


@pytest.mark.parametrize("target", ["usr/lib", "/usr/lib", "./usr//lib/", "../../usr/lib", "usr/share/../lib"])
def test_a_folder_of_a_name_is_followed_through_links(target: str) -> None:
    lower = tar(folder("usr/lib"), folder("usr/share"), symlink("lib", target))
    assert paths(lower, tar(file("lib/x.so"))) == {"/usr", "/usr/lib", "/usr/lib/x.so", "/usr/share", "/lib"}


def test_a_link_to_nothing_has_its_folder_made() -> None:
    assert paths(tar(symlink("lib", "a/b")), tar(file("lib/x"))) == {"/lib", "/a", "/a/b", "/a/b/x"}


def test_whiteouts_are_followed_through_links() -> None:
    lower = tar(file("d/x"), file("d/y"), symlink("l", "d"))
    assert paths(lower, tar(file("l/.wh.x"))) == {"/d", "/d/y", "/l"}
    assert paths(lower, tar(file(f"l/{OPAQUE}"))) == {"/d", "/l"}


def test_an_entry_below_links_that_loop_is_refused() -> None:
    told = refusal(tar(symlink("a", "b"), symlink("b", "a"), file("a/x")))
    assert told == "layer has an entry `/a/x` below a link that leads nowhere"


@pytest.mark.parametrize("below", [file("a/b"), folder("a/b"), file("a/b/c"), symlink("a/b", "c")])
def test_an_entry_below_a_file_is_refused(below: Item) -> None:
    assert refusal(tar(file("a"), below)) == "layer has an entry below `/a`, which is no folder"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("./a", "/a"),
        ("/a", "/a"),
        ("//a", "/a"),
        ("../../a", "/a"),
        ("b/../a", "/a"),
        ("a/", "/a"),
        ("./././a/.", "/a"),
        ("u\u00fc\u4e2d", "/u\u00fc\u4e2d"),
        ("not utf-8 \udcff", "/not utf-8 \udcff"),
        ("line\nbreak", "/line\nbreak"),
    ],
)
def test_names_have_one_form(name: str, path: str) -> None:
    assert set(root_of(tar(file(name))).files) == {path}


def test_dots_go_up_in_the_name_and_not_through_links() -> None:
    assert paths(tar(folder("u/v"), symlink("l", "u/v"), file("l/../x"))) == {"/u", "/u/v", "/l", "/x"}


@pytest.mark.parametrize("name", [".", "./", "/", ""])
def test_the_root_folder_may_be_an_entry_and_nothing_but_a_folder(name: str) -> None:
    assert paths(tar(folder(name))) == set()
    refused = "layer puts something in the place of the root folder"
    assert refusal(tar(symlink(name, "x"))) == refused


def test_a_link_has_a_target() -> None:
    assert refusal(tar(symlink("l", ""))) == "layer has a link `/l` with a target of 0 characters"
    assert refusal(tar(symlink("l", "x" * 4097))) == "layer has a link `/l` with a target of 4097 characters"


def test_a_path_is_no_longer_than_linux_allows() -> None:
    assert len(paths(tar(file("d/" * 2047 + "x")))) == 2048
    assert refusal(tar(file("d/" * 2048 + "x"))) == "layer has a path of 4098 characters"


def test_names_cannot_exhaust_memory() -> None:
    """A name of 4 KB may stand for 2,000 folders, which take 4 MB."""
    layers = [layer(tar(file("d/" * 500 + "x")))]
    read_root(layers, digest_of, Limits(names=500_000))
    with pytest.raises(EnvironmentFailure, match="layer has more names than an image can have"):
        read_root(layers, digest_of, Limits(names=400_000))


def test_a_deep_tree_is_taken_away_whole() -> None:
    assert paths(tar(file("d/" * 2000 + "x")), tar(file(".wh.d"))) == set()


def test_links_of_the_root_are_followed_as_linux_does() -> None:
    root = root_of(
        tar(
            file("usr/lib/libc.so.6"),
            symlink("usr/lib/libc.so", "libc.so.6"),
            symlink("lib", "usr/lib"),
            symlink("lib64", "/lib"),
            symlink("up", "lib/../lib/libc.so"),
            symlink("out", "../../../usr"),
            symlink("gone", "nowhere"),
            symlink("thru", "usr/lib/libc.so/../libc.so"),
            symlink("a", "b"),
            symlink("b", "a"),
            pipe("pipe"),
        )
    )
    real = "/usr/lib/libc.so.6"
    for path in ("/usr/lib/libc.so.6", "/lib64/libc.so", "lib/libc.so.6", "/up", "/out/lib/libc.so", "//lib/./libc.so"):
        assert root.resolve(path) == real
    assert root.resolve("/lib64/") == "/usr/lib"
    assert root.resolve("/pipe") == "/pipe"
    assert root.resolve("/") == root.resolve("/..") == "/"
    for path in ("/gone", "/a", "/nowhere", "/thru", "/missing/../usr", "/usr/lib/libc.so.6/x"):
        assert root.resolve(path) is None

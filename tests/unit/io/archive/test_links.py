"""Symbolic links are told of, never followed, and judged as Linux would follow them."""

import errno
import stat
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdabuild.io.archive import open_folder
from lambdabuild.io.archive.contents import Contents
from lambdabuild.io.archive.faults import FaultError
from lambdabuild.io.archive.limits import MOST_TARGETS, MOST_WALKED
from lambdabuild.model.artifact import Fault, FaultKind, Opened
from tests.support.zips import Part, zip_of

Open = Callable[[bytes], Opened]

INSIDE, ESCAPES, DANGLES, LOOPS = (
    FaultKind.SYMLINK,
    FaultKind.SYMLINK_ESCAPES,
    FaultKind.SYMLINK_DANGLES,
    FaultKind.SYMLINK_LOOPS,
)


def link(name: str, target: str | bytes) -> Part:
    content = target if isinstance(target, bytes) else target.encode()
    return Part(name=name.encode(), mode=stat.S_IFLNK | 0o777, content=content)


def judged(links: Mapping[str, str], *files: str, folders: tuple[str, ...] = ()) -> dict[str, FaultKind]:
    """What is said of each link."""
    contents = Contents()
    for name in files:
        contents.add_file(name, mode=0o644, source=Path(name), size=0)
    for name, target in links.items():
        contents.add_link(name, target)
    for name in folders:
        contents.add_folder(name, 0o755)
    faults = contents.opened().faults
    told = {fault.entry: fault.kind for fault in faults}
    return {name: told.get(name, INSIDE) for name in links}


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ("file", INSIDE),
        ("./file", INSIDE),
        (".//file", INSIDE),
        ("../lib/file", INSIDE),
        ("../top", INSIDE),
        (".", INSIDE),
        ("..", INSIDE),
        ("../", INSIDE),
        ("../explicit", INSIDE),
        ("../damaged", INSIDE),
        ("down/deep", INSIDE),
        ("other", INSIDE),
        ("/etc/passwd", ESCAPES),
        ("/", ESCAPES),
        ("../..", ESCAPES),
        ("../../etc/passwd", ESCAPES),
        ("../../lib/file", ESCAPES),
        ("out", ESCAPES),
        ("out/file", ESCAPES),
        ("gone", DANGLES),
        ("gone/../file", DANGLES),
        ("file/..", DANGLES),
        ("file/", DANGLES),
        ("file/.", DANGLES),
        ("other/", DANGLES),
        ("down/", INSIDE),
        ("down/.", INSIDE),
        ("file/below", DANGLES),
        ("../top/../lib/file", DANGLES),
        ("../explicit/gone", DANGLES),
        ("link", LOOPS),
        ("link/file", LOOPS),
        ("ring", LOOPS),
    ],
)
def test_where_a_link_leads(opened: Open, target: str, kind: FaultKind) -> None:
    damaged = Part(name=b"damaged", central={"crc": 1}, local={"crc": 1})
    folder = Part(name=b"explicit/", content=b"")
    others = link("lib/other", "file"), link("lib/out", "/tmp"), link("lib/down", "../far"), link("lib/ring", "ring2")
    files = Part(name=b"lib/file"), Part(name=b"top"), Part(name=b"far/deep"), link("lib/ring2", "ring")

    found = opened(zip_of(link("lib/link", target), *others, *files, folder, damaged))

    assert found.links["lib/link"] == target
    (fault,) = (fault for fault in found.faults if fault.entry == "lib/link")
    assert (fault.kind, fault.details["target"]) == (kind, target)


def test_what_is_missing_is_named(opened: Open) -> None:
    found = opened(zip_of(link("a/link", "b/c/d"), Part(name=b"a/b/x")))

    details = {"target": "b/c/d", "missing": "a/b/c"}
    assert found.faults == (Fault(kind=DANGLES, entry="a/link", details=details),)


@pytest.mark.parametrize(("length", "kind"), [(40, INSIDE), (41, LOOPS)])
def test_linux_follows_forty_links(length: int, kind: FaultKind) -> None:
    links = {f"{number}": f"{number + 1}" for number in range(length)}

    assert judged(links, f"{length}")["0"] is kind


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (b"", "is empty"),
        (b"\xff", "is not UTF-8"),
        (b"a\x1bb", "has a control character"),
        (b"a\0b", "has a control character"),
        (b"a" * 4096, "has more than 4095 bytes"),
        (b"a" * 100_000, "has more than 4095 bytes"),
    ],
)
def test_a_target_that_no_link_can_have_is_damage(opened: Open, target: bytes, reason: str) -> None:
    found = opened(zip_of(link("link", target), Part()))

    assert found.faults == (
        Fault(kind=FaultKind.DAMAGED, entry="link", details={"reason": f"is a link whose target {reason}"}),
    )
    assert not found.links
    assert found.unread == {"link"}


def test_links_that_take_too_long_to_follow_are_given_up() -> None:
    deep = "/".join("a" * 2000)
    links = {f"{number:02}": f"{deep}/{'../' * 2000}{number + 1:02}" for number in range(39)}
    links |= {f"many{number}": "00" for number in range(50_000)}
    start = time.monotonic()

    contents = Contents()
    for name, target in links.items():
        contents.add_link(name, target)
    contents.add_file(f"{deep}/39", mode=0o644, source=Path("x"), size=0)
    contents.add_file("39", mode=0o644, source=Path("x"), size=0)
    faults = contents.opened().faults

    (fault,) = (fault for fault in faults if fault.kind is FaultKind.TOO_MUCH)
    assert fault.details == {"what": "characters of paths that symbolic links lead through", "limit": str(MOST_WALKED)}
    assert time.monotonic() - start < 30


def test_targets_of_many_megabytes_are_not_held() -> None:
    contents = Contents()
    for number in range(MOST_TARGETS // 4000):
        contents.add_link(f"{number}", "x" * 4000)

    with pytest.raises(FaultError) as raised:
        contents.add_link("one more", "x" * 4000)

    assert raised.value.kind is FaultKind.TOO_MUCH
    assert raised.value.details == {"what": "bytes of targets of symbolic links", "limit": str(MOST_TARGETS)}


_NAME = st.sampled_from(["a", "b", "c"])
_TARGET = st.lists(st.sampled_from(["a", "b", "c", "..", "."]), min_size=1, max_size=4).map("/".join)


@given(
    links=st.dictionaries(st.lists(_NAME, min_size=1, max_size=2).map("/".join), _TARGET, max_size=4),
    files=st.sets(st.lists(_NAME, min_size=1, max_size=3).map("/".join), max_size=4),
)
@settings(max_examples=300)
def test_links_are_judged_as_the_system_follows_them(
    tmp_path_factory: pytest.TempPathFactory, links: dict[str, str], files: set[str]
) -> None:
    root = _home(tmp_path_factory.mktemp("links"))
    made = {}
    for name in sorted({*links, *files}):
        path = root / name
        parents = [root.joinpath(*path.relative_to(root).parts[:depth]) for depth in range(1, len(Path(name).parts))]
        if any(parent.is_symlink() or parent.is_file() for parent in parents):
            continue  # one that another cannot hold
        path.parent.mkdir(parents=True, exist_ok=True)
        if name in links:
            path.symlink_to(links[name])
            made[name] = links[name]
        else:
            path.touch()

    said = open_folder(root)

    told = {fault.entry: fault.kind for fault in said.faults if fault.kind is not INSIDE}
    for name in made:
        assert told.get(name, INSIDE) is _by_the_system(root, root / name), (made, name)


def _home(folder: Path) -> Path:
    """A folder outside of which there is all that a path can name, so that one that leaves it leads somewhere."""
    for _ in range(20):
        folder /= "level"
        folder.mkdir()
        for name in "abc":
            (folder / name).symlink_to(".")
    (folder / "root").mkdir()
    return folder / "root"


def _by_the_system(root: Path, path: Path) -> FaultKind:
    """What is there, asked of the kernel."""
    try:
        path.stat()
    except OSError as error:
        return LOOPS if error.errno == errno.ELOOP else DANGLES
    return INSIDE if path.resolve().is_relative_to(root.resolve()) else ESCAPES

"""`images.lock` as text: read as it is written, written as it merges best, refused where it is damaged."""

import os
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdabuild.errors import LockError, MissingLockError
from lambdabuild.lock import read_lock, write_lock
from lambdabuild.model.lock import Lock, LockedImage, LockedPlatform, LockedToolchain, LockedZig

IMAGE = "public.ecr.aws/lambda/provided:al2023"
REPAIR = "restore it from version control, or remove it and run `lambdabuild lock`"
A, B, C, D = (f"sha256:{letter * 64}" for letter in "abcd")
H1 = f"h1:{'k' * 43}="

FULL = Lock(
    images={
        IMAGE: LockedImage(
            pin=f"{IMAGE}@{A}",
            created="2026-02-27T21:04:11Z",
            platforms={
                "linux/arm64": LockedPlatform(digest=C),
                "linux/amd64": LockedPlatform(digest=B, abi=D, glibc="GLIBC_2.34", libstdcxx="GLIBCXX_3.4.33"),
            },
            seal=D,
        ),
        f"alpine:3.22@{B}": LockedImage(pin=f"alpine:3.22@{B}", seal=C),
    },
    toolchains={
        "go@1.26.8": {
            "linux/arm64": LockedToolchain(h1=H1, tree=f"{B}/986"),
            "darwin/arm64": LockedToolchain(h1=H1, tree=f"{A}/986"),
        }
    },
    zigs={
        "zig@0.17.1": {
            "linux/amd64": LockedZig(wheel=A, tree=f"{C}/240"),
            "darwin/arm64": LockedZig(wheel=B),
        }
    },
)

TEXT = f"""\
# Written by `lambdabuild lock`. Move a pin with `lambdabuild lock --update`.
version: 1
images:
  alpine:3.22@{B}:
    pin: alpine:3.22@{B}
    seal: {C}
  {IMAGE}:
    created: 2026-02-27T21:04:11Z
    pin: {IMAGE}@{A}
    platforms:
      linux/amd64:
        abi: {D}
        digest: {B}
        glibc: GLIBC_2.34
        libstdc++: GLIBCXX_3.4.33
      linux/arm64:
        digest: {C}
    seal: {D}
toolchains:
  go@1.26.8:
    darwin/arm64:
      h1: {H1}
      tree: {A}/986
    linux/arm64:
      h1: {H1}
      tree: {B}/986
  zig@0.17.1:
    darwin/arm64:
      wheel: {B}
    linux/amd64:
      tree: {C}/240
      wheel: {A}
"""
"""What `FULL` is written as. A change of it changes every lock that people have."""

DIGESTS = st.text("0123456789abcdef", min_size=64, max_size=64).map("sha256:{}".format)
H1S = st.text("abcXYZ019+/", min_size=43, max_size=43).map("h1:{}=".format)
NODES = st.from_regex(r"GLIBC(XX)?_[0-9]{1,2}(\.[0-9]{1,3}){1,2}", fullmatch=True)
REFERENCES = st.builds(
    "{}{}:{}".format,
    st.sampled_from(["", "localhost/", "127.0.0.1:5000/", "[::1]:5000/", "public.ecr.aws/lambda/"]),
    st.from_regex(r"[a-z][a-z0-9]{0,5}([._-][a-z0-9]{1,4})?", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,6}", fullmatch=True),
)
PLATFORMS = st.builds(
    LockedPlatform, digest=DIGESTS, abi=st.none() | DIGESTS, glibc=st.none() | NODES, libstdcxx=st.none() | NODES
)
TREES = st.builds("{}/{}".format, DIGESTS, st.integers(1, 10**9 - 1))
TOOLCHAINS = st.builds(LockedToolchain, h1=H1S, tree=TREES)
ZIGS = st.fixed_dictionaries(
    {"linux/amd64": st.builds(LockedZig, wheel=DIGESTS, tree=TREES)},
    optional={"darwin/arm64": st.builds(LockedZig, wheel=DIGESTS)},
)
IMAGES = st.builds(
    LockedImage,
    pin=DIGESTS,
    created=st.none() | st.datetimes().map(lambda time: time.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")),
    platforms=st.dictionaries(
        st.sampled_from(["linux/amd64", "linux/arm64", "linux/arm/v7", "linux/amd64/v2.1", "linux/My+CPU_1-a"]),
        PLATFORMS,
        max_size=3,
    ),
    seal=DIGESTS,
)


@st.composite
def locks(draw: st.DrawFn) -> Lock:
    images = draw(st.dictionaries(REFERENCES, IMAGES, max_size=3))
    return Lock(
        images={name: replace(image, pin=f"{name}@{image.pin}") for name, image in images.items()},
        toolchains=draw(
            st.dictionaries(
                st.builds("go@1.{}.{}".format, st.integers(0, 99), st.integers(0, 99)),
                st.dictionaries(st.sampled_from(["linux/amd64", "darwin/arm64"]), TOOLCHAINS, min_size=1),
                max_size=2,
            )
        ),
        zigs=draw(st.dictionaries(st.builds("zig@0.{}.{}".format, st.integers(0, 99), st.integers(0, 99)), ZIGS)),
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "images.lock"


def refusal(file: Path, text: str | bytes) -> LockError:
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(LockError) as caught:
        read_lock(file)
    assert caught.value.exit_code == 3
    return caught.value


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=60)
@given(lock=locks())
def test_what_is_written_is_read(file: Path, lock: Lock) -> None:
    write_lock(file, lock)

    assert read_lock(file) == lock
    assert not write_lock(file, read_lock(file))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=30)
@given(lock=locks())
def test_one_fact_is_one_line_in_order(file: Path, lock: Lock) -> None:
    write_lock(file, lock)

    header, version, *lines = file.read_bytes().decode("ascii").split("\n")
    assert header.startswith("# Written by")
    assert version == "version: 1"
    assert lines[-1] == ""
    assert not [line for line in lines if "\r" in line or line != line.rstrip()]
    other_way = Lock(
        images=dict(sorted(lock.images.items(), reverse=True)),
        toolchains=dict(sorted(lock.toolchains.items(), reverse=True)),
        zigs=dict(sorted(lock.zigs.items(), reverse=True)),
    )
    assert not write_lock(file, other_way)


def test_a_lock_is_written_so(file: Path) -> None:
    assert write_lock(file, FULL)

    assert file.read_text() == TEXT


def test_a_lock_is_read_so(file: Path) -> None:
    file.write_text(TEXT)

    assert read_lock(file) == FULL


def test_an_empty_lock_has_a_version(file: Path) -> None:
    write_lock(file, Lock())

    assert file.read_text().splitlines()[1:] == ["version: 1"]
    assert read_lock(file) == Lock()


def test_what_says_the_same_is_not_touched(file: Path) -> None:
    write_lock(file, FULL)
    os.utime(file, (1, 1))

    assert not write_lock(file, FULL)
    assert file.stat().st_mtime == 1


def test_what_git_on_windows_makes_of_it_is_read(file: Path) -> None:
    file.write_bytes(TEXT.replace("\n", "\r\n").encode())

    assert read_lock(file) == FULL


def test_a_lock_that_is_not_there_is_told(file: Path) -> None:
    with pytest.raises(MissingLockError) as caught:
        read_lock(file)

    assert caught.value.message == f"`{file}` does not exist"
    assert caught.value.hint == "run `lambdabuild lock` and commit the file"
    assert caught.value.exit_code == 3


def test_a_lock_that_cannot_be_read_is_told(file: Path) -> None:
    file.mkdir()

    with pytest.raises(LockError) as caught:
        read_lock(file)

    assert caught.value.message == f"`{file}` cannot be read: Is a directory"
    assert caught.value.hint == "check its permissions"


@pytest.mark.parametrize(("marker", "line"), [("<<<<<<< HEAD\n", 1), ("=======\n", 2), (">>>>>>> theirs\n", 8)])
def test_a_merge_conflict_is_told(file: Path, marker: str, line: int) -> None:
    lines = TEXT.splitlines(keepends=True)
    lines.insert(line - 1, marker)

    error = refusal(file, "".join(lines))

    assert error.message == f"`{file}:{line}`: a merge conflict is not resolved"
    assert error.hint == "take either side whole, then run `lambdabuild lock`"


def test_a_lock_of_a_newer_version_is_told(file: Path) -> None:
    error = refusal(file, TEXT.replace("version: 1", "version: 2"))

    assert error.message == f"`{file}:2:10`: `version`: expected 1: a newer lambdabuild wrote this"
    assert error.hint == "update lambdabuild"


class Damage(NamedTuple):
    """A line of the text, what it is replaced by, where that is seen, and what is said."""

    line: str
    by: str
    where: str
    message: str


AL2023 = f"images.{IMAGE}"
GO = "toolchains.go@1.26.8"
ZIG = "toolchains.zig@0.17.1"

DAMAGES = [
    Damage("version: 1", "", "3:1", "`version` is missing"),
    Damage("version: 1", "version: '1'", "2:10", "`version`: expected 1: a newer lambdabuild wrote this"),
    Damage("version: 1", "version: 1\nextra: 1", "3:1", "`extra`: expected one of images, toolchains, version"),
    Damage(f"    pin: {IMAGE}@{A}\n", "", "8:5", f"`{AL2023}`: `pin` is missing"),
    Damage(f"    seal: {D}\n", "", "8:5", f"`{AL2023}`: `seal` is missing"),
    Damage(
        f"    pin: {IMAGE}@{A}",
        f"    pin: public.ecr.aws/lambda/provided:al2@{A}",
        "9:10",
        f"`{AL2023}.pin`: expected `{IMAGE}@sha256:…`",
    ),
    Damage(
        f"    pin: {IMAGE}@{A}", f"    pin: {IMAGE}@{A[:-1]}", "9:10", f"`{AL2023}.pin`: expected `{IMAGE}@sha256:…`"
    ),
    Damage(f"    pin: {IMAGE}@{A}", f"    pin: {IMAGE}", "9:10", f"`{AL2023}.pin`: expected `{IMAGE}@sha256:…`"),
    Damage(f"    pin: {IMAGE}@{A}", "    pin: [1]", "9:10", f"`{AL2023}.pin`: expected `{IMAGE}@sha256:…`"),
    Damage(
        f"    pin: {IMAGE}@{A}",
        "    pinn: 1\n    pin: 1",
        "9:5",
        f"`{AL2023}.pinn`: expected one of created, pin, platforms, seal",
    ),
    Damage(
        "    created: 2026-02-27T21:04:11Z",
        "    created: 2026-02-27",
        "8:14",
        f"`{AL2023}.created`: expected a time such as 2026-02-27T21:04:11Z",
    ),
    Damage(
        "    created: 2026-02-27T21:04:11Z",
        "    created: null",
        "8:14",
        f"`{AL2023}.created`: expected a time such as 2026-02-27T21:04:11Z",
    ),
    Damage(f"    seal: {D}", f"    seal: {D.upper()}", "18:11", f"`{AL2023}.seal`: expected sha256:… in full"),
    Damage(
        "      linux/arm64:\n        digest",
        "      windows/arm64:\n        digest",
        "16:7",
        f"`{AL2023}.platforms.windows/arm64`: expected a linux platform",
    ),
    Damage(f"        digest: {C}", "        {}", "17:9", f"`{AL2023}.platforms.linux/arm64`: `digest` is missing"),
    Damage(
        f"        digest: {C}",
        "        digest: sha256:0",
        "17:17",
        f"`{AL2023}.platforms.linux/arm64.digest`: expected sha256:… in full",
    ),
    Damage(
        f"        abi: {D}",
        "        abi: 7",
        "12:14",
        f"`{AL2023}.platforms.linux/amd64.abi`: expected sha256:… in full",
    ),
    Damage(
        "GLIBC_2.34",
        "2.34",
        "14:16",
        f"`{AL2023}.platforms.linux/amd64.glibc`: expected a version node such as GLIBC_2.34",
    ),
    Damage(
        "GLIBCXX_3.4.33",
        "x",
        "15:20",
        f"`{AL2023}.platforms.linux/amd64.libstdc++`: expected a version node such as GLIBCXX_3.4.33",
    ),
    Damage(
        "        glibc:",
        "        musl:",
        "14:9",
        f"`{AL2023}.platforms.linux/amd64.musl`: expected one of abi, digest, glibc, libstdc++",
    ),
    Damage("  go@1.26.8:", "  go@1.26:", "20:3", "`toolchains.go@1.26`: expected go@X.Y.Z or zig@X.Y.Z"),
    Damage("  zig@0.17.1:", "  zag@0.17.1:", "27:3", "`toolchains.zag@0.17.1`: expected go@X.Y.Z or zig@X.Y.Z"),
    Damage(
        f"      wheel: {B}", f"      wheel: {B[7:]}", "29:14", f"`{ZIG}.darwin/arm64.wheel`: expected sha256:… in full"
    ),
    Damage(
        f"      wheel: {B}",
        f"      tree: {C}/240\n      wheel: {B}",
        "29:7",
        f"`{ZIG}.darwin/arm64.tree`: expected one of wheel",
    ),
    Damage(f"      tree: {C}/240\n", "", "31:7", f"`{ZIG}.linux/amd64`: `tree` is missing"),
    Damage(f"      tree: {C}/240", f"      tree: {C}", "31:13", f"`{ZIG}.linux/amd64.tree`: expected sha256:…/size"),
    Damage("    darwin/arm64:", "    darwin:", "21:5", f"`{GO}.darwin`: expected a host platform such as linux/amd64"),
    Damage(
        f"    darwin/arm64:\n      h1: {H1}",
        f"    darwin/arm64:\n      h1: {H1}=",
        "22:11",
        f"`{GO}.darwin/arm64.h1`: expected h1:… in full",
    ),
    Damage(f"      tree: {A}/986", f"      tree: {A}", "23:13", f"`{GO}.darwin/arm64.tree`: expected sha256:…/size"),
    Damage(f"      tree: {A}/986\n", "", "22:7", f"`{GO}.darwin/arm64`: `tree` is missing"),
    Damage(
        f"      tree: {A}/986",
        f"      tree: {A}/986\n      sha: 1",
        "24:7",
        f"`{GO}.darwin/arm64.sha`: expected one of h1, tree",
    ),
    Damage(f"  {IMAGE}:\n", "  Not An Image:\n", "7:3", '`images["Not An Image"]`: expected an image reference'),
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.message)
def test_damage_is_told_with_line_and_column(file: Path, damage: Damage) -> None:
    assert damage.line in TEXT

    error = refusal(file, TEXT.replace(damage.line, damage.by, 1))

    hint = "update lambdabuild" if damage.message.startswith("`version`: ") else REPAIR
    assert (error.message, error.hint) == (f"`{file}:{damage.where}`: {damage.message}", hint)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ":1:1`: expected a map"),
        ("- 1\n", ":1:1`: expected a map"),
        ("version: 1\nimages: 7\n", ":2:9`: `images`: expected a map"),
        ("version: 1\ntoolchains: []\n", ":2:13`: `toolchains`: expected a map"),
        ("version: 1\nimages:\n  a:1: x\n", ":3:8`: `images.a:1`: expected a map"),
        ("version: 1\nversion: 1\n", ":2:1`: `version` is written twice, first on line 1"),
        ("version: 1\nimages: {\n", ":3:1`: "),
        (b"version: 1\n\xff", ":2:1`: byte 0xff is not UTF-8"),
    ],
)
def test_what_is_no_lock_is_told(file: Path, text: str | bytes, message: str) -> None:
    assert refusal(file, text).message.startswith(f"`{file}{message}")


def test_an_image_that_is_locked_twice_is_told(file: Path) -> None:
    lines = TEXT.splitlines(keepends=True)

    error = refusal(file, "".join([*lines[:6], *lines[3:6], *lines[6:]]))

    assert error.message == f"`{file}:7:3`: `images.alpine:3.22@{B}` is written twice, first on line 4"

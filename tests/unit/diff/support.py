"""Images and moves that a test makes up."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from lambdabuild.diff import difference
from lambdabuild.model.abi import Inventory, SharedObject
from lambdabuild.model.comparison import ImageMove, ImageView, PlatformMove, Side
from lambdabuild.model.contents import ImageContents, Packages, StoredLayer
from lambdabuild.model.elf import Linkage

NAME = "public.ecr.aws/lambda/provided:al2023"
OLD, NEW = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"

GCC_11 = frozenset({"GLIBCXX_3.4", "GLIBCXX_3.4.28", "GLIBCXX_3.4.29", "CXXABI_1.3.13"})
GCC_14 = GCC_11 | {*(f"GLIBCXX_3.4.{last}" for last in range(30, 34)), "CXXABI_1.3.14", "CXXABI_1.3.15"}
"""Of GCC's table, "ABI Policy and Guidelines", as far as tests need it."""

CONTENTS = ImageContents(
    manifest=OLD,
    platform="linux/amd64",
    created=None,
    environment={},
    entrypoint=("/lambda-entrypoint.sh",),
    command=(),
    working_dir="/var/task",
    user="",
    layers=(
        StoredLayer(digest=f"sha256:{'1' * 64}", diff_id=f"sha256:{'5' * 64}", size=38_200_000),
        StoredLayer(digest=f"sha256:{'2' * 64}", diff_id=f"sha256:{'6' * 64}", size=253),
    ),
    packages=Packages(),
)


def library(nodes: Iterable[str] | None, soname: str | None) -> SharedObject:
    """A library that defines these versions."""
    return SharedObject(soname=soname, linkage=Linkage(nodes=None if nodes is None else frozenset(nodes)))


def packages(**versions: str) -> Packages:
    """What a database says, with one version of each."""
    return Packages(database="/var/lib/rpm/rpmdb.sqlite", versions={name: (one,) for name, one in versions.items()})


def image(libraries: Mapping[str, Iterable[str] | None], **facts: object) -> ImageView:
    """An image that has them in /usr/lib64, by soname; `facts` are other contents than those above."""
    inventory = Inventory(
        manifest=OLD,
        platform="linux/amd64",
        loader=None,
        environment={"LANG": "en_US.UTF-8"},
        directories=("/lib64",),
        cache={},
        links={"/lib64": "usr/lib64"},
        programs=frozenset(),
        objects={f"/usr/lib64/{name}": library(nodes, name) for name, nodes in libraries.items()},
    )
    return ImageView(inventory=inventory, contents=replace(CONTENTS, **facts))  # type: ignore[arg-type]


def move(*platforms: PlatformMove, unknown: str | None = None) -> ImageMove:
    """The image that everyone has, from one digest to another."""
    return ImageMove(
        old=Side(name=NAME, digest=OLD, created="2025-02-18T17:40:02Z"),
        new=Side(name=NAME, digest=NEW, created="2026-02-27T21:04:11Z"),
        platforms=platforms,
        unknown=unknown,
    )


def changed(old: ImageView, new: ImageView, *, functions: str = "audio", judged: str = "audio") -> PlatformMove:
    """linux/amd64, and what moved on it. Functions are words of one text."""
    return PlatformMove(
        platform="linux/amd64",
        old=OLD,
        new=NEW,
        functions=tuple(functions.split()),
        judged=tuple(judged.split()),
        difference=difference(old, new),
    )

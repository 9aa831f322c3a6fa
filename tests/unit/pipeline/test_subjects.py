"""What an artifact is, that no spec describes: by its names, and by what its files begin with."""

from dataclasses import replace
from pathlib import Path

import pytest

from lambdabuild.model.artifact import NOTHING, Entry, Opened
from lambdabuild.model.platform import Architecture
from lambdabuild.package import dispatcher
from lambdabuild.pipeline.subjects import found
from tests.support.elf import header

AMD64, ARM64 = Architecture.AMD64, Architecture.ARM64
OF_CPU = {AMD64: header(machine=62), ARM64: header(machine=183)}
SCRIPT = b"#!/bin/sh\n"
AL2023 = "provided.al2023"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def opened(folder: Path, **files: bytes) -> Opened:
    entries: list[Entry] = []
    for name, content in files.items():
        source = folder / str(len(entries))
        source.write_bytes(content)
        entries.append(Entry(name=name, mode=0o755, source=source))
    return replace(NOTHING, entries=tuple(entries))


def test_a_script_and_a_pair_are_for_both_cpus(folder: Path) -> None:
    own = opened(folder, bootstrap=SCRIPT, orders=OF_CPU[AMD64], orders_arm64=OF_CPU[ARM64], tool=OF_CPU[AMD64])

    views = found(own, None, AL2023, None)

    assert [(one.architecture, one.programs, one.elsewhere) for one in views] == [
        (AMD64, frozenset({"orders"}), frozenset({"orders_arm64"})),
        (ARM64, frozenset({"orders_arm64"}), frozenset({"orders"})),
    ]
    assert {one.bootstrap for one in views} == {"bootstrap"}


def test_one_zip_may_have_several_handlers(folder: Path) -> None:
    pairs = {f"{name}{suffix}": OF_CPU[cpu] for name in ("a", "b") for suffix, cpu in (("", AMD64), ("_arm64", ARM64))}

    (view,) = found(opened(folder, bootstrap=SCRIPT, **pairs), ARM64, AL2023, None)

    assert (view.programs, view.elsewhere) == (frozenset({"a_arm64", "b_arm64"}), frozenset({"a", "b"}))


def test_a_pair_of_the_wrong_cpu_is_one_too(folder: Path) -> None:
    own = opened(folder, bootstrap=SCRIPT, orders=OF_CPU[AMD64], orders_arm64=OF_CPU[AMD64])

    assert [{*one.programs} for one in found(own, None, AL2023, None)] == [{"orders"}, {"orders_arm64"}]


def test_beside_our_own_dispatcher_one_program_is_enough(folder: Path) -> None:
    own = opened(folder, bootstrap=dispatcher(), orders_arm64=OF_CPU[ARM64])

    (view,) = found(own, None, AL2023, "orders")

    assert (view.architecture, view.programs) == (ARM64, frozenset({"orders_arm64"}))


def test_a_dispatcher_may_be_a_link(folder: Path) -> None:
    own = opened(folder, start=SCRIPT, orders=OF_CPU[AMD64], orders_arm64=OF_CPU[ARM64])

    views = found(replace(own, links={"bootstrap": "start"}), None, AL2023, None)

    assert [one.architecture for one in views] == [AMD64, ARM64]


@pytest.mark.parametrize(
    "files",
    [
        {"bootstrap": SCRIPT, "orders": OF_CPU[AMD64]},
        {"bootstrap": SCRIPT, "app": OF_CPU[AMD64], "bin/tool": OF_CPU[AMD64], "bin/tool_arm64": OF_CPU[ARM64]},
        {"bootstrap": OF_CPU[AMD64], "orders": OF_CPU[AMD64], "orders_arm64": OF_CPU[ARM64]},
        {"orders": OF_CPU[AMD64], "orders_arm64": OF_CPU[ARM64]},
    ],
    ids=["one of them", "in a folder", "no script", "no bootstrap"],
)
def test_anything_else_is_for_one_cpu(folder: Path, files: dict[str, bytes]) -> None:
    (view,) = found(opened(folder, **files), None, AL2023, None)

    assert (view.architecture, view.programs, view.elsewhere) == (AMD64, frozenset(), frozenset())


@pytest.mark.parametrize(
    ("handler", "programs", "elsewhere"),
    [
        ("orders", {"orders"}, {"orders_arm64"}),
        (None, {"orders"}, {"orders_arm64"}),
        ("orders_arm64", {"orders_arm64"}, set()),
    ],
)
def test_go1x_starts_the_handler_on_amd64(
    folder: Path, handler: str | None, programs: set[str], elsewhere: set[str]
) -> None:
    own = opened(folder, orders_arm64=OF_CPU[ARM64], bootstrap=SCRIPT, orders=OF_CPU[AMD64])

    (view,) = found(own, None, "go1.x", handler)

    assert (view.architecture, view.bootstrap, view.rpc) == (AMD64, None, True)
    assert (view.programs, view.elsewhere) == (frozenset(programs), frozenset(elsewhere))


def test_the_only_program_is_what_go1x_starts(folder: Path) -> None:
    (view,) = found(opened(folder, main=OF_CPU[AMD64], text=b"x"), None, "go1.x", None)

    assert view.programs == frozenset({"main"})

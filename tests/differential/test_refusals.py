"""What stands in a library's place: passed over, or the end of it. Decided by the real loader, and by ours the same."""

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lambdabuild.model.elf import DF_1_PIE, ElfType
from tests.differential.damage import OTHER, TEXT, of_32_bits
from tests.differential.ground import Ground
from tests.differential.world import PROGRAM
from tests.support.elf import patched
from tests.support.handmade import Elf, Gives, write
from tests.support.standins.release import MULTIARCH

Make = Callable[[Ground], Elf | bytes]


def of_another_cpu(ground: Ground) -> Elf:
    return Elf(architecture=OTHER[ground.architecture])


def patch(offset: int, new: bytes) -> Make:
    return lambda ground: patched(write(ground.library()), offset, new)


@pytest.mark.parametrize("make", [of_another_cpu, lambda _: of_32_bits("<"), lambda _: of_32_bits(">")])
def test_a_library_for_another_cpu_is_passed_over(ground: Ground, make: Make) -> None:
    program = ground.program(needed=("liba.so",))

    alone = ground.decides({PROGRAM: program, "/var/task/liba.so": make(ground)})
    before = ground.decides({PROGRAM: program, "/var/task/liba.so": make(ground), "/opt/lib/liba.so": ground.library()})

    assert alone.missing == {"liba.so"}
    assert not alone.ends
    assert before.loaded == ("/opt/lib/liba.so",)


REFUSED: dict[str, Make] = {
    "file too short": lambda _: b"",
    "file too short ": lambda _: b"text\n",
    "file too short  ": lambda ground: write(ground.library())[:40],
    "invalid ELF header": lambda _: TEXT,
    "ELF file data encoding not little-endian": patch(5, b"\2"),
    "ELF file OS ABI invalid": patch(7, b"\x09"),
    "only ET_DYN and ET_EXEC can be loaded": patch(16, b"\1"),
    "cannot dynamically load executable": lambda ground: ground.program(type=ElfType.EXECUTABLE),
    "cannot dynamically load position-independent executable": lambda ground: ground.program(flags=DF_1_PIE),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_is_no_library_ends_it_though_another_would_be_found(ground: Ground, reason: str) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so",), runpath="/opt/other"),
            "/opt/other/liba.so": ground.library(),
            "/var/task/liba.so": REFUSED[reason](ground),
            "/opt/lib/liba.so": ground.library(),
        },
        library_path="/var/task:/opt/lib",
    )

    assert decided.ends.endswith(f"liba.so: {reason.strip()}")


def test_what_is_behind_the_first_found_is_not_looked_at(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so",)),
            "/var/task/liba.so": ground.library(),
            "/opt/lib/liba.so": b"",
        }
    )

    assert decided.starts


def test_a_folder_ends_it(ground: Ground) -> None:
    decided = ground.decides(
        {PROGRAM: ground.program(needed=("liba.so",)), "/var/task/liba.so/readme": b"", "/opt/lib/liba.so": b""}
    )

    assert decided.ends == "/var/task/liba.so: cannot read file data"


def test_headers_beyond_the_end_of_a_file_end_it(ground: Ground) -> None:
    decided = ground.decides(
        {PROGRAM: ground.program(needed=("liba.so",)), "/var/task/liba.so": write(ground.library())[:100]}
    )

    assert decided.ends == "/var/task/liba.so: cannot read file data"


def test_half_a_library_ends_it(ground: Ground) -> None:
    whole = (ground.root / "usr/lib64/libz.so.1").read_bytes()

    decided = ground.decides(
        {PROGRAM: ground.program(needed=("liba.so", "libc.so.6")), "/var/task/liba.so": whole[: len(whole) // 2]}
    )

    assert decided.ends
    assert not decided.starts


def test_the_program_by_its_path_is_none(ground: Ground) -> None:
    """The kernel has loaded it, so the loader does not know its file."""
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so",), flags=DF_1_PIE, gives=(Gives(name="f"),)),
            "/var/task/liba.so": ground.library(needed=(PROGRAM,)),
        }
    )

    assert decided.ends == f"{PROGRAM}: cannot dynamically load position-independent executable"


def test_a_program_that_is_not_marked_as_one_is_loaded_a_second_time_by_its_path(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so",)),
            "/var/task/liba.so": ground.library(needed=(PROGRAM, "./bootstrap")),
        }
    )

    assert decided.loaded == ("/var/task/liba.so", PROGRAM)


def test_an_object_file_of_the_compiler_is_none(ground: Ground, tmp_path: Path) -> None:
    compiler = f"{MULTIARCH[ground.architecture]}-gcc"
    subprocess.run([compiler, "-c", "-x", "c", "/dev/null", "-o", tmp_path / "a.o"], check=True)

    decided = ground.decides(
        {PROGRAM: ground.program(needed=("liba.so",)), "/var/task/liba.so": (tmp_path / "a.o").read_bytes()}
    )

    assert decided.ends == "/var/task/liba.so: only ET_DYN and ET_EXEC can be loaded"


def test_a_library_without_a_dynamic_section_is_none(ground: Ground) -> None:
    """Its header of PT_DYNAMIC says PT_NULL."""
    content = write(ground.library())
    at = 64 + 56 * 2

    decided = ground.decides(
        {PROGRAM: ground.program(needed=("liba.so",)), "/var/task/liba.so": patched(content, at, bytes(4))}
    )

    assert decided.ends == "/var/task/liba.so: object file has no dynamic section"


def test_the_first_that_is_refused_ends_it(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("libmissing.so", "liba.so", "libb.so")),
            "/var/task/liba.so": b"",
            "/var/task/libb.so": replace(ground.library(), flags=DF_1_PIE),
        }
    )

    assert decided.ends == "/var/task/liba.so: file too short"

"""How paths are written, and what their tokens mean. Decided by the real loader, and by ours the same."""

import pytest

from lambdabuild.model.platform import Architecture
from tests.differential.ground import Ground
from tests.differential.world import PROGRAM

PLATFORMS = {Architecture.AMD64: ("x86_64", "haswell"), Architecture.ARM64: ("aarch64",)}
LIB = {Architecture.AMD64: "lib/x86_64-linux-gnu", Architecture.ARM64: "lib/aarch64-linux-gnu"}
"""As Debian's loader is built, whose own directories begin with it."""


def test_an_empty_element_is_where_the_program_is_started(ground: Ground) -> None:
    for path in (":/nowhere", "/nowhere:", "/nowhere::/nowhere"):
        decided = ground.decides(
            {PROGRAM: ground.program(needed=("liba.so",), runpath=path), "/var/task/liba.so": ground.library()},
            library_path="/lib64",
        )
        assert decided.loaded == ("/var/task/liba.so",)


def test_an_empty_path_has_no_element(ground: Ground) -> None:
    decided = ground.decides(
        {PROGRAM: ground.program(needed=("liba.so",), runpath=""), "/var/task/liba.so": ground.library()},
        library_path="",
    )

    assert decided.missing == {"liba.so"}


def test_a_relative_element_is_below_where_the_program_is_started(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so",), runpath="sub/deep"),
            "/var/task/sub/deep/liba.so": ground.library(needed=("libb.so",), runpath="$ORIGIN"),
            "/var/task/sub/deep/libb.so": ground.library(),
        }
    )

    assert decided.loaded == ("/var/task/sub/deep/liba.so", "/var/task/sub/deep/libb.so")


def test_semicolons_divide_ld_library_path_and_no_other(ground: Ground) -> None:
    library = {"/opt/other/liba.so": ground.library()}

    in_environment = ground.decides(
        {PROGRAM: ground.program(needed=("liba.so",)), **library}, library_path="/nowhere;/opt/other"
    )
    in_file = ground.decides({PROGRAM: ground.program(needed=("liba.so",), runpath="/nowhere;/opt/other"), **library})

    assert not in_environment.missing
    assert in_file.missing == {"liba.so"}


@pytest.mark.parametrize("path", ["/opt/other/", "/opt/other//", "//opt/other", "/opt/./other", "/opt/../opt/other"])
def test_paths_may_be_written_in_many_ways(ground: Ground, path: str) -> None:
    decided = ground.decides(
        {PROGRAM: ground.program(needed=("liba.so",), runpath=path), "/opt/other/liba.so": ground.library()}
    )

    assert not decided.missing


def test_a_path_leads_up_only_from_a_folder_that_is_there(ground: Ground) -> None:
    for path, there in (("$ORIGIN/nowhere/../sub", False), ("$ORIGIN/sub/../sub", True), ("$ORIGIN/liba/..", False)):
        decided = ground.decides(
            {
                PROGRAM: ground.program(needed=("libb.so",), runpath=path),
                "/var/task/liba": b"a file",
                "/var/task/sub/libb.so": ground.library(),
            }
        )
        assert (decided.missing == frozenset()) is there


@pytest.mark.parametrize(
    ("token", "meaning"),
    [
        ("$ORIGIN/sub", "/var/task/sub"),
        ("${ORIGIN}/sub", "/var/task/sub"),
        ("$ORIGIN-sub", "/var/task-sub"),
        ("${ORIGIN}sub", "/var/tasksub"),
        ("$ORIGINAL", "$ORIGINAL"),
        ("$ORIGIN_", "$ORIGIN_"),
        ("${ORIGIN", "${ORIGIN"),
        ("$NOTHING/sub", "$NOTHING/sub"),
        ("$$ORIGIN", "$/var/task"),
    ],
)
def test_origin_is_replaced_where_it_is_a_word(ground: Ground, token: str, meaning: str) -> None:
    """What it says is asked for as a file of that name, which the loader misses by the name that it has made."""
    decided = ground.decides({PROGRAM: ground.program(needed=(f"{token}/liba.so",))})

    assert decided.missing == {f"{meaning if meaning.startswith('/') else f'/var/task/{meaning}'}/liba.so"}


def test_lib_is_the_first_of_the_loader_s_own_directories(ground: Ground) -> None:
    for token in ("$LIB", "${LIB}"):
        decided = ground.decides(
            {
                PROGRAM: ground.program(needed=("liba.so",), runpath=f"$ORIGIN/{token}"),
                f"/var/task/{LIB[ground.architecture]}/liba.so": ground.library(),
            }
        )
        assert not decided.missing


def test_platform_is_the_cpu_in_the_kernel_s_words_or_haswell(ground: Ground) -> None:
    platform = ground.platform
    assert platform in PLATFORMS[ground.architecture]
    for token in ("$PLATFORM", "${PLATFORM}"):
        decided = ground.decides(
            {
                PROGRAM: ground.program(needed=("liba.so", "liba$PLATFORM.so"), runpath=f"/opt/cpu/{token}"),
                f"/opt/cpu/{platform}/liba.so": ground.library(),
                f"/var/task/lib/liba{platform}.so": ground.library(),
            }
        )
        assert decided.loaded == (f"/opt/cpu/{platform}/liba.so", f"/var/task/lib/liba{platform}.so")


def test_origin_in_ld_library_path_is_the_program_s(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so",)),
            "/var/task/sub/liba.so": ground.library(needed=("libb.so",)),
            "/var/task/sub/libb.so": ground.library(),
            "/var/task/sub/sub/libb.so": ground.library(),
        },
        library_path="$ORIGIN/sub",
    )

    assert decided.loaded == ("/var/task/sub/liba.so", "/var/task/sub/libb.so")


def test_origin_of_a_library_is_where_it_was_found_and_not_where_a_link_leads(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so",)),
            "/opt/real/liba.so": ground.library(needed=("libb.so",), runpath="$ORIGIN/deep"),
            "/opt/real/deep/libb.so": ground.library(),
            "/var/task/deep/libb.so": ground.library(),
        },
        links={"/var/task/liba.so": "/opt/real/liba.so"},
    )

    assert decided.loaded == ("/var/task/liba.so", "/var/task/deep/libb.so")

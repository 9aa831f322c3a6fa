"""What is loaded and in which order: each fact is decided by the real loader, and by ours the same."""

import pytest

from lambdabuild.model.elf import DF_1_NODEFLIB
from lambdabuild.model.platform import Architecture
from tests.differential.ground import Ground
from tests.differential.world import PROGRAM

PLATFORM = {Architecture.AMD64: "x86_64", Architecture.ARM64: "aarch64"}
LIB = {Architecture.AMD64: "lib/x86_64-linux-gnu", Architecture.ARM64: "lib/aarch64-linux-gnu"}
"""As Debian's loader is built, whose own directories begin with it."""

# The order


def test_libraries_are_loaded_breadth_first(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so", "libb.so")),
            "/var/task/liba.so": ground.library(needed=("libc.so",)),
            "/var/task/libb.so": ground.library(needed=("libd.so", "libc.so")),
            "/var/task/libc.so": ground.library(needed=("libe.so",)),
            "/var/task/libd.so": ground.library(),
            "/var/task/libe.so": ground.library(),
        }
    )

    assert decided.loaded == tuple(f"/var/task/lib{name}.so" for name in "abcde")


def test_a_library_is_loaded_once_in_a_cycle_and_where_it_is_needed_twice(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so", "libb.so", "liba.so")),
            "/var/task/liba.so": ground.library(needed=("libb.so", "liba.so")),
            "/var/task/libb.so": ground.library(needed=("liba.so",)),
        }
    )

    assert decided.loaded == ("/var/task/liba.so", "/var/task/libb.so")


def test_the_library_path_of_the_image_begins_with_its_own_libraries(ground: Ground) -> None:
    decided = ground.decides(
        {PROGRAM: ground.program(needed=("libz.so.1",)), "/var/task/libz.so.1": ground.library(soname="libz.so.1")}
    )

    assert decided.loaded[0] == "/lib64/libz.so.1"


# Which paths count


def test_ld_library_path_goes_before_runpath(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so",), runpath="/opt/other"),
            "/opt/other/liba.so": ground.library(),
            "/var/task/liba.so": ground.library(),
        }
    )

    assert decided.loaded == ("/var/task/liba.so",)


def test_rpath_goes_before_ld_library_path(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so",), rpath="/opt/other"),
            "/opt/other/liba.so": ground.library(),
            "/var/task/liba.so": ground.library(),
        }
    )

    assert decided.loaded == ("/opt/other/liba.so",)


def test_runpath_is_not_inherited(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so",), runpath="/opt/other"),
            "/opt/other/liba.so": ground.library(needed=("libb.so",)),
            "/opt/other/libb.so": ground.library(),
        }
    )

    assert decided.loaded == ("/opt/other/liba.so",)
    assert decided.missing == {"libb.so"}


def test_rpath_is_inherited_from_the_loader_of_the_loader(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so",)),
            "/var/task/liba.so": ground.library(needed=("libb.so",), rpath="/opt/other"),
            "/opt/other/libb.so": ground.library(needed=("libc.so",)),
            "/opt/other/libc.so": ground.library(),
        }
    )

    assert decided.loaded == ("/var/task/liba.so", "/opt/other/libb.so", "/opt/other/libc.so")


def test_rpath_is_not_inherited_from_who_only_needs_it_too(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so", "libb.so")),
            "/var/task/liba.so": ground.library(needed=("libc.so",)),
            "/var/task/libb.so": ground.library(needed=("libc.so",), rpath="/opt/other"),
            "/var/task/libc.so": ground.library(needed=("libd.so",)),
            "/opt/other/libd.so": ground.library(),
        }
    )

    assert decided.missing == {"libd.so"}


def test_the_nearest_rpath_goes_first(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so",), rpath="/opt/far"),
            "/opt/far/liba.so": ground.library(needed=("libb.so",), rpath="/opt/near"),
            "/opt/far/libb.so": ground.library(),
            "/opt/near/libb.so": ground.library(),
        }
    )

    assert decided.loaded == ("/opt/far/liba.so", "/opt/near/libb.so")


def test_an_object_with_runpath_ignores_every_rpath(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so",), rpath="/opt/other"),
            "/opt/other/liba.so": ground.library(needed=("libb.so",), rpath="/opt/other", runpath="/nowhere"),
            "/opt/other/libb.so": ground.library(),
        }
    )

    assert decided.missing == {"libb.so"}


def test_an_empty_runpath_ignores_them_too(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so",), rpath="/opt/other", runpath=""),
            "/opt/other/liba.so": ground.library(),
        }
    )

    assert decided.missing == {"liba.so"}


def test_rpath_beside_a_runpath_is_not_inherited_either(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so",), rpath="/opt/other", runpath="/nowhere"),
            "/var/task/liba.so": ground.library(needed=("libb.so",)),
            "/opt/other/libb.so": ground.library(),
        }
    )

    assert decided.missing == {"libb.so"}


def test_rpath_is_inherited_past_an_object_with_runpath(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so",), rpath="/opt/other"),
            "/opt/other/liba.so": ground.library(needed=("libb.so",), runpath="/var/task/sub"),
            "/var/task/sub/libb.so": ground.library(needed=("libc.so",)),
            "/opt/other/libc.so": ground.library(),
        }
    )

    assert decided.loaded[-1] == "/opt/other/libc.so"


def test_default_directories_are_the_last(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("libz.so.1",), runpath="/opt/other"),
            "/opt/other/libz.so.1": ground.library(),
        },
        library_path="",
    )

    assert decided.loaded == ("/opt/other/libz.so.1",)


def test_nodeflib_takes_the_default_directories_away(ground: Ground) -> None:
    libraries = {"/var/task/liba.so": ground.library(needed=("libz.so.1",), flags=DF_1_NODEFLIB)}

    without = ground.decides({PROGRAM: ground.program(needed=("liba.so",)), **libraries}, library_path="/var/task")
    another = ground.decides(
        {PROGRAM: ground.program(needed=("liba.so", "libz.so.1")), **libraries}, library_path="/var/task"
    )

    assert without.missing == {"libz.so.1"}
    assert not another.missing


# How a path is written


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


def test_platform_is_the_cpu_in_the_kernel_s_words(ground: Ground) -> None:
    platform = PLATFORM[ground.architecture]
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


# Names


def test_a_name_with_a_slash_is_not_searched_for(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("sub/liba.so", "deep/liba.so", "/opt/libc.so"), rpath="/var/task/sub"),
            "/var/task/sub/liba.so": ground.library(),
            "/var/task/sub/deep/liba.so": ground.library(),
            "/opt/libc.so": ground.library(),
        }
    )

    assert decided.loaded == ("/var/task/sub/liba.so", "/opt/libc.so")
    assert decided.missing == {"/var/task/deep/liba.so"}


def test_what_is_loaded_is_known_by_its_soname_too(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so", "libb.so.1")),
            "/var/task/liba.so": ground.library(soname="libb.so.1"),
            "/var/task/libb.so.1": ground.library(),
        }
    )

    assert decided.loaded == ("/var/task/liba.so",)


def test_a_library_is_found_by_its_file_name_whatever_its_soname_is(ground: Ground) -> None:
    decided = ground.decides(
        {PROGRAM: ground.program(needed=("liba.so",)), "/var/task/libb.so": ground.library(soname="liba.so")}
    )

    assert decided.missing == {"liba.so"}


def test_two_libraries_of_one_soname_are_both_loaded_by_their_file_names(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so", "libb.so", "libsame.so")),
            "/var/task/liba.so": ground.library(soname="libsame.so"),
            "/var/task/libb.so": ground.library(soname="libsame.so"),
        }
    )

    assert decided.loaded == ("/var/task/liba.so", "/var/task/libb.so")


def test_of_two_with_one_name_the_first_found_serves_all(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so", "libb.so")),
            "/var/task/liba.so": ground.library(needed=("libb.so",), rpath="/opt/other"),
            "/var/task/libb.so": ground.library(),
            "/opt/other/libb.so": ground.library(),
        }
    )

    assert decided.loaded == ("/var/task/liba.so", "/var/task/libb.so")


def test_one_file_by_two_names_is_loaded_once(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so", "libb.so", "/opt/link/liba.so", "./sub/liba.so")),
            "/var/task/sub/liba.so": ground.library(),
        },
        links={"/var/task/liba.so": "sub/liba.so", "/var/task/libb.so": "liba.so", "/opt/link": "../var/task/sub"},
    )

    assert decided.loaded == ("/var/task/liba.so",)


def test_folders_behind_links_are_searched(ground: Ground) -> None:
    decided = ground.decides(
        {PROGRAM: ground.program(needed=("liba.so",), runpath="/opt/link"), "/var/task/sub/liba.so": ground.library()},
        links={"/opt/link": "/var/task/sub"},
    )

    assert decided.loaded == ("/opt/link/liba.so",)


def test_a_link_to_nothing_is_passed_over(ground: Ground) -> None:
    decided = ground.decides(
        {PROGRAM: ground.program(needed=("liba.so",)), "/opt/lib/liba.so": ground.library()},
        links={"/var/task/liba.so": "nowhere.so"},
    )

    assert decided.loaded == ("/opt/lib/liba.so",)


def test_a_name_that_one_misses_may_be_found_for_another(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("libb.so", "liba.so", "libmissing.so")),
            "/var/task/liba.so": ground.library(needed=("libb.so", "libmissing.so"), runpath="/opt/other"),
            "/opt/other/libb.so": ground.library(),
        }
    )

    assert decided.loaded == ("/var/task/liba.so", "/opt/other/libb.so")
    assert decided.missing == {"libb.so", "libmissing.so"}


# The program and the loader are loaded too


def test_the_program_is_known_by_its_soname(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so",), soname="libmain.so"),
            "/var/task/liba.so": ground.library(needed=("libmain.so",)),
            "/var/task/libmain.so": ground.library(),
        }
    )

    assert decided.loaded == ("/var/task/liba.so",)


def test_the_loader_is_there_before_any_library_and_listed_where_it_is_needed_first(ground: Ground) -> None:
    name = ground.interpreter.rpartition("/")[2]
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so", name, ground.interpreter, "libb.so", "libc.so.6")),
            "/var/task/liba.so": ground.library(soname=name),
            "/var/task/libb.so": ground.library(),
        }
    )

    assert decided.loaded == ("/var/task/liba.so", ground.interpreter, "/var/task/libb.so", "/lib64/libc.so.6")

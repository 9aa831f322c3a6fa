"""Which names an object goes by. Decided by the real loader, and by ours the same."""

from tests.differential.ground import Ground
from tests.differential.world import PROGRAM


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

"""What is loaded, in which order, and by whose paths. Decided by the real loader, and by ours the same."""

from lambdabuild.model.elf import DF_1_NODEFLIB
from tests.differential.ground import Ground
from tests.differential.world import PROGRAM


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

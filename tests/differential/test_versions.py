"""Version nodes that are needed and are there or not. Decided by the real loader, and by ours the same."""

from lambdabuild.model.elf import Need
from lambdabuild.model.platform import Architecture
from tests.differential.decision import UNLISTED
from tests.differential.ground import Ground
from tests.differential.world import PROGRAM
from tests.support.handmade import Asks, Gives

OLDEST = {Architecture.AMD64: "GLIBC_2.2.5", Architecture.ARM64: "GLIBC_2.17"}


def asks_for_libc(ground: Ground) -> Asks:
    return Asks(name="puts", node=OLDEST[ground.architecture], file="libc.so.6")


def needs(*nodes: str, file: str = "liba.so", weak: bool = False) -> tuple[Need, ...]:
    return tuple(Need(file=file, node=node, weak=weak) for node in nodes)


def test_a_node_is_there_or_is_not_whatever_its_number(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so",), needs=needs("V1", "V2", "V3")),
            "/var/task/liba.so": ground.library(nodes=("V1", "V3")),
        }
    )

    assert decided.versions == {("/var/task/liba.so", "V2", PROGRAM, False)}
    assert not decided.starts


def test_each_object_has_its_own_needs(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so", "libb.so")),
            "/var/task/liba.so": ground.library(nodes=("V1",)),
            "/var/task/libb.so": ground.library(needed=("liba.so",), needs=needs("V2")),
        }
    )

    assert decided.versions == {("/var/task/liba.so", "V2", "/var/task/libb.so", False)}


def test_a_weak_need_is_not_missed(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so",), needs=needs("V2", weak=True)),
            "/var/task/liba.so": ground.library(nodes=("V1",)),
        }
    )

    assert decided.versions == {("/var/task/liba.so", "V2", PROGRAM, True)}
    assert decided.starts


def test_a_library_that_defines_no_versions_but_needs_some_is_taken_with_a_warning(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so",), asks=(Asks(name="f", node="V1", file="liba.so"),)),
            "/var/task/liba.so": ground.library(
                needed=("libc.so.6",), gives=(Gives(name="f"),), asks=(asks_for_libc(ground),)
            ),
        }
    )

    assert decided.unversioned == {("/var/task/liba.so", PROGRAM)}
    assert decided.starts


def test_a_library_without_versions_is_taken_with_a_warning_as_long_as_no_symbol_is_looked_up(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so",), needs=needs("V1", "V2")),
            "/var/task/liba.so": ground.library(),
        }
    )

    assert decided.unversioned == {("/var/task/liba.so", PROGRAM)}
    assert decided.starts


def test_a_definition_without_nodes_has_none_of_them(ground: Ground) -> None:
    """It has the base alone, and so has versions."""
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so",), needs=needs("V1")),
            "/var/task/liba.so": ground.library(nodes=()),
        }
    )

    assert (decided.unversioned, len(decided.versions)) == (frozenset(), 1)


def test_the_copy_that_is_loaded_counts(ground: Ground) -> None:
    program = ground.program(needed=("liba.so",), needs=needs("V2"))
    copies = {
        "/var/task/liba.so": ground.library(nodes=("V1", "V2")),
        "/opt/lib/liba.so": ground.library(nodes=("V1",)),
    }

    first = ground.decides({PROGRAM: program, **copies})
    second = ground.decides({PROGRAM: program, **copies}, library_path="/opt/lib:/var/task")

    assert (first.starts, second.starts) == (True, False)


def test_versions_are_asked_of_the_first_that_goes_by_the_name(ground: Ground) -> None:
    """By the name in DT_NEEDED or a soname that something was found by, not by every soname."""
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("libb.so", "liba.so"), needs=needs("V1")),
            "/var/task/libb.so": ground.library(soname="liba.so", nodes=()),
            "/var/task/liba.so": ground.library(nodes=("V1",)),
        }
    )

    assert decided.versions == {("/var/task/libb.so", "V1", PROGRAM, False)}


def test_versions_of_what_no_one_needs_end_it(ground: Ground) -> None:
    for file in ("libz.so.1", "libnowhere.so"):
        decided = ground.decides({PROGRAM: ground.program(needed=("libc.so.6",), needs=needs("V1", file=file))})
        assert (decided.ends, decided.starts) == (UNLISTED, False)


def test_a_soname_alone_is_no_name_to_ask_versions_of(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so",), needs=needs("V1", file="libsame.so")),
            "/var/task/liba.so": ground.library(soname="libsame.so", nodes=("V1",)),
        }
    )

    assert decided.ends == UNLISTED


def test_versions_of_what_another_needs_are_well(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so",), needs=needs("V1", file="libb.so")),
            "/var/task/liba.so": ground.library(needed=("libb.so",)),
            "/var/task/libb.so": ground.library(nodes=("V1",)),
        }
    )

    assert decided.starts


def test_versions_of_what_is_missing_are_not_missed_again(ground: Ground) -> None:
    decided = ground.decides({PROGRAM: ground.program(needed=("liba.so", "libc.so.6"), needs=needs("V1"))})

    assert decided.missing == {"liba.so"}
    assert not decided.versions
    assert not decided.ends


def test_a_node_of_a_newer_glibc_is_missing(ground: Ground) -> None:
    decided = ground.decides(
        {PROGRAM: ground.program(needed=("libc.so.6",), needs=needs("GLIBC_2.36", file="libc.so.6"))}
    )

    assert decided.versions == {("/lib64/libc.so.6", "GLIBC_2.36", PROGRAM, False)}

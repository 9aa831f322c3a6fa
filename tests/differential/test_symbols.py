"""Which symbols are found. Decided by the real loader, which binds all of them at once, and by ours the same."""

import pytest

from tests.differential.decision import BARE
from tests.differential.ground import Ground
from tests.differential.world import PROGRAM
from tests.support.handmade import Asks, Binding, Gives, How, Type

LIBRARY = "/var/task/liba.so"

# Names alone


@pytest.mark.parametrize("how", [How.CALL, How.DATA, How.COPY])
def test_a_symbol_that_nothing_has_is_missing(ground: Ground, how: How) -> None:
    decided = ground.decides(
        {PROGRAM: ground.program(needed=("liba.so",), asks=(Asks(name="f", how=how),)), LIBRARY: ground.library()}
    )

    assert decided.undefined == {("f", "", PROGRAM)}
    assert not decided.starts


@pytest.mark.parametrize("how", [How.CALL, How.DATA])
def test_a_weak_one_is_not(ground: Ground, how: How) -> None:
    decided = ground.decides({PROGRAM: ground.program(needed=(), asks=(Asks(name="f", weak=True, how=how),))})

    assert decided.starts


@pytest.mark.parametrize("binding", Binding)
@pytest.mark.parametrize("type_", [Type.NOTYPE, Type.OBJECT, Type.FUNC, Type.TLS])
def test_symbols_of_every_kind_are_found(ground: Ground, binding: Binding, type_: Type) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so",), asks=(Asks(name="f", how=How.DATA),)),
            LIBRARY: ground.library(gives=(Gives(name="f", binding=binding, type=type_),)),
        }
    )

    assert decided.starts


def test_symbols_are_found_by_either_hash_table(ground: Ground) -> None:
    names = tuple(f"symbol{number}" for number in range(40))
    for sysv_hash in (False, True):
        decided = ground.decides(
            {
                PROGRAM: ground.program(needed=("liba.so",), asks=tuple(Asks(name=name) for name in (*names, "none"))),
                LIBRARY: ground.library(gives=tuple(Gives(name=name) for name in names), sysv_hash=sysv_hash),
            }
        )
        assert decided.undefined == {("none", "", PROGRAM)}


def test_the_whole_process_is_asked_in_its_order(ground: Ground) -> None:
    """A library finds what it did not ask for by DT_NEEDED: in the program, in a sibling, in what comes after it."""
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so", "libb.so"), gives=(Gives(name="of_program"),)),
            LIBRARY: ground.library(asks=tuple(Asks(name=f"of_{name}") for name in ("program", "sibling", "nothing"))),
            "/var/task/libb.so": ground.library(gives=(Gives(name="of_sibling"),)),
        }
    )

    assert decided.undefined == {("of_nothing", "", LIBRARY)}


def test_what_is_copied_into_the_program_is_asked_of_all_others(ground: Ground) -> None:
    program = ground.program(needed=("liba.so",), asks=(Asks(name="d", how=How.COPY),))

    there = ground.decides(
        {
            PROGRAM: program,
            LIBRARY: ground.library(gives=(Gives(name="d", type=Type.OBJECT),), asks=(Asks(name="d", how=How.DATA),)),
        }
    )
    gone = ground.decides({PROGRAM: program, LIBRARY: ground.library(asks=(Asks(name="d", how=How.DATA),))})

    assert there.starts
    assert gone.undefined == {("d", "", PROGRAM)}


def test_the_loader_has_symbols_only_where_it_is_needed(ground: Ground) -> None:
    name = ground.interpreter.rpartition("/")[2]
    asks = (Asks(name="_r_debug", how=How.DATA),)

    needed = ground.decides({PROGRAM: ground.program(needed=("libc.so.6", name), asks=asks)})
    through_libc = ground.decides({PROGRAM: ground.program(needed=("libc.so.6",), asks=asks)})
    not_needed = ground.decides({PROGRAM: ground.program(asks=asks)})

    assert (needed.starts, through_libc.starts) == (True, True)
    assert not_needed.undefined == {("_r_debug", "", PROGRAM)}


# With a version


def asks(node: str, *, file: str = "liba.so", weak: bool = False) -> tuple[Asks, ...]:
    return (Asks(name="f", node=node, file=file if node else "", weak=weak),)


@pytest.mark.parametrize(
    ("asked", "given", "found"),
    [
        ("V1", ("f@@V1",), True),
        ("V1", ("f@V1",), True),
        ("V1", ("f@@V2",), False),
        ("V1", ("f@V1", "f@@V2"), True),
        ("V1", ("f",), True),
        ("V1", ("f@base",), False),
        ("", ("f",), True),
        ("", ("f@base",), True),
        ("", ("f@@V1",), True),
        ("", ("f@V1",), True),
        ("", ("f@@V2",), True),
        ("", ("f@V2",), False),
        ("", ("f@V2", "f@@V3"), True),
        ("", ("f@@V2", "f@@V3"), False),
    ],
)
def test_names_and_versions_meet(ground: Ground, asked: str, given: tuple[str, ...], found: bool) -> None:
    """A node by its name, or what has none and is not hidden.

    Without a version: the oldest node even if it is hidden, or the only one that is not.
    """
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so",), asks=asks(asked)),
            LIBRARY: ground.library(nodes=("V1", "V2", "V3"), gives=tuple(map(given_as, given))),
        }
    )

    assert decided.undefined == (frozenset() if found else {("f", asked, PROGRAM)})


def given_as(text: str) -> Gives:
    name, _, node = text.partition("@")
    if node == "base":
        return Gives(name=name, hidden=True)
    return Gives(name=name, node=node.lstrip("@"), hidden=bool(node) and not node.startswith("@"))


def test_a_version_may_be_found_in_another_library_than_the_one_that_it_is_asked_of(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so", "libb.so"), asks=asks("V1")),
            LIBRARY: ground.library(nodes=("V1",)),
            "/var/task/libb.so": ground.library(nodes=("V1",), gives=(Gives(name="f", node="V1"),)),
        }
    )

    assert decided.starts


def test_a_symbol_of_another_version_does_not_hide_the_right_one(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("libb.so", "liba.so"), asks=asks("V1")),
            "/var/task/libb.so": ground.library(nodes=("V2",), gives=(Gives(name="f", node="V2"),)),
            LIBRARY: ground.library(nodes=("V1",), gives=(Gives(name="f", node="V1"),)),
        }
    )

    assert decided.starts


def test_a_symbol_is_missed_by_each_who_asks(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so", "libb.so"), asks=asks("V1")),
            LIBRARY: ground.library(nodes=("V1",)),
            "/var/task/libb.so": ground.library(needed=("liba.so",), asks=asks("V1")),
        }
    )

    assert decided.undefined == {("f", "V1", PROGRAM), ("f", "V1", "/var/task/libb.so")}


# A library without any versions, where one is asked for: up to glibc 2.40 the loader aborts


def test_a_symbol_of_a_version_in_a_library_without_versions_ends_an_old_loader(ground: Ground) -> None:
    for weak in (False, True):
        decided = ground.decides(
            {
                PROGRAM: ground.program(needed=("liba.so",), asks=asks("V1", weak=weak)),
                LIBRARY: ground.library(gives=(Gives(name="f"),)),
            }
        )
        assert decided.ends == (BARE if ground.asserts else "")
        assert decided.starts is not ground.asserts


def test_it_is_all_the_same_whether_an_empty_table_of_versions_is_there(ground: Ground) -> None:
    """DT_VERSYM without DT_VERDEF and DT_VERNEED, which no linker writes."""
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so",), asks=asks("V1")),
            LIBRARY: ground.library(gives=(Gives(name="f"),), versym=True),
        }
    )

    assert decided.ends == (BARE if ground.asserts else "")


def test_it_does_not_come_to_that_where_the_symbol_is_found_before(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("libb.so", "liba.so"), asks=asks("V1")),
            LIBRARY: ground.library(gives=(Gives(name="f"),)),
            "/var/task/libb.so": ground.library(gives=(Gives(name="f"),)),
        }
    )

    assert decided.starts


def test_it_comes_to_that_where_the_symbol_is_found_after(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so", "libb.so"), asks=asks("V1")),
            LIBRARY: ground.library(gives=(Gives(name="f"),)),
            "/var/task/libb.so": ground.library(gives=(Gives(name="f"),)),
        }
    )

    assert decided.starts is not ground.asserts


def test_it_does_not_come_to_that_where_the_library_has_not_got_the_symbol(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so", "libb.so"), asks=asks("V1")),
            LIBRARY: ground.library(gives=(Gives(name="g"),)),
            "/var/task/libb.so": ground.library(gives=(Gives(name="f"),)),
        }
    )

    assert decided.starts


def test_another_library_than_the_one_that_is_asked_may_have_no_versions(ground: Ground) -> None:
    """So a symbol can be put in front of a library's own, as LD_PRELOAD does."""
    decided = ground.decides(
        {
            PROGRAM: ground.program(needed=("libb.so", "liba.so"), asks=asks("V1")),
            "/var/task/libb.so": ground.library(gives=(Gives(name="f"),)),
            LIBRARY: ground.library(nodes=("V1",), gives=(Gives(name="f", node="V1"),)),
        }
    )

    assert decided.starts


def test_it_is_known_by_every_name_that_it_was_needed_by(ground: Ground) -> None:
    """Its soname is one of them only where something was found by it."""
    library = {LIBRARY: ground.library(soname="libsame.so", gives=(Gives(name="f"),))}

    by_soname = ground.decides(
        {
            PROGRAM: ground.program(needed=("liba.so", "libsame.so"), asks=asks("V1", file="libsame.so")),
            **library,
        }
    )

    assert by_soname.starts is not ground.asserts


def test_copied_symbols_come_to_that_too(ground: Ground) -> None:
    decided = ground.decides(
        {
            PROGRAM: ground.program(
                needed=("liba.so",), asks=(Asks(name="d", node="V1", file="liba.so", how=How.COPY),)
            ),
            LIBRARY: ground.library(gives=(Gives(name="d", type=Type.OBJECT),)),
        }
    )

    assert decided.starts is not ground.asserts

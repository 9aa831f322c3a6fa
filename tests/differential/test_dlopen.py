"""What a program opens while it runs: it is opened by the real loader where the emulation finds nothing wrong."""

from collections.abc import Mapping
from functools import cache

import pytest

from lambdabuild.check.loading import Loading
from tests.differential.conftest import Compilers
from tests.differential.decision import absolute
from tests.differential.ground import Ground
from tests.differential.world import PROGRAM, World
from tests.support.handmade import Asks, Elf, Gives

OPENER = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
int of_program;
static int show(struct dl_phdr_info *info, size_t size, void *data) { return printf("= %s\\n", info->dlpi_name) < 0; }
int main(int argc, char **argv) {
    for (int each = 1; each < argc; each++)
        puts(dlopen(argv[each], RTLD_NOW | RTLD_GLOBAL) ? "opened" : dlerror());
    return dl_iterate_phdr(show, 0);
}
"""
RPATH = ("-Wl,--disable-new-dtags", "-Wl,-rpath,$ORIGIN/plugins")
RUNPATH = ("-Wl,--enable-new-dtags", "-Wl,-rpath,$ORIGIN/plugins")


Said = tuple[list[str], Loading]


class Opener:
    """A program that opens what it is told to."""

    def __init__(self, compilers: Compilers) -> None:
        self._program = cache(
            lambda architecture, *flags: compilers(architecture).program(OPENER, "-rdynamic", *flags).read_bytes()
        )

    def opens(self, ground: Ground, files: Mapping[str, Elf | bytes], *names: str, flags: tuple[str, ...] = ()) -> Said:
        """What the real loader says of each name, and the emulation, which has the same objects where all is well."""
        world = World(files={PROGRAM: self._program(ground.architecture, *flags), **files})
        world.put_into(ground.root)
        said = ground.run(PROGRAM, *names)
        assert said.exit_code == 0, said.stderr
        lines = said.stdout.splitlines()
        loading = ground.loading(world, opened=names)
        well = not (loading.missing or loading.refused or loading.unmet or loading.asserted or strong(loading))
        assert well == (lines[: len(names)] == ["opened"] * len(names)), (lines, loading)
        if well:
            loaded = {absolute(line[2:]) for line in lines[len(names) :] if len(line) > 2 and "vdso" not in line}
            assert loaded == {each.path for each in loading.objects[1:]}
        return lines[: len(names)], loading


@pytest.fixture(scope="module")
def opener(compilers: Compilers) -> Opener:
    return Opener(compilers)


def strong(loading: Loading) -> list[tuple[str, ...]]:
    """Names of the symbols that are missing and may not be."""
    return [each.names for each in loading.unresolved if not each.references.weak]


@pytest.mark.parametrize("flags", [RPATH, RUNPATH])
def test_the_path_of_the_program_serves_what_it_opens(modern: Ground, opener: Opener, flags: tuple[str, ...]) -> None:
    said, _ = opener.opens(modern, {"/var/task/plugins/liba.so": modern.library()}, "liba.so", flags=flags)

    assert said == ["opened"]


@pytest.mark.parametrize(("flags", "found"), [(RPATH, True), (RUNPATH, False)])
def test_only_an_rpath_of_the_program_serves_what_that_needs(
    modern: Ground, opener: Opener, flags: tuple[str, ...], found: bool
) -> None:
    plugins = {
        "/var/task/plugins/liba.so": modern.library(needed=("libb.so",)),
        "/var/task/plugins/libb.so": modern.library(),
    }

    said, loading = opener.opens(modern, plugins, "liba.so", flags=flags)

    assert (said == ["opened"]) is found
    assert [(each.name, each.opened) for each in loading.missing] == ([] if found else [("libb.so", False)])


def test_what_is_opened_and_is_nowhere_is_missing(modern: Ground, opener: Opener) -> None:
    said, loading = opener.opens(
        modern, {"/var/task/lib/liba.so": modern.library()}, "liba.so", "libb.so", "lib/libb.so"
    )

    assert said[0] == "opened"
    assert [(each.name, each.opened) for each in loading.missing] == [("libb.so", True), ("lib/libb.so", True)]


def test_what_is_loaded_already_is_not_opened_again(modern: Ground, opener: Opener) -> None:
    library = {"/var/task/liba.so": modern.library(soname="libsame.so")}

    _, loading = opener.opens(modern, library, "liba.so", "libsame.so", "./liba.so", "/var/task/liba.so", "libc.so.6")

    assert [each.path for each in loading.objects].count("/var/task/liba.so") == 1


def test_names_to_open_may_have_tokens(modern: Ground, opener: Opener) -> None:
    said, _ = opener.opens(modern, {"/var/task/sub/liba.so": modern.library()}, "$ORIGIN/sub/liba.so", "sub/liba.so")

    assert said == ["opened", "opened"]


def test_an_opened_library_finds_symbols_of_the_program_and_of_those_opened_before(
    modern: Ground, opener: Opener
) -> None:
    asks = tuple(Asks(name=name) for name in ("of_program", "of_other"))
    plugins = {
        "/var/task/liba.so": modern.library(asks=asks),
        "/var/task/libb.so": modern.library(gives=(Gives(name="of_other"),)),
    }

    after, _ = opener.opens(modern, plugins, "libb.so", "liba.so")
    before, loading = opener.opens(modern, plugins, "liba.so", "libb.so")

    assert after == ["opened", "opened"]
    assert "undefined symbol: of_other" in before[0]
    assert strong(loading) == [("of_other",)]


def test_versions_of_what_is_opened_are_checked(modern: Ground, opener: Opener) -> None:
    plugins = {
        "/var/task/liba.so": modern.library(needed=("libb.so",), asks=(Asks(name="f", node="V2", file="libb.so"),)),
        "/var/task/libb.so": modern.library(nodes=("V1",), gives=(Gives(name="f", node="V1"),)),
    }

    said, loading = opener.opens(modern, plugins, "liba.so")

    assert "version `V2' not found (required by /var/task/liba.so)" in said[0]
    assert [each.need.node for each in loading.unmet] == ["V2"]


def test_what_is_opened_and_is_no_library_is_refused(modern: Ground, opener: Opener) -> None:
    said, loading = opener.opens(modern, {"/var/task/liba.so": b"text"}, "liba.so")

    assert said == ["/var/task/liba.so: file too short"]
    assert [each.reason for each in loading.refused] == ["file too short"]

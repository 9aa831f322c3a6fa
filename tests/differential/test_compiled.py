"""The same of what a compiler makes: symbols of every kind, in programs of every kind."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from lambdabuild.model.platform import Architecture
from tests.differential.conftest import Compilers
from tests.differential.ground import Ground
from tests.differential.world import PROGRAM

EVERYTHING = """
static int chosen(void) { return 0; }
static void *choose(void) { return chosen; }
int by_choice(void) __attribute__((ifunc("choose")));
int function(void) { return 0; }
int data[4] = {0};
__thread int of_thread = 0;
__asm__(".data\\n.globl unique\\n.type unique, %gnu_unique_object\\n.size unique, 4\\nunique: .long 0\\n.text");
"""
VERSIONS = "V1 { function; data; }; V2 { by_choice; of_thread; unique; } V1;"
OLDER = "int function(void) { return 0; }\nint data[4] = {0};\n"
USES_LIBC = 'int puts(const char *);\nint say(void) { return puts(""); }\n'
CALLS = "int function(void);\nint main(void) { return function(); }\n"
ASKS_FOR_EVERYTHING = """
extern int by_choice(void), function(void), data[4], unique;
extern __thread int of_thread;
int main(void) { return by_choice() + function() + data[1] + unique + of_thread; }
"""
KINDS = {"pie": ("-pie", "-fPIE"), "no-pie": ("-no-pie", "-fno-pie")}
Library = Callable[[Architecture], Path]
Program = Callable[[Architecture, str], bytes]


@pytest.fixture(scope="module")
def library(compilers: Compilers) -> Library:
    """One that gives everything, in two versions."""

    @cache
    def made(architecture: Architecture) -> Path:
        return compilers(architecture).library("liba.so", EVERYTHING, nodes=VERSIONS)

    return made


@pytest.fixture(scope="module")
def program(compilers: Compilers, library: Library) -> Program:
    """One that asks for everything."""

    @cache
    def made(architecture: Architecture, kind: str) -> bytes:
        path = str(library(architecture))
        return compilers(architecture).program(ASKS_FOR_EVERYTHING, *KINDS[kind], path).read_bytes()

    return made


@pytest.mark.parametrize("kind", KINDS)
def test_symbols_of_every_kind_are_found(modern: Ground, program: Program, library: Library, kind: str) -> None:
    decided = modern.decides(
        {
            PROGRAM: program(modern.architecture, kind),
            "/var/task/liba.so": library(modern.architecture).read_bytes(),
        }
    )

    assert decided.starts


@pytest.mark.parametrize("kind", KINDS)
def test_what_an_older_library_lacks_is_missing(
    modern: Ground, program: Program, compilers: Compilers, kind: str
) -> None:
    older = compilers(modern.architecture).library("liba.so", OLDER, nodes="V1 { function; data; };")

    decided = modern.decides({PROGRAM: program(modern.architecture, kind), "/var/task/liba.so": older.read_bytes()})

    assert decided.versions == {("/var/task/liba.so", "V2", PROGRAM, False)}
    assert {name for name, *_ in decided.undefined} == {"by_choice", "unique", "of_thread"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_library_built_without_versions_ends_an_old_loader(
    modern: Ground, program: Program, compilers: Compilers, kind: str
) -> None:
    """One that needs libc's versions has a table of its own, and is only warned of."""
    compiler = compilers(modern.architecture)
    of_libc = compiler.library("liba.so", EVERYTHING + USES_LIBC).read_bytes()
    bare = compiler.library("liba.so", EVERYTHING, "-nostdlib").read_bytes()

    warned = modern.decides({PROGRAM: program(modern.architecture, kind), "/var/task/liba.so": of_libc})
    ended = modern.decides({PROGRAM: program(modern.architecture, kind), "/var/task/liba.so": bare})

    assert warned.starts
    assert warned.unversioned == ended.unversioned == {("/var/task/liba.so", PROGRAM)}
    assert ended.starts is not modern.asserts


@pytest.mark.parametrize("flag", ["-Wl,--disable-new-dtags", "-Wl,--enable-new-dtags"])
def test_the_linker_writes_rpath_or_runpath(modern: Ground, compilers: Compilers, library: Library, flag: str) -> None:
    path = library(modern.architecture)
    needs = compilers(modern.architecture).program(CALLS, flag, "-Wl,-rpath,$ORIGIN/sub", str(path))
    libraries = {place: path.read_bytes() for place in ("/var/task/liba.so", "/var/task/sub/liba.so")}

    decided = modern.decides({PROGRAM: needs.read_bytes(), **libraries})

    assert decided.loaded[0] == ("/var/task/sub/liba.so" if "disable" in flag else "/var/task/liba.so")

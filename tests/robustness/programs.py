"""Small real ELF files with every table that the loader reads, in both hash styles, for both CPUs and for others."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from lambdabuild.model.platform import host_platform
from tests.support.elf import gcc, go_build, run
from tests.support.gates import need, require

PROGRAM = """#include <stdio.h>
#include <math.h>
extern void absent(void) __attribute__((weak));
static int (*const later[])(const char *) = {puts, 0};
int main(int count, char **words) {
    printf("%f\\n", pow(count, 2));
    fputs(*words, stdout);
    if (absent) absent();
    return !later[0];
}
"""
LIBRARY = """#include <stdlib.h>
__asm__(".symver old, answer@ANSWER_1"); __asm__(".symver new, answer@@ANSWER_2");
int old(void) { return atoi("41"); } int new(void) { return atoi("42"); }
__thread int own = 1; const char *const name = "answer"; int unversioned(void) { return own; }
"""
MATH = ("-Wl,--no-as-needed", "-lm")
BOTH = ("-Wl,--hash-style=both", "-Wl,-z,pack-relative-relocs")
NODES = "ANSWER_1 { global: name; own; }; ANSWER_2 { } ANSWER_1;\n"


def small_programs(folder: Path) -> Mapping[str, bytes]:
    """By what they are."""
    need(host_platform() == "linux/amd64", "needs Linux on x86_64, whose gcc makes most of them")
    folder.mkdir(exist_ok=True)
    nodes = folder / "nodes.map"
    nodes.write_text(NODES)
    versions = f"-Wl,--version-script={nodes}"
    shared = ("-shared", "-fPIC", "-Wl,-soname,libanswer.so.1", "-Wl,-rpath,$ORIGIN/lib")
    made: dict[str, Callable[[Path], bytes]] = {
        "pie": lambda to: gcc(to, *MATH, source=PROGRAM),
        "lazy": lambda to: gcc(to, "-no-pie", "-Wl,-z,lazy", "-Wl,--hash-style=sysv", *MATH, source=PROGRAM),
        "library": lambda to: gcc(to, *shared, versions, source=LIBRARY),
        "both": lambda to: gcc(to, *shared, versions, *BOTH, source=LIBRARY),
        "isa": lambda to: gcc(to, *shared, "-Wl,-z,x86-64-v3", source="int answer(void) { return 42; }\n"),
        "arm64": lambda to: cross(to, *MATH, source=PROGRAM),
        "arm64-library": lambda to: cross(to, *shared, versions, source=LIBRARY),
        "go": go_build,
        "cgo": lambda to: go_build(to, cgo=True),
    }
    return {name: make(folder / name) for name, make in made.items()}


def cross(folder: Path, *flags: str, source: str) -> bytes:
    """What the compiler for arm64 makes."""
    folder.mkdir(parents=True)
    (folder / "main.c").write_text(source)
    run([require("aarch64-linux-gnu-gcc"), "-o", "out", "main.c", *flags], folder, dict(os.environ))
    return (folder / "out").read_bytes()

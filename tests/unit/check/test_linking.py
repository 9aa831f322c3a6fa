"""Rules about what the loader finds on a runtime: what breaks each, in which words, and what each leaves alone."""

import re
import struct
from dataclasses import replace
from pathlib import Path

import pytest

from lambdabuild.check import Runtime
from lambdabuild.model.abi import Inventory
from lambdabuild.model.elf import Need
from lambdabuild.model.finding import Severity
from lambdabuild.model.platform import Architecture
from tests.support.artifact import Artifact
from tests.support.clink import Compiler
from tests.support.elf import Programs, patched
from tests.support.inventories import al2, al2023, al2023_before

Said = tuple[str, str, str]

WAIT = """#include <condition_variable>
#include <mutex>
int main(int argc, char **) {
  std::mutex m; std::condition_variable c; std::unique_lock<std::mutex> l(m); bool done = argc < 5;
  c.wait(l, [&] { return done; });
}
"""
RANDOM = "#include <stdlib.h>\nint main(void) { return arc4random() == 7; }\n"
CALLS_F = "int f(void); int main(void) { return f(); }\n"
F = "int f(void) { return 0; }\n"
ONE, TWO = "V1 { global: f; };\n", "V1 { global: f; };\nV2 { global: g; } V1;\n"
DYNAMIC_FIX = "build it in the image of the runtime, or link it statically"


@pytest.fixture
def cc(tmp_path: Path) -> Compiler:
    return Compiler(folder=tmp_path / "cc")


@pytest.fixture
def dynamic(artifact: Artifact) -> Artifact:
    """An artifact that may be dynamic, on provided.al2023 as it was before libstdc++ of GCC 14."""
    return artifact.but(static=False).on(al2023_before())


def said(artifact: Artifact) -> Said:
    return artifact.finding[:3]


def bundled(artifact: Artifact, cc: Compiler, source: str, *flags: str) -> Artifact:
    """A program that finds what it needs in lib/, by DT_RPATH."""
    rpath = ("-Wl,--disable-new-dtags,-rpath,$ORIGIN/lib",)
    return artifact.link("bootstrap", cc.program(source, *flags, *rpath))


# Nothing is said of what is well


def test_a_program_of_the_runtimes_own_glibc_is_well(dynamic: Artifact, cc: Compiler) -> None:
    assert dynamic.link("bootstrap", cc.program('#include <stdio.h>\nint main(void) { puts("x"); }\n')).findings == ()


@pytest.mark.parametrize("architecture", list(Architecture))
def test_a_c_plus_plus_program_is_well_on_a_runtime_that_has_its_libstdc(
    artifact: Artifact, tmp_path: Path, architecture: Architecture
) -> None:
    cc = Compiler(folder=tmp_path / "cc", architecture=architecture)
    artifact.but(static=False, architecture=architecture).on(al2023(architecture))

    assert artifact.link("bootstrap", cc.program(WAIT, language="c++")).findings == ()


def test_a_bundled_library_in_the_folder_that_lambda_names_is_well(dynamic: Artifact, cc: Compiler) -> None:
    library = cc.library("libf.so.1", F)
    dynamic.link("bootstrap", cc.program(CALLS_F, str(library)))

    assert dynamic.link("lib/libf.so.1", library, 0o644).findings == ()


def test_a_link_to_a_bundled_library_is_followed(dynamic: Artifact, cc: Compiler) -> None:
    library = cc.library("libf.so.1", F)
    dynamic.link("bootstrap", cc.program(CALLS_F, str(library))).link("lib/libf.so.1.2.3", library, 0o644)

    assert dynamic.holds(links={"lib/libf.so.1": "libf.so.1.2.3"}).findings == ()


def test_a_library_of_a_layer_is_well(dynamic: Artifact, cc: Compiler) -> None:
    library = cc.library("libf.so.1", F)
    layer = Artifact(cc.folder).link("lib/libf.so.1", library, 0o644).subject.own
    dynamic.but(layers=layer)

    assert dynamic.link("bootstrap", cc.program(CALLS_F, str(library))).findings == ()


def test_an_extension_module_may_find_what_it_lacks_in_its_host(
    dynamic: Artifact, programs: Programs, cc: Compiler
) -> None:
    """Neither symbols of no version, nor a library that lies somewhere else in the artifact, are missed."""
    near = cc.library("libnear.so.1", F)
    module = cc.library("module.so", "int PyX(void); int f(void); int g(void) { return PyX() + f(); }\n", str(near))
    dynamic.put("bootstrap", programs("go")).link("python/x/module.so", module, 0o644)

    assert dynamic.link("python/x.libs/libnear.so.1", near, 0o644).findings == ()


def test_a_static_artifact_never_asks_for_the_runtime(artifact: Artifact, programs: Programs) -> None:
    artifact.put("bootstrap", programs("go")).put("config.json", b"{}", 0o644)

    def refused(_: Architecture) -> tuple[Runtime, ...]:
        raise AssertionError("it was asked for")

    assert artifact.findings_on(refused) == ()


# LB31x: versions, libraries, symbols


def test_lb311_a_newer_glibc(dynamic: Artifact, cc: Compiler) -> None:
    assert dynamic.link("bootstrap", cc.program(RANDOM)).finding == (
        "LB311",
        "bootstrap",
        (
            "`bootstrap` needs GLIBC_2.36 of `/lib64/libc.so.6`, for `arc4random`: glibc 2.36, and"
            f" {al2023_before().words} has glibc 2.34"
        ),
        f"{DYNAMIC_FIX}; `zig cc` and `cargo zigbuild` link against a glibc that you name",
    )


def test_lb312_the_seeds_incident(dynamic: Artifact, cc: Compiler) -> None:
    assert dynamic.link("bootstrap", cc.program(WAIT, language="c++")).finding == (
        "LB312",
        "bootstrap",
        (
            "`bootstrap` needs GLIBCXX_3.4.30 of `/lib64/libstdc++.so.6`, for"
            " `std::condition_variable::wait(std::unique_lock<std::mutex>&)`: the libstdc++ of GCC 12, and"
            f" {al2023_before().words} has the libstdc++ of GCC 11"
        ),
        (
            "build it in the image of the runtime, or link with `-static-libstdc++ -Wl,--gc-sections`; or bundle"
            " the libstdc++ that it was built with, and find it by DT_RPATH"
            " (`-Wl,--disable-new-dtags,-rpath,'$ORIGIN/lib'`)"
        ),
    )


def test_several_versions_of_one_library_are_one_finding(artifact: Artifact, cc: Compiler) -> None:
    program = cc.program(WAIT, language="c++")

    found = artifact.but(static=False).on(al2()).link("bootstrap", program).findings

    assert [(one.rule, one.file) for one in found] == [("LB311", "bootstrap"), ("LB312", "bootstrap")]


def test_lb313_a_missing_library(dynamic: Artifact, cc: Compiler) -> None:
    library = cc.library("libf.so.1", F)

    assert dynamic.link("bootstrap", cc.program(CALLS_F, str(library))).finding == (
        "LB313",
        "bootstrap",
        (
            f"`bootstrap` needs `libf.so.1`: it is neither in {al2023_before().words} nor where the loader looks in the"
            " artifact"
        ),
        (
            "put the library, built for the runtime, into `lib/` of the zip or of a layer, which LD_LIBRARY_PATH"
            " names, or link it statically; if a layer has it, name the layer: `--layer layer.zip`"
        ),
    )


def test_lb313_a_library_that_several_files_need_is_one_finding(dynamic: Artifact, cc: Compiler) -> None:
    absent = cc.library("libf.so.1", F, folder="absent")
    user = cc.library("libg.so.1", "int f(void); int g(void) { return f(); }\n", str(absent))
    source = "int f(void), g(void); int main(void) { return f() + g(); }\n"
    dynamic.link("bootstrap", cc.program(source, str(user), str(absent))).link("lib/libg.so.1", user, 0o644)

    assert said(dynamic)[2].startswith("`bootstrap` needs `libf.so.1`, and so do 1 more: it is neither in ")


def test_lb313_says_where_the_library_is_instead(dynamic: Artifact, cc: Compiler) -> None:
    library = cc.library("libf.so.1", F)
    dynamic.link("bootstrap", cc.program(CALLS_F, str(library))).link("libs/libf.so.1", library, 0o644)

    assert said(dynamic)[2].endswith("in the artifact; it is there as `libs/libf.so.1`")


def test_lb313_a_library_that_is_opened_while_it_runs(dynamic: Artifact, cc: Compiler) -> None:
    dynamic.link("bootstrap", cc.program("int main(void) { return 0; }\n")).but(opened=("libvips.so.42",))

    assert said(dynamic)[2].endswith("in the artifact; it is opened while it runs, as `extra_needed` says")


def test_lb314_a_version_of_another_library(dynamic: Artifact, cc: Compiler) -> None:
    newer = cc.library("libf.so.1", F + "int g(void) { return 0; }\n", nodes=TWO, folder="newer")
    older = cc.library("libf.so.1", F, nodes=ONE)
    bundled(dynamic, cc, "int g(void); int main(void) { return g(); }\n", str(newer))

    assert dynamic.link("lib/libf.so.1", older, 0o644).finding == (
        "LB314",
        "bootstrap",
        (
            "`bootstrap` needs V2 of `lib/libf.so.1`, for `g`, and the one of the artifact does not define it;"
            " its newest is V1"
        ),
        (
            "build it against the library of the runtime's image, link it statically, or bundle the one that it was"
            " built with and find it by DT_RPATH"
        ),
    )


def test_lb315_a_build_image_that_is_ahead(dynamic: Artifact, cc: Compiler) -> None:
    ahead = replace(al2023(), name="gcc")
    dynamic.but(build_image=lambda: ahead).link("bootstrap", cc.program(WAIT, language="c++"))

    assert dynamic.finding == (
        "LB315",
        "bootstrap",
        (
            "`bootstrap` needs GLIBCXX_3.4.30 of `/lib64/libstdc++.so.6`, for"
            " `std::condition_variable::wait(std::unique_lock<std::mutex>&)`: the build image"
            f" {ahead.words} has it, {al2023_before().words} has not; the libstdc++ of GCC 11 is what it has"
        ),
        "set `build_image` to the image of the runtime, or pin an older one",
    )


@pytest.mark.parametrize(
    ("flag", "when"), [("-Wl,-z,lazy", "it crashes when it calls it"), ("-Wl,-z,now", "it does not start")]
)
def test_lb316_a_symbol_that_is_gone(dynamic: Artifact, cc: Compiler, flag: str, when: str) -> None:
    nodes = "V1 { global: f; g; };\n"
    whole = cc.library("libf.so.1", F + "int g(void) { return 0; }\n", nodes=nodes, folder="whole")
    part = cc.library("libf.so.1", F, nodes=nodes)
    bundled(dynamic, cc, "int g(void); int main(void) { return g(); }\n", str(whole), flag)

    assert dynamic.link("lib/libf.so.1", part, 0o644).finding == (
        "LB316",
        "bootstrap",
        f"`bootstrap` needs `g` of `libf.so.1`, which has the version V1 but not the symbol: {when}",
        (
            "build it against the library that it will meet there, or bundle the one that it was built with and find"
            " it by DT_RPATH"
        ),
    )  # fmt: skip


def test_lb316_a_symbol_of_no_version(dynamic: Artifact, cc: Compiler) -> None:
    whole = cc.library("libf.so.1", F + "int g(void) { return 0; }\n", folder="whole")
    part = cc.library("libf.so.1", F)
    bundled(dynamic, cc, "int g(void); int main(void) { return g(); }\n", str(whole), "-Wl,-z,now")

    assert said(dynamic.link("lib/libf.so.1", part, 0o644))[2] == (
        "`bootstrap` needs `g`, and none of its libraries has it: it does not start"
    )


def test_lb317_a_bundled_library_that_needs_more(dynamic: Artifact, cc: Compiler) -> None:
    library = cc.library("libf.so.1", "#include <stdlib.h>\nint f(void) { return arc4random() == 7; }\n")
    dynamic.link("bootstrap", cc.program(CALLS_F, str(library))).link("lib/libf.so.1", library, 0o644)

    assert dynamic.finding == (
        "LB317",
        "lib/libf.so.1",
        (
            "`lib/libf.so.1`, which bootstrap loads, needs GLIBC_2.36 of `/lib64/libc.so.6`, for `arc4random`: glibc"
            f" 2.36, and {al2023_before().words} has glibc 2.34"
        ),
        (
            "take a build of the library that was made for the runtime (its image's package, or a manylinux wheel of"
            " that glibc), or bundle what it needs as well"
        ),
    )


def test_lb318_another_copy_is_found_first(dynamic: Artifact, cc: Compiler) -> None:
    runpath = "-Wl,--enable-new-dtags,-rpath,$ORIGIN/lib"
    dynamic.link("bootstrap", cc.program(WAIT, runpath, language="c++"))
    dynamic.link("lib/libstdc++.so.6", cc.own("libstdc++.so.6"), 0o644)
    first, second = dynamic.findings

    assert (second.rule, second.file) == ("LB311", "lib/libstdc++.so.6")  # it came from a newer system itself
    assert (first.rule, first.file, first.message, first.fix) == (
        "LB318",
        "bootstrap",
        (
            "`bootstrap` needs GLIBCXX_3.4.30 of `/lib64/libstdc++.so.6`, which the bundled `lib/libstdc++.so.6` has;"
            " the loader finds `/lib64/libstdc++.so.6` first, since LD_LIBRARY_PATH goes before DT_RUNPATH"
        ),
        (
            "link with `-Wl,--disable-new-dtags,-rpath,'$ORIGIN/lib'`, or set it afterwards:"
            " `patchelf --force-rpath --set-rpath '$ORIGIN/lib'`"
        ),
    )


@pytest.mark.parametrize(
    ("interpreter", "libc"),
    [
        ("/lib/ld-musl-x86_64.so.1", ": it was linked against musl, the C library of Alpine"),
        ("/nix/store/x/lib/ld-linux-x86-64.so.2", ": it was linked against the C library of Nix"),
        ("/lib/ld-linux.so.9", ""),
    ],
)
def test_lb319_no_such_loader(dynamic: Artifact, cc: Compiler, interpreter: str, libc: str) -> None:
    program = cc.program("int main(void) { return 0; }\n", f"-Wl,--dynamic-linker={interpreter}")

    assert said(dynamic.link("bootstrap", program)) == (
        "LB319",
        "bootstrap",
        f"`bootstrap` is started by `{interpreter}`, which {al2023_before().words} does not have{libc}",
    )


def test_lb320_a_text_file_in_a_librarys_place(dynamic: Artifact, cc: Compiler) -> None:
    library = cc.library("libf.so.1", F)
    bundled(dynamic, cc, CALLS_F, str(library)).put(
        "lib/libf.so.1", b"/* GNU ld script */\nINPUT(libf.so.1.2 AS_NEEDED(libg.so.1) libh.so.1)\n", 0o644
    )

    assert dynamic.finding == (
        "LB320",
        "lib/libf.so.1",
        "`lib/libf.so.1` stands where `bootstrap` finds `libf.so.1`, and cannot be loaded: invalid ELF header",
        "put the library itself there, or remove the file",
    )


def test_lb321_packed_relocations(dynamic: Artifact, cc: Compiler) -> None:
    source = "static int x; int *p = &x; int main(void) { return *p; }\n"
    program = cc.program(source, "-pie", "-fPIE", "-Wl,-z,pack-relative-relocs")

    assert dynamic.link("bootstrap", program).finding == (
        "LB321",
        "bootstrap",
        (
            "`bootstrap` has packed relative relocations and needs GLIBC_ABI_DT_RELR: only glibc 2.36 and later apply"
            f" them, and {al2023_before().words} has glibc 2.34"
        ),
        "link with `-Wl,-z,nopack-relative-relocs`, or build it in the image of the runtime",
    )


def test_lb321_packed_relocations_without_a_mark(dynamic: Artifact, cc: Compiler) -> None:
    """Linked against a libc without the node, the linker cannot ask for it: an old loader starts the program."""
    source = "static int x; int *p = &x; int main(void) { return *p; }\n"
    content = cc.program(source, "-pie", "-fPIE", "-Wl,-z,pack-relative-relocs").read_bytes()
    other = content.replace(b"GLIBC_ABI_DT_RELR", b"GLIBC_2.2.5\0_RELR")

    assert said(dynamic.put("bootstrap", other))[2].startswith(
        "`bootstrap` has packed relative relocations: only glibc 2.36"
    )


def test_lb325_a_library_without_versions(dynamic: Artifact, cc: Compiler) -> None:
    versioned = cc.library("libf.so.1", F, nodes=ONE, folder="versioned")
    plain = cc.library("libf.so.1", "#include <stdlib.h>\nint f(void) { return rand(); }\n")
    bundled(dynamic, cc, CALLS_F, str(versioned))

    assert dynamic.link("lib/libf.so.1", plain, 0o644).finding == (
        "LB325",
        "bootstrap",
        "`bootstrap` needs V1 of `lib/libf.so.1`, and the one of the artifact has no versions at all",
        "build it against the library of the runtime's image, or bundle the one that it was built with",
    )


def test_lb326_a_weak_version(dynamic: Artifact, cc: Compiler) -> None:
    newer = cc.library("libf.so.1", F + "int g(void) { return 0; }\n", nodes=TWO, folder="newer")
    older = cc.library("libf.so.1", F, nodes=ONE)
    source = "extern int f(void), g(void) __attribute__((weak)); int main(void) { return f() + (g ? g() : 0); }\n"
    program = cc.program(source, str(newer), "-Wl,--disable-new-dtags,-rpath,$ORIGIN/lib")
    dynamic.link("lib/libf.so.1", older, 0o644).put("bootstrap", with_weak_need(program.read_bytes(), "V2"))

    assert [(one.rule, one.severity, one.message) for one in dynamic.findings] == [
        (
            "LB326",
            Severity.WARNING,
            "`bootstrap` can do without V2 of `lib/libf.so.1`, which the one of the artifact does not define",
        ),
    ]


def with_weak_need(content: bytes, node: str) -> bytes:
    """The same program, with VER_FLG_WEAK in the Vernaux of a node: found by the ELF hash of its name."""
    value = 0
    for letter in node.encode():
        value = (value << 4) + letter
        value = (value ^ ((value & 0xF0000000) >> 24)) & 0x0FFFFFFF
    at = content.index(struct.pack("<IHH", value, 0, 3)[:6])
    return patched(content, at + 4, b"\2\0")


def test_lb327_a_weak_symbol(dynamic: Artifact, cc: Compiler) -> None:
    nodes = "V1 { global: f; g; };\n"
    whole = cc.library("libf.so.1", F + "int g(void) { return 0; }\n", nodes=nodes, folder="whole")
    part = cc.library("libf.so.1", F, nodes=nodes)
    source = "extern int f(void), g(void) __attribute__((weak)); int main(void) { return f() + (g ? g() : 0); }\n"
    bundled(dynamic, cc, source, str(whole))

    assert dynamic.link("lib/libf.so.1", part, 0o644).finding == (
        "LB327",
        "bootstrap",
        f"`bootstrap` finds no `g` on {al2023_before().words}, and can do without",
        "nothing, if the program looks before it calls",
    )


def test_lb328_a_bundled_library_that_is_too_old_for_the_runtimes_own(dynamic: Artifact, cc: Compiler) -> None:
    old = cc.library("libgcc_s.so.1", "int x;\n", nodes="GCC_3.0 { global: x; };\n")
    source = "#include <iostream>\nint main() { std::cout << 1; }\n"
    program = cc.program(source, "-Wl,--disable-new-dtags,-rpath,$ORIGIN/lib", language="c++")
    dynamic.link("bootstrap", program).link("lib/libgcc_s.so.1", old, 0o644)
    dynamic.on(with_need(al2023_before(), "libstdc++.so.6", Need(file="libgcc_s.so.1", node="GCC_4.2.0")))

    assert said(dynamic)[:2] == ("LB328", "lib/libgcc_s.so.1")
    assert said(dynamic)[2].startswith(
        "`lib/libgcc_s.so.1` is loaded in place of the runtime's own `libgcc_s.so.1`, and `/lib64/libstdc++.so.6` of"
    )


@pytest.mark.parametrize(
    ("flag", "when"), [("-Wl,-z,lazy", "it crashes when it calls it"), ("-Wl,-z,now", "it does not start")]
)
def test_lb329_a_library_without_version_tables(dynamic: Artifact, cc: Compiler, flag: str, when: str) -> None:
    versioned = cc.library("libf.so.1", F, nodes=ONE, folder="versioned")
    bare = cc.library("libf.so.1", F, "-nostdlib")
    bundled(dynamic, cc, CALLS_F, str(versioned), flag)

    assert dynamic.link("lib/libf.so.1", bare, 0o644).finding == (
        "LB329",
        "bootstrap",
        (
            "`bootstrap` needs `f` of `lib/libf.so.1` by version, and the one of the artifact has no version tables at"
            f" all: {when}"
        ),
        "build it against this very library, or bundle the one that it was built with",
    )


def test_a_newer_glibc_takes_a_library_without_version_tables(dynamic: Artifact, cc: Compiler) -> None:
    versioned = cc.library("libf.so.1", F, nodes=ONE, folder="versioned")
    bare = cc.library("libf.so.1", F, "-nostdlib")
    bundled(dynamic, cc, CALLS_F, str(versioned)).link("lib/libf.so.1", bare, 0o644)

    assert said(dynamic.on(with_node(al2023(), "libc.so.6", "GLIBC_2.41")))[0] == "LB325"


def with_node(runtime: Runtime, soname: str, node: str) -> Runtime:
    """A runtime of which one library defines a version more."""
    objects = {
        path: replace(known, linkage=replace(known.linkage, nodes=(known.linkage.nodes or frozenset()) | {node}))
        if known.soname == soname
        else known
        for path, known in runtime.inventory.objects.items()
    }
    return replace(runtime, inventory=replace(runtime.inventory, objects=objects))


def test_lb330_versions_of_what_is_not_needed(dynamic: Artifact, cc: Compiler) -> None:
    library = cc.library("libf.so.1", F, nodes=ONE)
    program = cc.program(CALLS_F, str(library)).read_bytes()
    dynamic.put("bootstrap", without_needed(program, "libf.so.1")).link("lib/libf.so.1", library, 0o644)

    found = {one.rule: one for one in dynamic.findings}
    assert found["LB330"].message == ("`bootstrap` asks for versions of `libf.so.1`, and DT_NEEDED does not name it")
    assert found["LB330"].fix == "link it again without the library, or put it back: `patchelf --add-needed libf.so.1`"


def without_needed(content: bytes, name: str) -> bytes:
    """The same program, the DT_NEEDED of one library turned into that of another: DT_DEBUG, which loads nothing."""
    strings = dynamic_value(content, 5)
    offset = content.index(b"\0" + name.encode() + b"\0") + 1 - strings
    return content.replace(struct.pack("<QQ", 1, offset), struct.pack("<QQ", 21, 0), 1)


def dynamic_value(content: bytes, tag: int) -> int:
    """The value of the entry with this tag. In the first segment, addresses are offsets."""
    number, offset = struct.unpack_from("<H", content, 0x38)[0], struct.unpack_from("<Q", content, 0x20)[0]
    header = next(at for at in range(offset, offset + 56 * number, 56) if content[at : at + 4] == b"\2\0\0\0")
    at = struct.unpack_from("<Q", content, header + 8)[0]
    while (entry := struct.unpack_from("<QQ", content, at))[0] != tag:
        at += 16
    return int(entry[1])


def with_need(runtime: Runtime, soname: str, need: Need) -> Runtime:
    """A runtime of which one library needs a version; those of the stand-in need none."""
    objects = {
        path: replace(known, linkage=replace(known.linkage, needs=(need,))) if known.soname == soname else known
        for path, known in runtime.inventory.objects.items()
    }
    return replace(runtime, inventory=replace(runtime.inventory, objects=objects))


# Marks of a file


@pytest.mark.parametrize(
    ("rule", "message", "flags"),
    [
        ("LB322", "`bootstrap` asks for an executable stack", ("-Wl,-z,execstack",)),
        ("LB405", "`bootstrap` is marked as needing x86-64-v3: Lambda promises AVX2, not all that v3 takes for granted",
         ("-Wl,-z,x86-64-v3",)),
        ("LB406", "`bootstrap` is marked as needing x86-64-v4, which is AVX-512: Lambda does not have it everywhere",
         ("-Wl,-z,x86-64-v4",)),
    ],
)  # fmt: skip
def test_marks(dynamic: Artifact, cc: Compiler, rule: str, message: str, flags: tuple[str, ...]) -> None:
    program = cc.program("int main(void) { return 0; }\n", *flags)

    assert said(dynamic.link("bootstrap", program)) == (rule, "bootstrap", message)


def test_a_mark_for_v2_is_well(dynamic: Artifact, cc: Compiler) -> None:
    program = cc.program("int main(void) { return 0; }\n", "-Wl,-z,x86-64-v2")

    assert dynamic.link("bootstrap", program).findings == ()


def test_lb323_text_relocations(dynamic: Artifact, cc: Compiler) -> None:
    source = 'int x; __asm__(".text\\n.quad x\\n"); int main(void) { return x; }\n'
    program = cc.program(source, "-pie", "-fPIE", "-Wl,-z,notext")

    assert said(dynamic.link("bootstrap", program)) == (
        "LB323",
        "bootstrap",
        "`bootstrap` has text relocations: the loader has to write to its code",
    )


def test_lb324_a_static_program_with_nss(artifact: Artifact, cc: Compiler) -> None:
    source = '#include <netdb.h>\nint main(void) { return gethostbyname("x") != 0; }\n'
    program = cc.program(source, "-static", "-Wl,--no-warnings")

    assert artifact.link("bootstrap", program).finding == (
        "LB324",
        "bootstrap",
        "`bootstrap` is linked statically against glibc, and looks up hosts or users by it",
        (
            "link it dynamically in the image of the runtime, or against musl; in Go build with the tags `netgo"
            " osusergo`, or with `CGO_ENABLED=0`"
        ),
    )


def test_lb324_a_static_program_of_which_the_linker_warned(artifact: Artifact, cc: Compiler) -> None:
    """What the linker says, no file tells: which functions, and that of dlopen at all."""
    source = '#include <dlfcn.h>\nint main(void) { return dlopen("x", RTLD_NOW) != 0; }\n'
    artifact.link("bootstrap", cc.program(source, "-static", "-Wl,--no-warnings"))

    warned = artifact.but(shared_at_runtime=("dlopen", "getaddrinfo"))

    assert said(warned) == (
        "LB324",
        "bootstrap",
        (
            "`bootstrap` is linked statically against glibc, and loads shared libraries all the same: the linker warned"
            " of `dlopen`, `getaddrinfo`"
        ),
    )


def test_lb324_is_a_warning_where_it_may_load_plugins_alone(artifact: Artifact, cc: Compiler) -> None:
    artifact.link("bootstrap", cc.program("int main(void) { return 0; }\n", "-static"))

    severities = [
        [found.severity for found in artifact.but(shared_at_runtime=warned).findings]
        for warned in (("dlopen",), ("dlopen", "getpwnam"))
    ]

    assert severities == [[Severity.WARNING], [Severity.ERROR]]


def test_lb324_is_of_static_programs_alone(dynamic: Artifact, cc: Compiler) -> None:
    program = cc.program("int main(void) { return 0; }\n")

    assert dynamic.link("bootstrap", program).but(shared_at_runtime=("dlopen",)).findings == ()


# What nothing starts


def test_what_nothing_is_known_to_load_is_a_warning(dynamic: Artifact, programs: Programs, cc: Compiler) -> None:
    tool, plugin = cc.program(RANDOM, name="tool"), cc.library("plugin.so", RANDOM.replace("main", "f"))
    dynamic.put("bootstrap", programs("go")).link("bin/tool", tool).link("plugin.so", plugin, 0o644)

    assert [(one.rule, one.severity, one.file) for one in dynamic.findings] == [
        ("LB311", Severity.WARNING, "bin/tool"),
        ("LB311", Severity.WARNING, "plugin.so"),
    ]


def test_what_a_script_names_is_started(dynamic: Artifact, cc: Compiler) -> None:
    dynamic.put("bootstrap", b'#!/bin/sh\nexec "$LAMBDA_TASK_ROOT/bin/tool" "$@"\n')
    dynamic.link("bin/tool", cc.program(RANDOM, name="tool"))

    assert [(one.rule, one.severity) for one in dynamic.findings] == [("LB311", Severity.ERROR)]


@pytest.mark.parametrize(
    ("line", "word"),
    [
        (b'exec "$LAMBDA_TASK_ROOT/lib/ld-linux-x86-64.so.2" --library-path lib bin/tool', "--library-path"),
        (b"export LD_LIBRARY_PATH=/var/task/mylibs:$LD_LIBRARY_PATH; exec bin/tool", "LD_LIBRARY_PATH"),
    ],
)
def test_lb331_a_script_with_an_order_of_its_own(dynamic: Artifact, cc: Compiler, line: bytes, word: str) -> None:
    """As the packager of aws-lambda-cpp writes it: what it starts loads, though not in the runtime's way."""
    dynamic.put("bootstrap", b"#!/bin/bash\n" + line + b"\n").link("bin/tool", cc.program(RANDOM, name="tool"))

    assert dynamic.finding == (
        "LB331",
        "bootstrap",
        f"`bootstrap` decides for itself how programs are loaded, so what they load is not judged: it has `{word}`",
        "try it in the image of the runtime; with DT_RPATH in the program and no such line it can be judged",
    )


def test_an_extension_module_of_an_older_linker_is_a_library(
    dynamic: Artifact, programs: Programs, cc: Compiler
) -> None:
    """It has an entry and no soname, as in many a wheel."""
    source = "#include <stdlib.h>\nint start(void) { return arc4random() == 7; }\n"
    module = cc.library("module.so", source, "-Wl,-e,start", "-Wl,-soname,")
    dynamic.put("bootstrap", programs("go")).link("x/module.so", module, 0o644)

    assert [(one.rule, one.severity, one.file) for one in dynamic.findings] == [
        ("LB311", Severity.WARNING, "x/module.so")
    ]


def test_a_bundled_glibc_is_no_way_out(dynamic: Artifact, cc: Compiler) -> None:
    """Under the runtime's own loader another libc.so.6 does not start."""
    dynamic.link("bootstrap", cc.program(RANDOM)).link("lib/libc.so.6", cc.own("libc.so.6"), 0o644)

    assert dynamic.findings[0].rule == "LB311"


# The floor


def test_what_only_the_floor_lacks_is_told_beside_what_both_lack(dynamic: Artifact, cc: Compiler) -> None:
    absent, zlib = cc.library("libf.so.1", F, folder="absent"), cc.own("libz.so.1")
    source = "int f(void); const char *zlibVersion(void); int main(void) { return f() + !zlibVersion(); }\n"
    dynamic.link("bootstrap", cc.program(source, str(absent), str(zlib)))
    floor = replace(al2023_before(), name="older", inventory=without(al2023_before().inventory, "libz.so.1"))

    found = dynamic.on(al2023_before(), floor).findings

    assert [(one.rule, re.findall(r"needs `(\S+)`", one.message)) for one in found] == [
        ("LB313", ["libf.so.1"]), ("LB313", ["libz.so.1"]),
    ]  # fmt: skip


def without(inventory: Inventory, soname: str) -> Inventory:
    """The same image, without one of its libraries."""
    objects = {path: known for path, known in inventory.objects.items() if known.soname != soname}
    return replace(inventory, objects=objects)


def test_what_the_runtime_has_and_its_floor_has_not(dynamic: Artifact, cc: Compiler) -> None:
    program = cc.program(WAIT, language="c++")
    floor = replace(al2023_before(), name="older")

    assert dynamic.on(al2023()).link("bootstrap", program).findings == ()
    assert said(dynamic.on(al2023(), floor))[0] == "LB312"
    assert said(dynamic)[2].endswith(f"and {floor.words} has the libstdc++ of GCC 11")


def test_what_both_lack_is_said_once(dynamic: Artifact, cc: Compiler) -> None:
    dynamic.link("bootstrap", cc.program(RANDOM)).on(al2023_before(), replace(al2023_before(), name="older"))

    assert said(dynamic)[0] == "LB311"

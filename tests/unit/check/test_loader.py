"""The dynamic loader, emulated, on files that are only told of. tests/differential holds it to the real one."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from lambdabuild.check.facts import FileFacts
from lambdabuild.check.kinds import Kind
from lambdabuild.check.loader import load
from lambdabuild.check.loading import Loading
from lambdabuild.check.tree import Found, Tree
from lambdabuild.model.abi import Inventory, SharedObject
from lambdabuild.model.elf import (
    DF_1_PIE,
    DT_FLAGS_1,
    DamagedElf,
    Dynamic,
    ElfFacts,
    ElfType,
    Exports,
    Linkage,
    Need,
    References,
)

LOADER = "/lib64/ld-linux-x86-64.so.2"
PROGRAM = "/var/task/bootstrap"
ELF = ElfFacts(type=ElfType.SHARED, bits=64, little=True, abi=0, machine="EM_X86_64", entry=0, dynamic=Dynamic())
IMAGE = Inventory(
    manifest="sha256:",
    platform="linux/amd64",
    loader="/usr/lib64/ld-linux-x86-64.so.2",
    environment={"LD_LIBRARY_PATH": "/lib64:/var/task:/opt/lib"},
    directories=("/lib64", "/usr/lib64"),
    cache={},
    links={"/lib64": "usr/lib64", "/usr/lib64/libz.so.1": "libz.so.1.2.11"},
    programs=frozenset(["/usr/bin/busybox"]),
    objects={
        "/usr/lib64/ld-linux-x86-64.so.2": SharedObject(soname="ld-linux-x86-64.so.2"),
        "/usr/lib64/libc.so.6": SharedObject(soname="libc.so.6", needed=("ld-linux-x86-64.so.2",)),
        "/usr/lib64/libz.so.1.2.11": SharedObject(soname="libz.so.1", needed=("libc.so.6",)),
    },
)


def needs(*needed: str, **fields: object) -> SharedObject:
    return replace(SharedObject(needed=needed), **fields)  # type: ignore[arg-type]


def gives(*names: str, node: str = "", index: int = 1, hidden: bool = False) -> Exports:
    return Exports(node=node, index=index, hidden=hidden, weak=False, names=frozenset(names))


def asks(*names: str, node: str = "", file: str = "", called: bool = False) -> References:
    return References(node=node, file=file, weak=False, called=called, names=frozenset(names))


def linked(*tables: Exports | References | Need, nodes: tuple[str, ...] | None = None) -> Linkage:
    wanted = [each for each in tables if isinstance(each, Need)]
    return Linkage(
        needs=tuple(wanted),
        nodes=None if nodes is None else frozenset(nodes),
        versioned=nodes is not None or bool(wanted),
        exports=tuple(each for each in tables if isinstance(each, Exports)),
        references=tuple(each for each in tables if isinstance(each, References)),
    )


def tree(files: Mapping[str, SharedObject | FileFacts], image: Inventory, links: Mapping[str, str]) -> Tree:
    return Tree(image, [_facts(path, file) for path, file in files.items()], links)


def _facts(path: str, file: SharedObject | FileFacts) -> FileFacts:
    root = next(root for root in ("/var/task", "/opt") if path.startswith(f"{root}/"))
    if isinstance(file, FileFacts):
        return replace(file, root=root, name=path.removeprefix(f"{root}/"))
    dynamic = Dynamic(needed=file.needed, soname=file.soname, rpath=file.rpath, runpath=file.runpath)
    return replace(ordinary(replace(ELF, dynamic=dynamic), file.linkage), root=root, name=path.removeprefix(f"{root}/"))


def ordinary(elf: ElfFacts | DamagedElf | None, linkage: Linkage | DamagedElf | None = None) -> FileFacts:
    """A file of the artifact, whose name comes later."""
    return FileFacts(
        root="",
        name="",
        mode=0o755,
        size=1000,
        kind=Kind.TEXT if elf is None else Kind.ELF,
        elf=elf,
        linkage=linkage or Linkage(),
    )


def start(
    program: SharedObject,
    files: Mapping[str, SharedObject | FileFacts] | None = None,
    *,
    image: Inventory = IMAGE,
    links: Mapping[str, str] | None = None,
    opened: tuple[str, ...] = (),
) -> Loading:
    there = tree({PROGRAM: program, **(files or {})}, image, links or {})
    found = Found(path=PROGRAM, object=program, file=there.files[PROGRAM])
    return load(there, found, interpreter=LOADER, opened=opened)


def paths(loading: Loading) -> list[str]:
    """Without the program."""
    return [each.path for each in loading.objects[1:]]


# The order


def test_what_is_needed_is_loaded_breadth_first_and_once() -> None:
    loading = start(
        needs("liba.so", "libb.so", "liba.so"),
        {
            "/var/task/liba.so": needs("libc.so", "libb.so"),
            "/var/task/libb.so": needs("liba.so"),
            "/var/task/libc.so": needs("liba.so", "libz.so.1"),
        },
    )

    assert paths(loading) == [
        "/var/task/liba.so",
        "/var/task/libb.so",
        "/var/task/libc.so",
        "/lib64/libz.so.1",
        "/lib64/libc.so.6",
        LOADER,
    ]
    assert loading.objects[4].found.path == "/usr/lib64/libz.so.1.2.11"


def test_the_object_that_loads_another_is_its_parent() -> None:
    loading = start(needs("liba.so"), {"/var/task/liba.so": needs("libc.so.6")})

    assert [each.path for each in loading.objects[2].chain] == ["/lib64/libc.so.6", "/var/task/liba.so", PROGRAM]


def test_paths_are_searched_in_the_loaders_order() -> None:
    everywhere = {f"{folder}/liba.so": needs() for folder in ("/opt/run", "/opt/r", "/var/task")}
    image = replace(IMAGE, cache={"liba.so": "/opt/cached/liba.so"})
    cached = {"/opt/cached/liba.so": needs()}

    assert paths(start(needs("liba.so", rpath="/opt/r"), everywhere)) == ["/opt/r/liba.so"]
    assert paths(start(needs("liba.so", runpath="/opt/run"), everywhere)) == ["/var/task/liba.so"]
    del everywhere["/var/task/liba.so"]
    assert paths(start(needs("liba.so", runpath="/opt/run"), {**everywhere, **cached}, image=image)) == [
        "/opt/run/liba.so"
    ]
    assert paths(start(needs("liba.so"), cached, image=image)) == ["/opt/cached/liba.so"]


def test_rpath_is_inherited_and_runpath_is_not() -> None:
    files = {"/opt/a/liba.so": needs("libb.so"), "/opt/a/libb.so": needs()}

    assert paths(start(needs("liba.so", rpath="/opt/a"), files)) == ["/opt/a/liba.so", "/opt/a/libb.so"]
    assert paths(start(needs("liba.so", runpath="/opt/a"), files)) == ["/opt/a/liba.so"]


@pytest.mark.parametrize("runpath", ["/nowhere", ""])
def test_runpath_silences_every_rpath(runpath: str) -> None:
    files = {"/opt/a/liba.so": needs("libb.so", rpath="/opt/a", runpath=runpath), "/opt/a/libb.so": needs()}

    assert [each.name for each in start(needs("liba.so", rpath="/opt/a"), files).missing] == ["libb.so"]


def test_nodeflib_leaves_out_the_default_directories_and_what_the_cache_has_below_them() -> None:
    cache = {"libz.so.1": "/usr/lib64/libz.so.1", "libs.so": "/usr/lib64/sub/libs.so", "liba.so": "/opt/c/liba.so"}
    image = replace(
        IMAGE, environment={}, cache=cache, objects={**IMAGE.objects, "/usr/lib64/sub/libs.so": SharedObject()}
    )
    files = {"/opt/c/liba.so": needs()}

    without = start(needs("libc.so.6", "libz.so.1", "libs.so", "liba.so", nodeflib=True), files, image=image)
    usual = start(needs("libc.so.6", "libz.so.1", "libs.so", "liba.so"), files, image=image)

    assert paths(without) == ["/opt/c/liba.so"]
    assert not usual.missing


@pytest.mark.parametrize(
    "element",
    ["$ORIGIN/sub", "${ORIGIN}/sub", "sub", "./sub/", "/var/task//sub", "$LIB/../sub", "cpu/$PLATFORM/../../sub"],
)
def test_elements_of_a_path_are_folders(element: str) -> None:
    files = {"/var/task/sub/liba.so": needs(), "/var/task/lib64/x": needs(), "/var/task/cpu/x86_64/x": needs()}

    assert not start(needs("liba.so", runpath=f"/nowhere:{element}"), files).missing


@pytest.mark.parametrize("element", ["", "$ORIGIN", "$LIB/.."])
def test_an_empty_element_is_the_folder_of_the_start(element: str) -> None:
    files = {"/var/task/liba.so": needs(), "/var/task/lib64/x": needs()}
    image = replace(IMAGE, environment={"LD_LIBRARY_PATH": "/lib64"})

    assert not start(needs("liba.so", runpath=f"{element}:/nowhere"), files, image=image).missing
    assert start(needs("liba.so", runpath=""), files, image=image).missing


@pytest.mark.parametrize("platform", ["haswell", "x86_64"])
def test_platform_is_what_either_maker_of_the_cpu_says(platform: str) -> None:
    files = {f"/opt/{platform}/liba.so": needs(), f"/var/task/liba{platform}.so": needs()}

    loading = start(needs("liba.so", "liba$PLATFORM.so", runpath="/opt/$PLATFORM"), files)

    assert paths(loading) == [f"/opt/{platform}/liba.so", f"/var/task/liba{platform}.so"]


def test_what_has_no_platform_is_missed_by_its_usual_name() -> None:
    (missing,) = start(needs("lib$PLATFORM.so")).missing

    assert missing.name == "libx86_64.so"


def test_ld_library_path_may_have_semicolons_and_the_origin_of_the_program() -> None:
    files = {"/opt/a/liba.so": needs("libb.so"), "/var/task/b/libb.so": needs()}
    image = replace(IMAGE, environment={"LD_LIBRARY_PATH": "/nowhere;/opt/a:$ORIGIN/b"})

    assert paths(start(needs("liba.so"), files, image=image)) == ["/opt/a/liba.so", "/var/task/b/libb.so"]


# Names


def test_what_is_loaded_goes_by_its_soname_and_by_every_name_that_it_was_found_by() -> None:
    files = {"/var/task/liba.so": needs(soname="libs.so"), "/var/task/libs.so": needs()}

    loading = start(needs("liba.so", "libs.so", "link.so", "./liba.so"), files, links={"/var/task/link.so": "liba.so"})

    assert paths(loading) == ["/var/task/liba.so"]
    assert loading.objects[1].names == {"/var/task/liba.so", "liba.so", "libs.so", "link.so", "./liba.so"}


def test_a_name_with_a_slash_is_a_path() -> None:
    loading = start(
        needs("sub/liba.so", "$ORIGIN/libb.so", "lib/libc.so.6"),
        {"/var/task/sub/liba.so": needs(), "/var/task/libb.so": needs()},
    )

    assert paths(loading) == ["/var/task/sub/liba.so", "/var/task/libb.so"]
    assert [each.name for each in loading.missing] == ["lib/libc.so.6"]


def test_the_program_goes_by_its_soname_and_not_by_its_path() -> None:
    program = needs("liba.so", soname="libme.so")

    by_soname = start(program, {"/var/task/liba.so": needs("libme.so")})
    by_path = start(program, {"/var/task/liba.so": needs(PROGRAM)})

    assert paths(by_soname) == ["/var/task/liba.so"]
    assert paths(by_path) == ["/var/task/liba.so", PROGRAM]


def test_a_library_that_is_looked_at_alone_needs_itself_by_its_path() -> None:
    library = needs("./liba.so", "liba.so")
    there = tree({"/var/task/liba.so": library}, IMAGE, {})

    loading = load(there, Found(path="/var/task/liba.so", object=library))

    assert (paths(loading), loading.missing) == ([], ())


def test_the_loader_is_loaded_before_all_libraries_and_listed_where_it_is_needed() -> None:
    files = {"/var/task/liba.so": needs("ld-linux-x86-64.so.2", soname="ld-linux-x86-64.so.2")}

    loading = start(needs("liba.so", "libc.so.6"), files)

    assert paths(loading) == ["/var/task/liba.so", "/lib64/libc.so.6", LOADER]


def test_an_interpreter_that_is_not_there_has_no_name() -> None:
    loading = start(needs("ld-linux-x86-64.so.2"), image=replace(IMAGE, links={}, environment={}, directories=()))

    assert [each.name for each in loading.missing] == ["ld-linux-x86-64.so.2"]


def test_a_missing_library_is_missed_once_and_may_be_found_for_another() -> None:
    loading = start(
        needs("libm.so", "liba.so", "libm.so"),
        {"/var/task/liba.so": needs("libm.so", rpath="/opt/m"), "/opt/m/libm.so": needs()},
    )

    assert [(each.name, each.by.path) for each in loading.missing] == [("libm.so", PROGRAM)]
    assert paths(loading) == ["/var/task/liba.so", "/opt/m/libm.so"]


# Files


def test_the_artifact_lies_over_the_image() -> None:
    there = tree({PROGRAM: needs(), "/opt/lib/libz.so.1": needs()}, IMAGE, {"/var/task/l": "/opt/lib"})

    assert there.resolve("/var/task/l/libz.so.1") == "/opt/lib/libz.so.1"
    assert there.resolve("/bin/../usr/bin/busybox") == "/usr/bin/busybox"
    assert there.resolve("/lib64/libz.so.1") == "/usr/lib64/libz.so.1.2.11"
    assert there.resolve("/opt/lib") is None
    assert there.resolve("/var/task/nowhere/../l/libz.so.1") is None
    assert there.find("/usr/bin/busybox") is None


PASSED_OVER = {
    "another CPU's": ordinary(replace(ELF, machine="EM_AARCH64")),
    "of 32 bits": ordinary(replace(ELF, bits=32, machine="EM_386")),
    "of 32 bits, big-endian": ordinary(replace(ELF, bits=32, little=False, machine="EM_ARM")),
    "unreadable": replace(ordinary(ELF), kind=Kind.UNREADABLE),
    "forbidden": replace(ordinary(ELF), mode=0o700),
}
REFUSED = {
    "file too short": replace(ordinary(None), size=0, kind=Kind.EMPTY),
    "file too short ": replace(ordinary(None), size=63),
    "invalid ELF header": ordinary(None),
    "it has nothing to load": ordinary(DamagedElf(reason="it has nothing to load")),
    "ELF file data encoding not little-endian": ordinary(replace(ELF, little=False, machine="EM_S390")),
    "ELF file OS ABI invalid": ordinary(replace(ELF, abi=9)),
    "only ET_DYN and ET_EXEC can be loaded": ordinary(replace(ELF, type=ElfType.OBJECT)),
    "cannot dynamically load executable": ordinary(replace(ELF, type=ElfType.EXECUTABLE)),
    "object file has no dynamic section": ordinary(replace(ELF, dynamic=None)),
    "cannot dynamically load position-independent executable": ordinary(
        replace(ELF, dynamic=Dynamic(values={DT_FLAGS_1: DF_1_PIE}))
    ),
    "its versions have no end": ordinary(ELF, DamagedElf(reason="its versions have no end")),
    "cannot read file data: Is a directory": replace(ordinary(None), size=0, kind=Kind.FOLDER),
}


@pytest.mark.parametrize("why", PASSED_OVER)
def test_a_file_that_the_loader_does_not_take_is_passed_over(why: str) -> None:
    loading = start(needs("liba.so"), {"/var/task/liba.so": PASSED_OVER[why], "/opt/lib/liba.so": needs()})

    assert paths(loading) == ["/opt/lib/liba.so"]


@pytest.mark.parametrize("reason", REFUSED)
def test_a_file_that_ends_the_loader_is_refused_in_its_words(reason: str) -> None:
    loading = start(
        needs("liba.so", "liba.so"),
        {"/var/task/real.so": REFUSED[reason], "/opt/lib/liba.so": needs()},
        links={"/var/task/liba.so": "real.so"},
    )

    refused = loading.refused[0]
    assert (refused.reason, refused.path, refused.found.path) == (
        reason.strip(),
        "/var/task/liba.so",
        "/var/task/real.so",
    )
    assert (paths(loading), loading.missing) == ([], ())


def test_a_folder_in_a_librarys_place_is_refused() -> None:
    (refused,) = start(needs("liba.so"), {"/var/task/liba.so/readme": ordinary(None)}).refused

    assert refused.reason == "cannot read file data: Is a directory"
    assert refused.found.file is not None
    assert (refused.found.file.root, refused.found.file.name) == ("/var/task", "liba.so")


def test_a_link_to_a_folder_is_none_of_the_image() -> None:
    assert start(needs("liba.so"), links={"/var/task/liba.so": "/usr/lib64"}).missing


# Versions


def test_a_node_is_met_by_the_object_of_that_name() -> None:
    program = needs("liba.so", linkage=linked(Need(file="liba.so", node="V1"), Need(file="liba.so", node="V2")))

    (unmet,) = start(program, {"/var/task/liba.so": needs(linkage=linked(nodes=("V1",)))}).unmet

    assert (unmet.need.node, unmet.by.path, unmet.provider.path, unmet.unversioned) == (
        "V2",
        PROGRAM,
        "/var/task/liba.so",
        False,
    )


def test_an_object_without_definitions_meets_none() -> None:
    program = needs("liba.so", linkage=linked(Need(file="liba.so", node="V1")))

    (unmet,) = start(program, {"/var/task/liba.so": needs()}).unmet

    assert unmet.unversioned


def test_versions_of_what_is_missing_or_refused_are_not_missed_again() -> None:
    program = needs(
        "liba.so", "libb.so", linkage=linked(Need(file="liba.so", node="V1"), Need(file="libb.so", node="V1"))
    )

    loading = start(program, {"/var/task/libb.so": ordinary(None)})

    assert ([each.name for each in loading.missing], len(loading.refused), loading.unmet) == (["liba.so"], 1, ())


def test_versions_of_what_is_not_needed_are_missing_as_unlisted() -> None:
    program = needs("liba.so", linkage=linked(Need(file="libz.so.1", node="Z"), Need(file="libz.so.1", node="Y")))

    (missing,) = start(program, {"/var/task/liba.so": needs()}).missing

    assert (missing.name, missing.by.path, missing.unlisted) == ("libz.so.1", PROGRAM, True)


# Symbols


def missed(program: Linkage, library: Linkage) -> list[tuple[str, ...]]:
    loading = start(needs("liba.so", linkage=program), {"/var/task/liba.so": needs(linkage=library)})
    return [each.names for each in loading.unresolved]


@pytest.mark.parametrize(
    ("node", "exports", "found"),
    [
        ("", [gives("f")], True),
        ("", [gives("f", node="V1", index=2, hidden=True)], True),
        ("", [gives("f", node="V2", index=3)], True),
        ("", [gives("f", node="V2", index=3, hidden=True)], False),
        ("", [gives("f", node="V2", index=3), gives("f", node="V3", index=4)], False),
        ("", [gives("f", node="V2", index=3), gives("f", node="V3", index=4, hidden=True)], True),
        ("V1", [gives("f", node="V1", index=2, hidden=True)], True),
        ("V1", [gives("f", node="V2", index=3)], False),
        ("V1", [gives("f")], True),
        ("V1", [gives("f", hidden=True)], False),
    ],
)
def test_names_and_versions_meet(node: str, exports: list[Exports], found: bool) -> None:
    needed = [Need(file="liba.so", node=node)] if node else []
    program = linked(*needed, asks("f", node=node, file="liba.so" if node else ""))

    assert missed(program, linked(*exports, nodes=("V1", "V2", "V3"))) == ([] if found else [("f",)])


def test_names_alone_meet_where_an_object_has_no_versions() -> None:
    library = linked(gives("f", node="", index=0), gives("g", index=0))

    assert missed(linked(asks("f", "g", "h")), library) == [("h",)]


def test_a_table_of_versions_counts_only_beside_nodes_or_needs() -> None:
    hidden = gives("f", index=5, hidden=True)

    assert missed(linked(asks("f")), replace(linked(hidden), versioned=True)) == []
    assert missed(linked(asks("f")), linked(hidden, Need(file="liba.so", node="V1"), nodes=("V1",))) == [("f",)]


def test_what_a_program_copies_has_to_be_with_another() -> None:
    program = linked(asks("d", "e"), gives("d", "e"))

    assert missed(program, linked(gives("d"))) == [("e",)]


def test_another_version_of_what_the_program_has_may_be_its_own() -> None:
    program = linked(
        Need(file="liba.so", node="V1"), asks("d"), asks("d", node="V1", file="liba.so"), gives("d", node="")
    )

    assert missed(program, linked(gives("d", node="V2", index=3), nodes=("V1", "V2"))) == []


def test_symbols_of_what_is_missing_are_not_missed_again() -> None:
    program = needs(
        "liba.so",
        "libb.so",
        linkage=linked(
            Need(file="liba.so", node="V2"),
            Need(file="liba.so", node="V1"),
            Need(file="libb.so", node="V1"),
            asks("of_a_node", node="V2", file="liba.so"),
            asks("of_a_library", node="V1", file="libb.so"),
            asks("of_no_version"),
            asks("truly", node="V1", file="liba.so"),
        ),
    )

    loading = start(program, {"/var/task/liba.so": needs(linkage=linked(nodes=("V1",)))})

    assert [each.names for each in loading.unresolved] == [("truly",)]


BARE = linked(gives("f", "g"))
ASKS_FOR_V1 = linked(Need(file="liba.so", node="V1"), asks("f", "h", node="V1", file="liba.so", called=True))


def test_a_symbol_of_a_version_in_a_library_without_any_is_told() -> None:
    loading = start(
        needs("liba.so", "libb.so", linkage=ASKS_FOR_V1),
        {"/var/task/liba.so": needs(linkage=BARE), "/var/task/libb.so": needs(linkage=linked(gives("f", "h")))},
    )

    (one,) = loading.asserted
    assert (one.by.path, one.provider.path, one.names, one.references.called) == (
        PROGRAM,
        "/var/task/liba.so",
        ("f",),
        True,
    )
    assert (len(loading.unmet), loading.unresolved) == (1, ())


@pytest.mark.parametrize("first", [BARE, linked(gives("f", node="V1", index=2), nodes=("V1",))])
def test_it_is_well_where_another_library_comes_first(first: Linkage) -> None:
    loading = start(
        needs("libb.so", "liba.so", linkage=ASKS_FOR_V1),
        {"/var/task/liba.so": needs(linkage=BARE), "/var/task/libb.so": needs(linkage=first)},
    )

    assert loading.asserted == ()


def test_it_is_well_where_the_library_has_a_table_of_its_needs() -> None:
    library = linked(gives("f", "h"), Need(file="libc.so.6", node="GLIBC_2.2.5"))

    loading = start(needs("liba.so", linkage=ASKS_FOR_V1), {"/var/task/liba.so": needs("libc.so.6", linkage=library)})

    assert loading.asserted == ()
    assert [each.need.file for each in loading.unmet] == ["liba.so", "libc.so.6"]


# What is opened


def test_what_is_opened_comes_after_all_and_is_searched_for_by_the_program() -> None:
    loading = start(
        needs("libc.so.6", runpath="$ORIGIN/plugins"),
        {"/var/task/plugins/liba.so": needs("libb.so", "libc.so.6"), "/opt/lib/libb.so": needs()},
        opened=("liba.so", "libz.so.1", "libnone.so"),
    )

    assert paths(loading) == [
        "/lib64/libc.so.6",
        LOADER,
        "/var/task/plugins/liba.so",
        "/opt/lib/libb.so",
        "/lib64/libz.so.1",
    ]
    assert [(each.name, each.opened) for each in loading.missing] == [("libnone.so", True)]


def test_what_is_opened_sees_what_was_opened_before() -> None:
    files = {
        "/var/task/liba.so": needs(linkage=linked(asks("f"))),
        "/var/task/libb.so": needs(linkage=linked(gives("f"))),
    }

    assert start(needs(), files, opened=("libb.so", "liba.so")).unresolved == ()
    assert [each.names for each in start(needs(), files, opened=("liba.so", "libb.so")).unresolved] == [("f",)]


def test_the_program_does_not_see_what_it_opens() -> None:
    program = needs(linkage=linked(asks("f")))

    loading = start(program, {"/var/task/liba.so": needs(linkage=linked(gives("f")))}, opened=("liba.so",))

    assert [each.by.path for each in loading.unresolved] == [PROGRAM]

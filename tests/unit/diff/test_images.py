"""What moved between two images, as facts."""

from dataclasses import replace

import pytest

from lambdabuild.diff import difference
from lambdabuild.model.comparison import Difference, ImageView, Library, Moved
from lambdabuild.model.contents import Packages
from lambdabuild.model.platform import Architecture
from tests.support.inventories import inventory
from tests.support.standins import AL2, AL2023, AL2023_2023_6
from tests.unit.diff.support import CONTENTS, GCC_11, GCC_14, image, library, packages


def test_of_one_image_nothing_moved() -> None:
    one = image({"libstdc++.so.6": GCC_11, "libz.so.1": None})

    assert difference(one, one) == Difference(
        added=(),
        removed=(),
        renamed=(),
        changed=(),
        packages=None,
        problem=None,
        environment=(),
        setup=(),
        layers=(CONTENTS.layers, CONTENTS.layers),
    )


def test_versions_are_gained_and_lost() -> None:
    old, new = image({"libstdc++.so.6": GCC_11}), image({"libstdc++.so.6": GCC_14})

    (forward,), (back,) = difference(old, new).changed, difference(new, old).changed

    assert forward == Library(name="libstdc++.so.6", old=GCC_11, new=GCC_14)
    assert (forward.gained, forward.lost) == (GCC_14 - GCC_11, frozenset())
    assert (back.gained, back.lost) == (frozenset(), GCC_14 - GCC_11)


def test_libraries_are_added_removed_and_called_otherwise() -> None:
    old = image({"libssl.so.10": None, "libgone.so.1": None, "libtwo.so.1": None, "liba.so": None})
    new = image({"libssl.so.3": None, "libnew.so.2": None, "libtwo.so.2": None, "libtwo.so.3": None, "liba.so": None})

    found = difference(old, new)

    assert found.renamed == (Moved(name="libssl.so", old="libssl.so.10", new="libssl.so.3"),)
    assert found.removed == ("libgone.so.1", "libtwo.so.1")
    assert found.added == ("libnew.so.2", "libtwo.so.2", "libtwo.so.3")


def test_libraries_are_those_that_the_loader_finds_by_name() -> None:
    """A plugin is found by who has it, and by no program; nor is a file that has no link of its soname."""
    found = {"/a/libx.so.1.2": library(["A_1"], "libx.so.1"), "/usr/b/libn.so": library(["A_2"], "libn.so.1")}
    objects = {**found, "/c/liby.so": library(["B_1"], None), "/usr/lib64/gconv/P.so": library(None, "P.so")}
    inventory = replace(
        image({}).inventory,
        environment={"LD_LIBRARY_PATH": "/a:/opt/lib:"},
        cache={"liby.so": "/link/liby.so"},
        links={"/link": "/c", "/a/libx.so.1": "libx.so.1.2"},
        directories=("/usr/b",),
        objects=objects,
    )

    moved = difference(image({"libx.so.1": ["A_1"], "libz.so.1": None}), ImageView(inventory=inventory))

    assert (moved.changed, moved.added, moved.removed) == ((), ("liby.so",), ("libz.so.1",))


@pytest.mark.parametrize(
    ("environment", "cache", "nodes"),
    [
        ({"LD_LIBRARY_PATH": "/none:/var/lang/lib:/lib64"}, {"libstdc++.so.6": "/lib64/libstdc++.so.6"}, GCC_11),
        ({"LD_LIBRARY_PATH": "/lib64:/var/lang/lib"}, {"libstdc++.so.6": "/var/lang/lib/libstdc++.so.6"}, GCC_14),
        ({}, {"libstdc++.so.6": "/var/lang/lib/libstdc++.so.6"}, GCC_11),
        ({}, {}, GCC_14),
    ],
    ids=["LD_LIBRARY_PATH", "its other order", "the cache", "the loader's own folders"],
)
def test_of_two_files_of_one_soname_that_counts_which_the_loader_finds_first(
    environment: dict[str, str], cache: dict[str, str], nodes: frozenset[str]
) -> None:
    whole = image({"libstdc++.so.6": GCC_14})
    older = {"/var/lang/lib/libstdc++.so.6": library(GCC_11, "libstdc++.so.6")}
    objects = {**whole.inventory.objects, **older}
    two = replace(whole.inventory, environment=environment, cache=cache, objects=objects)

    changed = difference(whole, ImageView(inventory=two)).changed

    assert [one.new for one in changed] == ([] if nodes == GCC_14 else [nodes])


def test_packages_environment_and_what_is_started_are_compared_by_name() -> None:
    old = image({}, packages=packages(glibc="2.34-52.amzn2023.0.3.x86_64", gone="1-1.noarch"))
    new = image(
        {},
        packages=packages(glibc="2.34-117.amzn2023.0.1.x86_64", new="2-1.noarch"),
        entrypoint=("/bin/sh", "-c", "a b"),
        user="1000",
        working_dir="/",
    )
    new = replace(new, inventory=replace(new.inventory, environment={"TZ": ":/etc/localtime"}))

    found = difference(old, new)

    assert found.packages == (
        Moved(name="glibc", old="2.34-52.amzn2023.0.3.x86_64", new="2.34-117.amzn2023.0.1.x86_64"),
        Moved(name="gone", old="1-1.noarch", new=None),
        Moved(name="new", old=None, new="2-1.noarch"),
    )
    assert found.environment == (
        Moved(name="LANG", old="en_US.UTF-8", new=None),
        Moved(name="TZ", old=None, new=":/etc/localtime"),
    )
    assert found.setup == (
        Moved(name="entrypoint", old="/lambda-entrypoint.sh", new="/bin/sh -c 'a b'"),
        Moved(name="user", old=None, new="1000"),
        Moved(name="working directory", old="/var/task", new="/"),
    )


def test_what_cannot_be_read_of_one_is_not_compared() -> None:
    whole, sparse = image({}, packages=packages(a="1")), replace(image({}), contents=None)
    none, damaged = image({}), image({}, packages=Packages(database="/x", problem="is damaged"))

    for found in (difference(whole, sparse), difference(sparse, whole)):
        assert (found.packages, found.setup, found.layers, found.problem) == (None, None, None, None)
    for other, problem in ((none, None), (damaged, "`/x` is damaged")):
        for found in (difference(whole, other), difference(other, whole)):
            assert (found.packages, found.problem, found.setup) == (None, problem, ())


def test_of_two_versions_of_a_package_both_are_told() -> None:
    two = Packages(database="/x", versions={"kernel": ("1-1", "2-1")})

    found = difference(image({}, packages=packages(kernel="1-1")), image({}, packages=two))

    assert found.packages == (Moved(name="kernel", old="1-1", new="1-1, 2-1"),)


def test_the_stand_ins_differ_as_lambdas_releases_do() -> None:
    old, new = (
        replace(image({}), inventory=inventory(release, Architecture.ARM64)) for release in (AL2023_2023_6, AL2023)
    )
    (libstdcxx,) = [one for one in difference(old, new).changed if one.name == "libstdc++.so.6"]

    assert libstdcxx.gained == GCC_14 - GCC_11
    assert libstdcxx.lost == frozenset()

    older = replace(image({}), inventory=inventory(AL2, Architecture.ARM64))
    assert difference(older, new).added == ("libcrypto.so.3", "libssl.so.3", "libzstd.so.1")

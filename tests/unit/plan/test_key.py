"""The action digest: what moves it, and what does not."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from lambdabuild.model.artifact import Selection
from lambdabuild.model.lock import Lock, LockedToolchain
from lambdabuild.model.platform import ACTION_HOST, Architecture
from tests.support.golang import GO, repository_lock
from tests.support.planning import Machine, local
from tests.support.shapes import GREET, IMPORTING, MAIN, REQUIRE, SHAPES, Shape, module

MONOREPO = SHAPES["cmd monorepo"]
ALL = {f"{name} {architecture}" for name in "ab" for architecture in ("amd64", "arm64")}
OF_A = {"a amd64", "a arm64"}


def moved(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    return {name for name in before if before[name] != after[name]}


@pytest.mark.parametrize(
    ("file", "whose"),
    [
        ("cmd/a/main.go", OF_A),
        ("internal/w/w.go", ALL),
        ("go.mod", ALL),
        ("internal/w/w_test.go", set()),
        ("buildspec.yaml", set()),
    ],
)
def test_a_comment_moves_the_digests_of_those_that_read_it(machine: Machine, file: str, whose: set[str]) -> None:
    project = machine.write(MONOREPO)
    before = machine.digests(project)
    path = project / file
    path.write_text(f"{path.read_text()}{'#' if path.suffix == '.yaml' else '//'} a comment\n")

    assert moved(before, machine.digests(project)) == whose


@pytest.mark.parametrize(
    ("field", "whose"),
    [
        ("    tags: [x]\n", ALL),
        ("    ldflags: [-X main.a=b]\n", ALL),
        ("    gcflags: [-N]\n", ALL),
        ("    strip: false\n", ALL),
        ("    goamd64: v2\n", {"a amd64", "b amd64"}),
        ("    goarm64: v8.1\n", {"a arm64", "b arm64"}),
        ("    goexperiment: greenteagc\n", ALL),
        ("    gofips140: latest\n", ALL),
        ("    env: {CGO_CFLAGS: -O1}\n", ALL),
        ("    include: [{source: go.mod}]\n", set()),
        ("    layout: extension\n", set()),
    ],
)
def test_a_field_moves_the_digests_of_what_it_can_change(machine: Machine, field: str, whose: set[str]) -> None:
    project = machine.write(MONOREPO)
    spec = project / "buildspec.yaml"
    before = machine.digests(project)
    for name in "ab":
        package = f"    package: ./cmd/{name}\n"
        spec.write_text(spec.read_text().replace(package, package + field))

    assert moved(before, machine.digests(project)) == whose


def test_the_name_of_a_function_is_no_part_of_it(machine: Machine) -> None:
    project = machine.write(MONOREPO)
    before = machine.digests(project)
    spec = project / "buildspec.yaml"
    spec.write_text(spec.read_text().replace("  a:", "  z:"))

    after = machine.digests(project)

    assert (after["z amd64"], after["z arm64"]) == (before["a amd64"], before["a arm64"])


def test_other_functions_are_no_part_of_it(machine: Machine) -> None:
    project = machine.write(MONOREPO)
    alone = Selection(functions=frozenset({"a"}), architectures=frozenset({Architecture.ARM64}))

    (action,) = machine.plan(project, selection=alone).actions

    assert str(action.digest) == machine.digests(project)["a arm64"]


@pytest.mark.parametrize("name", ["cmd monorepo", "go.work", "replace to a folder outside", "a fetched module"])
def test_where_a_project_lies_is_no_part_of_it(machine: Machine, name: str) -> None:
    here = machine.write(SHAPES[name], "here")
    there = machine.write(SHAPES[name], "über all/deep")

    assert machine.digests(here) == machine.digests(there)


def test_the_users_settings_are_no_part_of_it(machine: Machine) -> None:
    project = machine.write(SHAPES["a fetched module"])
    theirs = machine.with_environ(
        GOFLAGS="-tags=evil", GOARCH="386", GOAMD64="v3", GOEXPERIMENT="greenteagc", CGO_ENABLED="1"
    )

    assert theirs.digests(project) == machine.digests(project)


def with_tree(host: str) -> Lock:
    lock = repository_lock()
    hosts = dict(lock.toolchains[f"go@{GO}"])
    hosts[host] = LockedToolchain(h1=hosts[host].h1, tree=f"sha256:{'0' * 64}/1")
    return replace(lock, toolchains={f"go@{GO}": hosts})


def test_the_host_is_no_part_of_it(machine: Machine) -> None:
    """The toolchain enters by one host's tree, whatever host compiles."""
    project = machine.write(MONOREPO)
    before = machine.digests(project)

    assert machine.digests(project, lock=with_tree("darwin/arm64")) == before
    assert moved(before, machine.digests(project, lock=with_tree(ACTION_HOST))) == ALL


def test_the_version_of_a_module_is_a_part_of_it(machine: Machine) -> None:
    shape = SHAPES["a fetched module"]
    newer = {**shape.files, "go.mod": module("example.com/app", REQUIRE.replace("v1.0.0", "v1.1.0"))}

    before = machine.digests(machine.write(shape, "one"))
    after = machine.digests(machine.write(replace(shape, files=newer), "two"))

    assert moved(before, after) == {"app amd64", "app arm64"}


def test_other_lines_of_a_plan_do_not_depend_on_the_first(machine: Machine) -> None:
    """Each action has the go.mod files that it needs, whatever was listed together with it."""
    files = {"go.mod": module("example.com/app", REQUIRE), "a/main.go": MAIN % "a", "b/main.go": GREET}
    project = machine.write(Shape(files=files, packages={"a": "./a", "b": "./b"}, prepare=((".", "mod", "tidy"),)))
    together = machine.digests(project)

    for name in "ab":
        (amd64, _) = machine.plan(project, selection=Selection(functions=frozenset(name))).actions
        assert str(amd64.digest) == together[f"{name} amd64"]


UNPRUNED = Shape(
    files={
        "go.mod": "module example.com/app\n\ngo 1.16\n\nrequire example.com/chain v1.0.0\n",
        "cmd/a/main.go": IMPORTING % ("example.com/chain", "chain.Word"),
        "cmd/b/main.go": IMPORTING % ("example.com/chain/more", "more.Word"),
    },
    packages={"a": "./cmd/a", "b": "./cmd/b"},
    prepare=((".", "mod", "tidy"),),
)


@pytest.mark.parametrize(
    "shape", [MONOREPO, SHAPES["go.work with a fetched module"], UNPRUNED], ids=["module", "workspace", "go 1.16"]
)
def test_a_digest_does_not_depend_on_what_else_is_planned(machine: Machine, shape: Shape) -> None:
    project = machine.write(shape)
    together = machine.digests(project)

    alone: dict[str, str] = {}
    for name in shape.packages:
        plan = machine.plan(project, selection=Selection(functions=frozenset({name})))
        alone |= {f"{one.function} {one.architecture}": str(one.digest) for one in plan.actions}

    assert alone == together


def test_the_name_of_a_checkout_is_not_in_the_key_even_where_a_replace_leaves_it(machine: Machine) -> None:
    shape = SHAPES["replace to a folder outside"]
    project = machine.write(shape)
    other = machine.write(shape, "other")
    renamed = (machine.folder / "other" / "project").rename(machine.folder / "other" / "checkout-1234")

    assert other != renamed
    assert machine.digests(renamed) == machine.digests(project)


def test_a_linked_module_lies_where_go_looks_for_it(machine: Machine) -> None:
    project = machine.write(
        Shape(
            files={
                "go.mod": module(
                    "example.com/app", "require example.com/lib v0.0.0", "replace example.com/lib => ./third/lib"
                ),
                "main.go": IMPORTING % ("example.com/lib", "lib.Word"),
                "real/lib/go.mod": module("example.com/lib"),
                "real/lib/lib.go": 'package lib\n\nconst Word = "linked"\n',
            },
            packages={"app": "."},
        )
    )
    (project / "third").symlink_to("real")

    assert local(machine.action(project)) == {"go.mod", "main.go", "third/lib/go.mod", "third/lib/lib.go"}


def test_a_package_in_a_hidden_folder_is_a_package(machine: Machine) -> None:
    shape = Shape(files={"go.mod": module("example.com/app"), ".fn/a/main.go": MAIN % "a"}, packages={"a": "./.fn/a"})

    assert machine.action(machine.write(shape)).package == "./.fn/a"

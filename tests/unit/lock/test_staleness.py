"""Whether the lock covers a build: by what that build needs, and no more."""

from dataclasses import replace
from pathlib import Path

from lambdabuild.errors import StaleLockError
from lambdabuild.lock import lacking, missing
from lambdabuild.model.lock import Lock, LockedImage, LockedPlatform
from tests.unit.lock.support import HOSTS, IMAGE, LIBRARIES, OTHER, SPEC, Project, digest, toolchain, zig

HOST = "linux/amd64"
ZIGS = {"zig@0.17.1": {host: zig("0.17.1", host) for host in HOSTS}}
GO = {"go@1.26.8": {host: toolchain("1.26.8", host) for host in HOSTS}}
SPARSE = LockedImage(pin=f"{IMAGE}@{digest('a')}", seal=digest("0"))
FULL = replace(SPARSE, platforms={f"linux/{cpu}": LockedPlatform(digest=digest("b")) for cpu in ("amd64", "arm64")})

JUDGED = replace(FULL, platforms={f"linux/{cpu}": replace(LIBRARIES, digest=digest("b")) for cpu in ("amd64", "arm64")})

DOCKER = f"{SPEC}    executor: docker\n"
ZIG = f"{SPEC}    cgo: zig\n".replace("runtime: new\n", 'runtime: new\nzig: "0.17.1"\n')
WITH_IMAGE = SPEC.replace("images:\n", f"images:\n  gcc: {OTHER}\n")
BUILD_IMAGE = f"{WITH_IMAGE}    executor: docker\n    build_image: gcc\n"
FLOOR = f"{WITH_IMAGE}    floor: [gcc]\n"
TWO = f'{SPEC}  legacy:\n    package: ./cmd/legacy\n    go: "1.25.1"\n'


def absent(
    project: Project, lock: Lock, text: str = SPEC, *, function: str = "", hosts: tuple[str, ...] = (HOST,)
) -> list[str]:
    spec = project.spec(text)
    chosen = [one for one in spec.functions.values() if function in {"", one.name}]
    return list(missing(lock, spec, chosen, hosts=hosts))


def never(project: Project, lock: Lock, text: str) -> list[tuple[str, str]]:
    """What the images of a lock were never made for."""
    spec = project.spec(text)
    return list(lacking(lock, spec, spec.functions.values()))


def test_a_static_build_on_the_host_needs_its_toolchain_and_the_runtimes_digest(project: Project) -> None:
    assert absent(project, Lock(images={IMAGE: SPARSE}, toolchains=GO)) == []
    assert absent(project, Lock(toolchains=GO)) == [IMAGE]
    assert absent(project, Lock(images={IMAGE: SPARSE})) == [f"go@1.26.8 {HOST}"]
    assert absent(project, Lock()) == [f"go@1.26.8 {HOST}", IMAGE]


def test_a_build_elsewhere_needs_a_platform_of_its_image_too(project: Project) -> None:
    """Any will do: go compiles for both, and runs on the one that the engine has."""
    amd64_only = replace(FULL, platforms={HOST: FULL.platforms[HOST]})

    for full in (FULL, amd64_only):
        assert absent(project, Lock(images={IMAGE: full}, toolchains=GO), DOCKER) == []
        assert never(project, Lock(images={IMAGE: full}, toolchains=GO), DOCKER) == []
    assert absent(project, Lock(images={IMAGE: SPARSE}, toolchains=GO), DOCKER) == [
        f"{IMAGE} {HOST}", f"{IMAGE} linux/arm64",
    ]  # fmt: skip
    assert absent(project, Lock(toolchains=GO), DOCKER) == [IMAGE]


def test_c_by_zig_needs_any_platform_of_its_build_image(project: Project) -> None:
    text = f"{ZIG}    executor: docker\n    build_image: gcc\n".replace("images:\n", f"images:\n  gcc: {OTHER}\n")
    amd64_only = replace(FULL, platforms={HOST: FULL.platforms[HOST]})

    assert absent(project, Lock(images={IMAGE: JUDGED, OTHER: amd64_only}, toolchains=GO, zigs=ZIGS), text) == []


def test_c_by_gcc_needs_the_platforms_of_its_build_image(project: Project) -> None:
    text = f"{BUILD_IMAGE}    cgo: image\n"
    amd64_only = replace(FULL, platforms={HOST: FULL.platforms[HOST]})

    assert absent(project, Lock(images={IMAGE: JUDGED, OTHER: FULL}, toolchains=GO), text) == []
    assert absent(project, Lock(images={IMAGE: JUDGED, OTHER: amd64_only}, toolchains=GO), text) == [
        f"{OTHER} linux/arm64"
    ]
    assert never(project, Lock(images={IMAGE: JUDGED, OTHER: amd64_only}, toolchains=GO), text) == [
        (OTHER, "linux/arm64")
    ]


def test_cgo_needs_what_the_libraries_of_each_platform_are(project: Project) -> None:
    check_platforms(project, JUDGED, ZIG)
    assert absent(project, Lock(images={IMAGE: FULL}, toolchains=GO, zigs=ZIGS), ZIG) == [
        f"{IMAGE} {HOST} abi", f"{IMAGE} linux/arm64 abi",
    ]  # fmt: skip


def test_what_opens_libraries_needs_what_the_libraries_of_each_platform_are(project: Project) -> None:
    opens = f"{SPEC}    extra_needed: [libvips.so.42]\n"

    check_platforms(project, JUDGED, opens)
    assert absent(project, Lock(images={IMAGE: FULL}, toolchains=GO), opens) == [
        f"{IMAGE} {HOST} abi", f"{IMAGE} linux/arm64 abi",
    ]  # fmt: skip


def test_cgo_needs_the_libraries_of_its_floor(project: Project) -> None:
    floor = ZIG.replace("images:\n", f"images:\n  old: {OTHER}\n") + "    floor: [old]\n"

    assert absent(project, Lock(images={IMAGE: JUDGED}, toolchains=GO, zigs=ZIGS), floor) == [OTHER]
    assert absent(project, Lock(images={IMAGE: JUDGED, OTHER: FULL}, toolchains=GO, zigs=ZIGS), floor) == [
        f"{OTHER} {HOST} abi", f"{OTHER} linux/arm64 abi",
    ]  # fmt: skip


def check_platforms(project: Project, full: LockedImage, text: str) -> None:
    """Every platform that is built for is there, or named."""
    amd64_only = replace(full, platforms={HOST: full.platforms[HOST]})

    assert absent(project, Lock(images={IMAGE: full}, toolchains=GO, zigs=ZIGS), text) == []
    assert absent(project, Lock(images={IMAGE: amd64_only}, toolchains=GO, zigs=ZIGS), text) == [f"{IMAGE} linux/arm64"]
    assert absent(project, Lock(images={IMAGE: SPARSE}, toolchains=GO, zigs=ZIGS), text) == [
        f"{IMAGE} {HOST}", f"{IMAGE} linux/arm64",
    ]  # fmt: skip
    assert absent(project, Lock(toolchains=GO, zigs=ZIGS), text) == [IMAGE]


def test_cgo_needs_zig_where_that_compiles_its_c(project: Project) -> None:
    lock = Lock(images={IMAGE: JUDGED}, toolchains=GO)
    other = replace(lock, zigs={"zig@0.16.0": ZIGS["zig@0.17.1"]})
    action_host_only = replace(lock, zigs={"zig@0.17.1": {HOST: zig("0.17.1", HOST)}})

    assert absent(project, lock, ZIG) == absent(project, other, ZIG) == [f"zig@0.17.1 {HOST}"]
    assert absent(project, lock, ZIG, hosts=("linux/arm64",)) == [f"zig@0.17.1 {HOST}", "zig@0.17.1 linux/arm64"]
    assert absent(project, action_host_only, ZIG, hosts=("linux/arm64",)) == ["zig@0.17.1 linux/arm64"]


def test_a_build_image_is_needed_where_it_is_used(project: Project) -> None:
    assert absent(project, Lock(images={IMAGE: SPARSE}, toolchains=GO), BUILD_IMAGE) == [OTHER]
    assert absent(project, Lock(images={IMAGE: SPARSE}, toolchains=GO), WITH_IMAGE) == []


def test_a_floor_is_needed(project: Project) -> None:
    assert absent(project, Lock(images={IMAGE: SPARSE}, toolchains=GO), FLOOR) == [OTHER]


def test_what_other_functions_need_does_not_count(project: Project) -> None:
    lock = Lock(images={IMAGE: SPARSE}, toolchains=GO)

    assert absent(project, lock, TWO, function="orders") == []
    assert absent(project, lock, TWO, function="legacy") == [f"go@1.25.1 {HOST}"]
    assert absent(project, lock, TWO) == [f"go@1.25.1 {HOST}"]


def test_each_host_needs_its_toolchain_and_the_one_that_actions_name(project: Project) -> None:
    here = {"go@1.26.8": {"darwin/arm64": toolchain("1.26.8", "darwin/arm64")}}
    lock = Lock(images={IMAGE: SPARSE}, toolchains=here)

    assert absent(project, lock, hosts=("darwin/arm64",)) == [f"go@1.26.8 {HOST}"]
    assert absent(project, lock, hosts=("darwin/arm64", "linux/arm64")) == [
        f"go@1.26.8 {HOST}", "go@1.26.8 linux/arm64",
    ]  # fmt: skip
    assert absent(project, Lock(images={IMAGE: SPARSE}, toolchains=GO), hosts=HOSTS) == []


def test_what_is_missing_is_told() -> None:
    error = StaleLockError(Path("images.lock"), [f"go@1.26.8 {HOST}", IMAGE])

    assert error.message == f"`images.lock` does not pin `go@1.26.8 {HOST}`, `{IMAGE}`"
    assert error.hint == "run `lambdabuild lock`, look at the change, commit it"
    assert error.exit_code == 3

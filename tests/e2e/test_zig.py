"""C and C++ by the locked zig: the same bytes from anywhere, clean, and run on what they are for."""

import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection
from filelock import FileLock

from lambdabuild.io.store import Store
from lambdabuild.model.platform import Architecture, host_platform
from lambdabuild.toolchain import ZigToolchains
from tests.support.cli import CACHE, Cli
from tests.support.registry import public_ecr_at, running_registry
from tests.support.runtime_api import RuntimeApi, serving
from tests.support.standins import AL2, AL2023, Release, own_root, push_release, running_root, runs
from tests.support.zigs import LOCKED, PIP_CACHE, STATIC, ZIG, another_cache, cache_for_zig, write_native

pytestmark = pytest.mark.timeout(3600)  # what zig compiles of its own libraries for a new target takes minutes

RUNTIMES = {"al2": AL2, "al2023": AL2023}
TARGETS = [(name, architecture) for name in RUNTIMES for architecture in Architecture]
PROGRAMS = [(kind, name, architecture) for kind in ("query", "words") for name, architecture in TARGETS]
COMPARED = [("words", "al2", Architecture.AMD64), ("words", "al2023", Architecture.ARM64)]
"""C++ programs that are made twice, for each runtime and each CPU: zig's C++ library takes two minutes for a target."""
PAST_ITS_END = "LB601"
"""Of provided.al2, by the calendar."""
GLIBC = {"al2": (2, 26), "al2023": (2, 34)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Projects:
    """One project, built in two folders of other names, each with a cache in which zig began cold; `elsewhere` without
    some of its C++.
    """

    here: Path
    elsewhere: Path
    cli: Cli

    def program(self, kind: str, name: str, architecture: Architecture, folder: Path) -> Path:
        """The program in an artifact, unpacked."""
        with zipfile.ZipFile(self.here / "dist" / f"{kind}-{name}-{architecture}.zip") as bundle:
            path = Path(bundle.extract("bootstrap", folder))
        path.chmod(0o755)
        return path


@pytest.fixture(scope="module")
def user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a user whose public.ecr.aws has both runtimes."""
    home = tmp_path_factory.mktemp("user")
    with running_registry(tmp_path_factory.mktemp("registry")) as running:
        for tag, release in RUNTIMES.items():
            push_release(running, release, tag=tag)
        yield {**public_ecr_at(running.host, home), "PIP_CACHE_DIR": str(PIP_CACHE)}


@pytest.fixture(scope="module")
def projects(user: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Projects:
    here = write_native(tmp_path_factory.mktemp("here"))
    elsewhere = write_native(tmp_path_factory.mktemp("else where") / "deeper" / "größe")
    spec = (elsewhere / "buildspec.yaml").read_text()
    for kind, name, architecture in COMPARED:
        program = f"  {kind}-{name}: {{"
        spec = spec.replace(program, f"{program}architectures: [{architecture}], ")
    (elsewhere / "buildspec.yaml").write_text(spec)
    cli = Cli(environ=user, timeout=3000)
    cli.done("lock", cwd=here)
    shutil.copy(here / "images.lock", elsewhere)
    cli.done("plan", cwd=here)  # installs Go
    with FileLock(CACHE.parent / ".zig.lock"):
        platform = host_platform()
        ZigToolchains(store=Store(root=CACHE), environ={**os.environ, **user}).install(ZIG, platform, LOCKED[platform])
        # Each zig compiles its own libraries file after file: there is a CPU for each of the two.
        with ThreadPoolExecutor() as both:
            builds = [
                both.submit(replace(cli, cache=cache).done, "build", cwd=project)
                for cache, project in ((CACHE, here), (another_cache(), elsewhere))
            ]
            for build in builds:
                build.result()
    return Projects(here=here, elsewhere=elsewhere, cli=cli)


@pytest.fixture(scope="module")
def static(user: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of programs that are static, or are said to be."""
    project = write_native(tmp_path_factory.mktemp("static"), STATIC)
    Cli(environ=user).done("lock", cwd=project)
    return project


def report(project: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """What build.json says, by function and architecture."""
    artifacts = json.loads((project / "dist" / "build.json").read_text())["artifacts"]
    return {(one["function"], *one["architectures"]): one for one in artifacts}


@pytest.mark.parametrize(("kind", "name", "architecture"), [one for one in PROGRAMS if one[0] == "query"] + COMPARED)
def test_another_folder_and_another_cache_give_the_same_bytes(
    projects: Projects, kind: str, name: str, architecture: Architecture
) -> None:
    here, elsewhere = (
        report(project)[f"{kind}-{name}", str(architecture)] for project in (projects.here, projects.elsewhere)
    )

    assert (here["sha256"], here["actions"]) == (elsewhere["sha256"], elsewhere["actions"])


@pytest.mark.parametrize(("kind", "name", "architecture"), PROGRAMS)
def test_nothing_is_found(projects: Projects, kind: str, name: str, architecture: Architecture) -> None:
    found = report(projects.here)[f"{kind}-{name}", str(architecture)]

    assert [one["rule"] for one in found["findings"] if one["rule"] != PAST_ITS_END] == []
    projects.cli.done("check", str(found["path"]), cwd=projects.here)


@pytest.mark.parametrize(("kind", "name", "architecture"), PROGRAMS)
def test_a_program_needs_no_newer_glibc_and_no_cpp_library(
    projects: Projects, tmp_path: Path, kind: str, name: str, architecture: Architecture
) -> None:
    needed, versions = linked(projects.program(kind, name, architecture, tmp_path))

    assert "libc.so.6" in needed
    assert not [library for library in needed if library.startswith(("libstdc++", "libgcc", "libc++"))]
    assert max(versions) <= GLIBC[name]


def linked(program: Path) -> tuple[set[str], set[tuple[int, ...]]]:
    """DT_NEEDED, and the versions of glibc, as pyelftools reads them."""
    with program.open("rb") as stream:
        elf = ELFFile(stream)
        dynamic = elf.get_section_by_name(".dynamic")
        assert isinstance(dynamic, DynamicSection)
        needs = elf.get_section_by_name(".gnu.version_r")
        assert isinstance(needs, GNUVerNeedSection)
        needed = {str(tag.needed) for tag in dynamic.iter_tags("DT_NEEDED")}  # type: ignore[attr-defined]
        names = [str(node.name) for _, nodes in needs.iter_versions() for node in nodes]
    versions = {tuple(map(int, name.removeprefix("GLIBC_").split("."))) for name in names if name[:7] == "GLIBC_2"}
    return needed, versions


def rooted(release: Release, architecture: Architecture, program: Path, folder: Path) -> Path:
    """A root of the runtime with the program where Lambda starts it."""
    root = own_root(running_root(release, architecture), folder / "root")
    shutil.copy(program, root / "var/task/bootstrap")
    return root


@pytest.mark.parametrize(("name", "architecture"), TARGETS)
def test_a_query_is_answered_in_the_runtime(
    projects: Projects, tmp_path: Path, name: str, architecture: Architecture
) -> None:
    root = rooted(RUNTIMES[name], architecture, projects.program("query", name, architecture, tmp_path), tmp_path)
    api = RuntimeApi([b'{"price": 6, "pieces": 7}', b'{"price": 2, "pieces": 3}'], timeout=60)

    with serving(api) as address:
        environ = {"AWS_LAMBDA_RUNTIME_API": address, "_HANDLER": "bootstrap"}
        running = Thread(target=runs, args=(root, "/var/task/bootstrap", architecture), kwargs={"environ": environ})
        running.start()
        done = api.wait(60)
    running.join()

    assert done
    assert [(one.kind, one.body) for one in api.answers] == [("response", b"42"), ("response", b"6")]


@pytest.mark.parametrize(("name", "architecture"), TARGETS)
def test_a_cpp_program_runs_in_the_runtime(
    projects: Projects, tmp_path: Path, name: str, architecture: Architecture
) -> None:
    root = rooted(RUNTIMES[name], architecture, projects.program("words", name, architecture, tmp_path), tmp_path)

    done = runs(root, "/var/task/bootstrap", architecture)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("4 ")
    assert done.stdout.endswith("where.c Jan  1 1970\n")
    assert str(projects.here) not in done.stdout


def test_zig_that_begins_cold_in_another_folder_gives_the_same_bytes(
    static: Path, user: dict[str, str], tmp_path: Path
) -> None:
    """What Go compiles is shared by both; all that zig compiles is made anew."""
    chosen = ("build", "--function", "plain", "--arch", "amd64")
    Cli(environ=user).done(*chosen, cwd=static)
    warm = report(static)["plain", "amd64"]["sha256"]
    moved = shutil.copytree(static, tmp_path / "moved to" / "here")
    cache = cache_for_zig(tmp_path / "a cold cache")

    Cli(cache=cache, environ=user).done(*chosen, cwd=moved)

    assert report(moved)["plain", "amd64"]["sha256"] == warm
    assert (cache / "zig").is_dir()


def test_a_static_program_needs_nothing_of_the_runtime(static: Path, user: dict[str, str], tmp_path: Path) -> None:
    """Linked with musl, which looks up names by itself: the linker warns of nothing, and nothing is found."""
    Cli(environ=user, timeout=3000).done("build", "--function", "static", cwd=static)

    for architecture in Architecture:
        found = report(static)["static", architecture]["findings"]
        assert [one["rule"] for one in found if one["rule"] != PAST_ITS_END] == []
        folder = tmp_path / architecture
        with zipfile.ZipFile(static / "dist" / f"static-{architecture}.zip") as bundle:
            program = Path(bundle.extract("bootstrap", folder))
        program.chmod(0o755)
        with program.open("rb") as stream:
            assert not [one for one in ELFFile(stream).iter_segments() if one["p_type"] in ("PT_INTERP", "PT_DYNAMIC")]
        done = runs(rooted(AL2, architecture, program, folder), "/var/task/bootstrap", architecture)
        assert (done.returncode, done.stdout) == (0, "found 1\n")


def test_a_package_that_is_static_by_itself_is_told_how(static: Path, user: dict[str, str]) -> None:
    answer = Cli(environ=user).run("build", "--function", "unsaid", "--arch", "amd64", cwd=static)

    assert answer.returncode == 1
    assert "libc of the specified target requires dynamic linking" in answer.stderr
    assert "say in the spec that it is static: `ldflags: [-linkmode external -extldflags -static]`" in " ".join(
        answer.stderr.split()
    )


def test_what_is_published_is_what_is_locked(user: dict[str, str], tmp_path: Path) -> None:
    """Of another host the index that pip is set to is asked."""
    environ = {**os.environ, **user}

    found = ZigToolchains(store=Store(root=tmp_path), environ=environ).resolve(ZIG, "darwin/arm64", keep=False)

    assert found == LOCKED["darwin/arm64"]

"""C and C++ by the locked zig: the same bytes from anywhere, clean, and run on what they are for."""

import json
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import pytest
from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection

from lambdabuild.lock import read_lock
from lambdabuild.model.platform import Architecture
from tests.support.cli import Cli
from tests.support.registry import public_ecr_at, running_registry
from tests.support.runtime_api import RuntimeApi, serving
from tests.support.standins import AL2, AL2023, Release, own_root, push_release, running_root, runs
from tests.support.zigs import PIP_CACHE, WHEELS, ZIG, two_caches, write_native

pytestmark = pytest.mark.timeout(3600)  # what zig compiles of its own libraries for a new target takes minutes

RUNTIMES = {"al2": AL2, "al2023": AL2023}
TARGETS = [(name, architecture) for name in RUNTIMES for architecture in Architecture]
GLIBC = {"al2": (2, 26), "al2023": (2, 34)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """One project built twice, in folders and caches of other names."""

    here: Path
    elsewhere: Path
    cli: Cli

    def program(self, name: str, architecture: Architecture, folder: Path) -> Path:
        """The program in an artifact, unpacked."""
        with zipfile.ZipFile(self.here / "dist" / f"{name}-{architecture}.zip") as bundle:
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
def built(user: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Built:
    here = write_native(tmp_path_factory.mktemp("here"))
    elsewhere = write_native(tmp_path_factory.mktemp("else where") / "deeper" / "größe")
    cli = Cli(environ=user, timeout=3000)
    cli.done("lock", cwd=here)
    shutil.copy(here / "images.lock", elsewhere)
    cli.done("plan", "--function", "words-al2", cwd=here)  # installs the toolchains
    with two_caches() as (first, second):
        Cli(cache=first, environ=user, timeout=3000).done("build", cwd=here)
        Cli(cache=second, environ=user, timeout=3000).done("build", cwd=elsewhere)
    return Built(here=here, elsewhere=elsewhere, cli=cli)


def report(project: Path) -> dict[tuple[str, str], dict[str, object]]:
    """What build.json says, by function and architecture."""
    artifacts = json.loads((project / "dist" / "build.json").read_text())["artifacts"]
    return {(one["function"], one["architecture"]): one for one in artifacts}


def test_the_lock_names_the_wheels_that_are_published(built: Built) -> None:
    zigs = read_lock(built.here / "images.lock").zigs[f"zig@{ZIG}"]

    assert {host: found.wheel for host, found in zigs.items()} == WHEELS
    assert {host for host, found in zigs.items() if found.tree} == {"linux/amd64"}
    built.cli.done("lock", "--check", cwd=built.here)


def test_other_folders_and_other_caches_give_the_same_bytes(built: Built) -> None:
    here, elsewhere = report(built.here), report(built.elsewhere)

    assert len(here) == 8
    assert {key: one["sha256"] for key, one in here.items()} == {key: one["sha256"] for key, one in elsewhere.items()}
    assert {key: one["action"] for key, one in here.items()} == {key: one["action"] for key, one in elsewhere.items()}


def test_nothing_is_found(built: Built) -> None:
    assert {key: one["findings"] for key, one in report(built.here).items() if one["findings"]} == {}
    built.cli.done("check", cwd=built.here)


@pytest.mark.parametrize(("name", "architecture"), TARGETS)
def test_a_program_needs_no_newer_glibc_and_no_cpp_library(
    built: Built, tmp_path: Path, name: str, architecture: Architecture
) -> None:
    for kind in ("query", "words"):
        needed, versions = linked(built.program(f"{kind}-{name}", architecture, tmp_path / kind))

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
    built: Built, tmp_path: Path, name: str, architecture: Architecture
) -> None:
    root = rooted(RUNTIMES[name], architecture, built.program(f"query-{name}", architecture, tmp_path), tmp_path)
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
def test_a_cpp_program_runs_in_the_runtime(built: Built, tmp_path: Path, name: str, architecture: Architecture) -> None:
    root = rooted(RUNTIMES[name], architecture, built.program(f"words-{name}", architecture, tmp_path), tmp_path)

    done = runs(root, "/var/task/bootstrap", architecture)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("4 ")
    assert "here" not in done.stdout

"""Start is light: what a command does not need, it does not import."""

import subprocess
import sys
from pathlib import Path

import pytest

from lambdabuild.model.plan import Toolchain
from tests.support.cli import Cli
from tests.support.elf import Programs
from tests.support.project import write_project

ROOT = Path(__file__).parents[2]
HEAVY = ("pydantic", "yaml", "docker", "requests", "elftools", "google.protobuf", "rich", "deflate", "grpc", "boto3")

LOADED = """
import sys
from lambdabuild.cli import main
sys.argv = ["lambdabuild", *sys.argv[1:]]
try:
    main()
finally:
    print(*sorted(sys.modules), file=sys.stderr)
"""


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_imports_nothing_heavy(argument: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED, argument], cwd=ROOT, capture_output=True, text=True, check=True
    )

    loaded = set(done.stderr.split())
    assert "lambdabuild.cli" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_a_static_file_is_judged_without_what_reads_specs_and_images(programs: Programs, tmp_path: Path) -> None:
    (tmp_path / "bootstrap").write_bytes(programs("go"))
    environ = {"LAMBDABUILD_CACHE_DIR": str(tmp_path / "cache"), "PYTHONPATH": str(ROOT)}

    done = subprocess.run(
        [sys.executable, "-c", LOADED, "check", "bootstrap"],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )

    loaded = set(done.stderr.split())
    assert "lambdabuild.check" in loaded
    assert loaded.isdisjoint({*HEAVY, "isal", "zstandard", "itanium_demangler", "lambdabuild.image"} - {"deflate"})


@pytest.mark.parametrize("command", ["build", "plan", "check", "lock --check"])
def test_where_no_image_is_asked_for_nothing_of_engines_and_registries_is_imported(
    command: str, project: Path, toolchain: Toolchain
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *command.split()],
        cwd=project,
        env=Cli().env,
        capture_output=True,
        text=True,
        check=True,
    )

    loaded = set(done.stderr.split())
    assert "lambdabuild.spec" in loaded
    assert not [name for name in loaded if name.startswith(("docker", "requests", "urllib3", "lambdabuild.discovery"))]
    assert loaded.isdisjoint({"lambdabuild.execute.docker", "lambdabuild.io.engine", "lambdabuild.io.registry"})


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, toolchain: Toolchain) -> Path:
    project = write_project(tmp_path_factory.mktemp("project"))
    Cli().done("build", cwd=project)
    return project

"""`include $(shell lambdabuild hook make)`, with the real make: what is run, how often, and what is made again."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.cli import ROOT
from tests.support.gates import require
from tests.support.onpath import on_path
from tests.support.project import NAMES, digests, write_mains, write_project

RULES = """\
include $(shell lambdabuild hook make)
$(if $(LAMBDABUILD_DIST),,$(error lambdabuild did not answer))

first:
\t@echo the first target of the Makefile

all: stamp/orders-amd64 stamp/users-amd64

stamp/%: $(LAMBDABUILD_DIST)/%.zip
\tmkdir -p stamp
\techo $* >> $@
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """In a folder whose name has spaces."""
    project = write_project(tmp_path / "our shop")
    (project / "Makefile").write_text(RULES)
    return project


def make(folder: Path, *arguments: str, environ: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the real make, with lambdabuild on PATH."""
    return subprocess.run(
        [require("make"), *arguments],
        cwd=folder,
        env={**on_path(folder / ".bin"), **(environ or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def runs(said: subprocess.CompletedProcess[str]) -> int:
    """How often lambdabuild was run."""
    return said.stdout.count("lambdabuild build")


def stamps(project: Path) -> dict[str, int]:
    """How often what depends on each zip was made."""
    return {name: len((project / "stamp" / f"{name}-amd64").read_text().split()) for name in NAMES}


def test_one_run_makes_all_zips_and_only_what_changed_is_made_again(project: Path) -> None:
    first = make(project, "-j4", "all")
    assert first.returncode == 0, first.stderr
    built = digests(project)
    again = make(project, "-j4", "all", "dist/orders-amd64.zip", "dist/users-amd64.zip", "lambdabuild")

    assert (runs(first), runs(again)) == (1, 1)
    assert again.returncode == 0, again.stderr
    assert digests(project) == built
    assert stamps(project) == {"orders": 1, "users": 1}
    assert set(built) == {"orders-amd64.zip", "users-amd64.zip"}

    main = project / "cmd" / "orders" / "main.go"
    main.write_text(main.read_text().replace("orders", "other orders"))
    changed = make(project, "-j4", "all")

    assert changed.returncode == 0, changed.stderr
    assert runs(changed) == 1
    assert stamps(project) == {"orders": 2, "users": 1}


def test_the_first_target_of_the_makefile_stays_its_default(project: Path) -> None:
    said = make(project)

    assert (said.returncode, said.stdout) == (0, "the first target of the Makefile\n")


def test_a_makefile_in_a_folder_below_finds_the_spec_above(project: Path) -> None:
    (project / "deploy" / "production").mkdir(parents=True)
    shutil.move(project / "Makefile", project / "deploy" / "production")

    said = make(
        project / "deploy" / "production",
        "../../dist/users-amd64.zip",
        environ={"PATH": on_path(project.parent / "bin")["PATH"]},
    )

    assert said.returncode == 0, said.stderr
    assert sorted(digests(project)) == ["orders-amd64.zip", "users-amd64.zip"]


def test_arguments_choose_what_is_built(project: Path) -> None:
    said = make(project, "LAMBDABUILD_ARGS=--function users --set version=7", "lambdabuild")

    assert said.returncode == 0, said.stderr
    assert list(digests(project)) == ["users-amd64.zip"]


def test_a_zip_that_the_spec_does_not_make_is_told(project: Path) -> None:
    said = make(project, "dist/order-amd64.zip")

    assert said.returncode == 2
    assert "lambdabuild makes no dist/order-amd64.zip: look at ./buildspec.yaml and LAMBDABUILD_ARGS" in said.stderr


def test_a_zip_of_an_earlier_run_is_not_taken_for_one_of_this(project: Path) -> None:
    """Whether it is left out by the arguments, was of a function that is gone, or was put there by anyone."""
    assert make(project, "lambdabuild").returncode == 0
    (project / "dist" / "gone-amd64.zip").write_bytes(b"of another time")

    left_out = make(project, "LAMBDABUILD_ARGS=--function orders", "dist/users-amd64.zip")
    gone = make(project, "dist/gone-amd64.zip")
    part_of_a_name = make(project, "dist/ers-amd64.zip")

    assert [one.returncode for one in (left_out, gone, part_of_a_name)] == [2, 2, 2]
    assert "lambdabuild makes no dist/users-amd64.zip" in left_out.stderr
    assert "lambdabuild makes no dist/gone-amd64.zip" in gone.stderr


def test_make_ends_where_there_is_no_lambdabuild(project: Path, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "sh").symlink_to(require("sh"))

    said = make(project, "dist/orders-amd64.zip", environ={"PATH": str(tools)})

    assert said.returncode == 2
    assert "lambdabuild did not answer" in said.stderr


def test_a_compile_that_fails_fails_make_and_makes_nothing(project: Path) -> None:
    write_mains(project, '" + nothing + "')

    said = make(project, "-j4", "all")

    assert said.returncode == 2
    assert "undefined: nothing" in said.stderr
    assert not (project / "stamp").exists()


def test_the_other_targets_check_artifacts_and_the_lock(project: Path) -> None:
    said = make(project, "lambdabuild", "lambdabuild-check", "lambdabuild-locked")
    assert said.returncode == 0, said.stderr

    (project / "images.lock").unlink()
    stale = make(project, "lambdabuild-locked")

    assert stale.returncode == 2
    assert "`./images.lock` does not exist" in stale.stderr or "`images.lock` does not exist" in stale.stderr


def test_rules_are_included_from_a_path_with_spaces(project: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "lambdabuild", tmp_path / "site packages" / "lambdabuild")

    said = make(project, "-n", "dist/orders-amd64.zip", environ={"PYTHONPATH": str(tmp_path / "site packages")})

    assert said.returncode == 0, said.stderr
    assert runs(said) == 1


def test_the_head_of_the_rules_names_every_target_and_variable() -> None:
    rules = (ROOT / "lambdabuild" / "hooks" / "lambdabuild.mk").read_text()
    head, _, body = rules.partition("\n\n")

    targets = next(line.split()[1:] for line in body.splitlines() if line.startswith(".PHONY:"))
    variables = [line.split()[0] for line in body.splitlines() if line.startswith("LAMBDABUILD") and "=" in line]
    assert len(targets) == 3
    assert variables == ["LAMBDABUILD", "LAMBDABUILD_FILE", "LAMBDABUILD_ARGS", "LAMBDABUILD_DIST"]
    assert all(f"#   {name} " in head for name in targets)
    assert all(name in head for name in variables)

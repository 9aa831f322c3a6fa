"""`hook cdk`, and the TypeScript app with the real CDK: what is staged is our zip, under a hash that stays."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.cli import ROOT, Cli
from tests.support.gates import need, require
from tests.support.onpath import on_path
from tests.support.project import SPEC, digests, write_project

EXAMPLES = ROOT / "examples"
INSTALLED = ROOT / ".services" / "cdk" / "node_modules"
QUIET = {"CDK_DISABLE_CLI_TELEMETRY": "true", "CDK_DISABLE_VERSION_CHECK": "1", "CI": "true"}
ZIPS = {"Orders": "orders-arm64.zip", "Receipts": "receipts-arm64.zip", "ReceiptsOnIntel": "receipts-amd64.zip"}


def copied(folder: Path) -> Path:
    """A copy of the examples, with their zips; the folder of the app."""
    need(INSTALLED.exists(), "needs aws-cdk: run make .services/cdk")
    shutil.copytree(EXAMPLES, folder, ignore=shutil.ignore_patterns("node_modules", "dist", "cdk.out"))
    Cli().done("build", cwd=folder)
    app = folder / "cdk" / "typescript"
    (app / "node_modules").symlink_to(INSTALLED)
    return app


def run(program: str, *arguments: str, app: Path) -> None:
    """Something of the installed packages."""
    require("node")
    done = subprocess.run(
        [INSTALLED / ".bin" / program, *arguments],
        cwd=app,
        env={**on_path(app / ".bin"), **QUIET},
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def staged(app: Path) -> Mapping[str, str]:
    """Which asset each function got, by the beginning of its logical id."""
    template = json.loads((app / "cdk.out" / "Shop.template.json").read_text())
    functions = {
        name[:-8]: one["Metadata"]["aws:asset:path"]
        for name, one in template["Resources"].items()
        if one["Type"] == "AWS::Lambda::Function"
    }
    assert functions.keys() == ZIPS.keys()
    return functions


def test_the_staged_assets_are_our_zips_under_hashes_that_stay(tmp_path: Path) -> None:
    """Two times in one folder, and in another; a zip, a command and a bundling."""
    first, other = copied(tmp_path / "one"), copied(tmp_path / "another place")
    run("tsc", app=first)
    shutil.copy(first / "app.js", other)

    run("cdk", "synth", "--quiet", "--no-notices", app=first)
    assets = staged(first)
    shutil.rmtree(first / "cdk.out")
    run("cdk", "synth", "--quiet", "--no-notices", app=first)
    run("cdk", "synth", "--quiet", "--no-notices", app=other)

    assert staged(first) == staged(other) == assets
    for app in (first, other):
        for name, asset in assets.items():
            bundle = app.parents[1] / "dist" / ZIPS[name]
            assert (app / "cdk.out" / asset).read_bytes() == bundle.read_bytes()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`orders` for both CPUs, `users` for one."""
    project = write_project(tmp_path_factory.mktemp("shop"))
    both = "  orders:\n    architectures: [amd64, arm64]\n"
    (project / "buildspec.yaml").write_text(SPEC.replace("  orders:\n", both))
    return project


def test_the_zip_is_alone_in_the_folder_that_is_given(project: Path, tmp_path: Path) -> None:
    for _ in range(2):
        said = Cli().done("hook", "cdk", "users", "--output", str(tmp_path / "out"), cwd=project / "cmd")

        assert said == f"{project}/dist/users-amd64.zip\n"
        (copy,) = (tmp_path / "out").iterdir()
        assert copy.read_bytes() == (project / "dist" / "users-amd64.zip").read_bytes()


def test_two_zips_for_one_folder_are_refused(project: Path, tmp_path: Path) -> None:
    before = digests(project)

    answer = Cli().run("hook", "cdk", "orders", "--output", str(tmp_path / "out"), cwd=project)

    assert answer.returncode == 2
    assert (
        f"error: `orders` has 2 zips, and `{tmp_path}/out` takes one: orders-amd64.zip, orders-arm64.zip\n\n"
        "hint: choose one with `--arch`\n" in answer.stderr
    )
    assert not (tmp_path / "out").exists()
    assert digests(project) == before
    assert len(Cli().done("hook", "cdk", "orders", cwd=project).splitlines()) == 2


def test_a_folder_that_holds_something_else_is_refused(project: Path, tmp_path: Path) -> None:
    (tmp_path / "README.md").touch()
    project = Path(shutil.copytree(project, tmp_path / "project", ignore=shutil.ignore_patterns("dist")))

    answer = Cli().run("hook", "cdk", "users", "--output", str(tmp_path), cwd=project)

    assert answer.returncode == 2
    assert (
        f"error: `{tmp_path}` holds `README.md`, and CDK takes a folder with one zip alone\n\nhint: empty it\n"
        in answer.stderr
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["README.md", "project"]
    assert not (project / "dist").exists()


def test_a_variable_of_the_spec_is_set_as_in_a_build_and_stdout_has_paths_alone(project: Path) -> None:
    Cli().done("build", "--function", "users", "--set", "version=1.2.3", cwd=project)
    before = digests(project)

    said = Cli(environ={"LAMBDABUILD_JSON": "1"}).done("hook", "cdk", "users", "--set", "version=1.2.3", cwd=project)

    assert said == f"{project}/dist/users-amd64.zip\n"
    assert digests(project) == before


def test_the_lock_of_the_example_names_no_host() -> None:
    lock = json.loads((EXAMPLES / "cdk" / "typescript" / "package-lock.json").read_text())

    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []
    assert all(
        "integrity" in package for name, package in lock["packages"].items() if name and "inBundle" not in package
    )

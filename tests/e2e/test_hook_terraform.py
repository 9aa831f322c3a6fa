"""Terraform's `external` protocol, by process: one object of strings in, one out, errors on stderr."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.cli import ROOT, Cli
from tests.support.project import SPEC, digests, sha256, write_project


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`orders` for both CPUs, `users` for one."""
    project = write_project(tmp_path_factory.mktemp("shop"))
    both = "  orders:\n    architectures: [amd64, arm64]\n"
    (project / "buildspec.yaml").write_text(SPEC.replace("  orders:\n", both))
    (project / "infrastructure").mkdir()
    return project


def asked(query: object, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the program as Terraform does: the query on stdin."""
    cli = Cli(environ=environ)
    return subprocess.run(
        cli.argv("hook", "terraform"),
        input=query if isinstance(query, str) else json.dumps(query),
        cwd=folder,
        env=cli.env,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_the_answer_is_one_object_of_strings(project: Path) -> None:
    here = project / "infrastructure"

    done = asked({"function": "orders", "architecture": "arm64"}, here)

    assert done.returncode == 0, done.stderr
    (artifact,) = json.loads((project / "dist" / "build.json").read_text())["artifacts"]
    assert json.loads(done.stdout) == {
        "filename": "../dist/orders-arm64.zip",
        "source_code_hash": artifact["code_sha256"],
        "architecture": "arm64",
        "runtime": "provided.al2023",
        "handler": "bootstrap",
        "sha256": sha256(project / "dist" / "orders-arm64.zip"),
    }
    assert "Compiled orders-arm64" in done.stderr


def test_the_only_architecture_need_not_be_asked_for(project: Path) -> None:
    done = asked({"function": "users"}, project)

    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert (answer["filename"], answer["architecture"]) == ("dist/users-amd64.zip", "x86_64")


def test_the_spec_of_the_query_comes_before_every_other(project: Path, tmp_path: Path) -> None:
    query = {"function": "users", "architecture": "x86_64", "file": str(project / "buildspec.yaml")}

    done = asked(query, tmp_path, LAMBDABUILD_FILE=str(tmp_path / "none.yaml"))

    assert done.returncode == 0, done.stderr
    assert (tmp_path / json.loads(done.stdout)["filename"]).resolve() == project / "dist" / "users-amd64.zip"


def test_a_zip_for_both_architectures_is_given_for_the_first_of_the_spec_or_the_one_that_is_asked_for(
    project: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(project, tmp_path / "both"))
    spec = folder / "buildspec.yaml"
    spec.write_text(spec.read_text().replace("  orders:\n", "  orders:\n    layout: forward-compatible\n"))

    answers = [
        json.loads(asked({"function": "orders", **query}, folder).stdout) for query in ({}, {"architecture": "arm64"})
    ]

    assert [answer["architecture"] for answer in answers] == ["x86_64", "arm64"]
    assert {(answer["filename"], answer["handler"]) for answer in answers} == {("dist/orders.zip", "orders")}


def test_a_variable_of_the_spec_is_set_as_in_a_build(project: Path) -> None:
    Cli().done("build", "--function", "users", "--set", "version=1.2.3", cwd=project)
    before = digests(project)

    done = asked({"function": "users", "set.version": "1.2.3"}, project, LAMBDABUILD_JSON="1")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["filename"] == "dist/users-amd64.zip"
    assert digests(project) == before


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ("", 2, "stdin is not JSON"),
        ({"function": 1}, 2, "query: `function` is a number, expected text"),
        ({"function": "users", "arch": "arm64"}, 2, "query: `arch` is not understood"),
        ({"function": "user"}, 2, "has no function `user`"),
        ({"function": "users", "architecture": "arm64"}, 2, "is built for arm64"),
        ({"function": "orders"}, 2, "query: `orders` is built for x86_64 and arm64, and `architecture` is missing"),
        ({"function": "users", "file": "none.yaml"}, 2, "`none.yaml`"),
        ({"function": "users", "set.word": "x"}, 2, "has no variable `word`"),
    ],
)
@pytest.mark.parametrize("environ", [{}, {"LAMBDABUILD_JSON": "1"}])
def test_an_error_is_on_stderr_alone_and_dist_as_it_was(
    project: Path, query: object, code: int, message: str, environ: dict[str, str]
) -> None:
    before = digests(project)

    done = asked(query, project, **environ)

    assert digests(project) == before
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr.partition("error: ")[2]


def test_the_module_asks_what_the_hook_answers() -> None:
    """No Terraform is needed to see that the example knows the names."""
    module = (ROOT / "examples" / "terraform" / "function" / "main.tf").read_text()

    query = re.search(r"query = \{\n(.*?)\}", module, re.DOTALL)
    assert query
    assert re.findall(r"^ *(\w+) *=", query[1], re.MULTILINE) == ["function", "architecture", "file"]
    asked_for = set(re.findall(r"data\.external\.artifact\.result\.(\w+)", module))
    assert asked_for == {"filename", "source_code_hash", "runtime", "handler", "architecture"}

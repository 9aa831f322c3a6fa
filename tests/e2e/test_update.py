"""A moved tag, replayed: the build does not move; what would is told, refused where it is relied on, and accepted."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lambdabuild.cli.main import run
from lambdabuild.lock import read_lock, write_lock
from lambdabuild.model.lock import Lock
from lambdabuild.model.plan import Toolchain
from lambdabuild.model.platform import Architecture
from tests.support.audio import NODE, built, write_audio
from tests.support.bad import told
from tests.support.cli import Cli
from tests.support.golang import repository_lock
from tests.support.processes import light_cache
from tests.support.project import digests
from tests.support.registry import Image, RunningRegistry, public_ecr_at, running_registry
from tests.support.standins import AL2023, AL2023_2023_6, Release, image_of, push_release

NAME = "public.ecr.aws/lambda/provided:al2023"
NODES = "GLIBCXX_3.4.30 … 3.4.33, CXXABI_1.3.14, CXXABI_1.3.15"
SPEC = f"""version: 1
go: "1.26.8"
runtime: provided.al2023
architectures: [amd64, arm64]
images:
  provided.al2023: {NAME}
functions:
  orders:
    package: ./cmd/orders
  audio:
    package: ./audio
    cgo: image
    executor: docker
"""
STATIC = SPEC.partition("  audio:\n")[0]
MAIN = 'package main\n\nfunc main() { println("orders") }\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project, its user, and the registry where the tag moves."""

    folder: Path
    cli: Cli
    registry: RunningRegistry

    @property
    def lock(self) -> bytes:
        return (self.folder / "images.lock").read_bytes()

    @property
    def pin(self) -> str:
        return read_lock(self.folder / "images.lock").images[NAME].digest

    def push(self, release: Release, *architectures: Architecture) -> str:
        """Let the tag be this release; the digest of its index."""
        repository = "lambda/provided"
        if not architectures:
            return push_release(self.registry, release, repository=repository, tag="al2023")
        children = [self.registry.push_image(repository, image_of(release, one)) for one in architectures]
        return self.registry.push_index(repository, "al2023", children)

    def zips(self) -> dict[str, str]:
        """What a build of the static function makes."""
        self.cli.done("build", "--function", "orders", cwd=self.folder)
        return digests(self.folder)

    def json(self, *arguments: str) -> dict[str, Any]:
        """What the command says, as one document."""
        answer = self.cli.run("lock", *arguments, "--json", cwd=self.folder)
        assert answer.returncode in {0, 3}, answer.stderr
        return dict(json.loads(answer.stdout))


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory, toolchain: Toolchain) -> dict[Architecture, Path]:
    """The C++ program for both CPUs."""
    folder = write_audio(tmp_path_factory.mktemp("audio"))
    return {architecture: built(folder, architecture, toolchain) for architecture in Architecture}


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegistry]:
    with running_registry(tmp_path_factory.mktemp("registry")) as running:
        yield running


@pytest.fixture(scope="module")
def user(tmp_path_factory: pytest.TempPathFactory, registry: RunningRegistry) -> Cli:
    """Someone whose public.ecr.aws is the registry of these tests."""
    home = tmp_path_factory.mktemp("user")
    return Cli(cache=light_cache(home / "cache"), environ=public_ecr_at(registry.host, home))


@pytest.fixture
def project(tmp_path: Path, user: Cli, registry: RunningRegistry) -> Project:
    """Locked while the runtime has the libstdc++ of GCC 14."""
    return written(tmp_path / "project", SPEC, user, registry)


def written(folder: Path, spec: str, user: Cli, registry: RunningRegistry) -> Project:
    (folder / "cmd" / "orders").mkdir(parents=True)
    (folder / "cmd" / "orders" / "main.go").write_text(MAIN)
    write_audio(folder / "audio")
    shutil.move(folder / "audio" / "go.mod", folder / "go.mod")
    (folder / "buildspec.yaml").write_text(spec)
    write_lock(folder / "images.lock", Lock(toolchains=repository_lock().toolchains))
    made = Project(folder=folder, cli=user, registry=registry)
    made.push(AL2023)
    user.done("lock", cwd=folder)
    return made


def test_a_tag_that_goes_back_moves_no_build_and_is_refused_until_it_is_accepted(
    project: Project, programs: dict[Architecture, Path]
) -> None:
    zips, lock, old = project.zips(), project.lock, project.pin
    new = project.push(AL2023_2023_6)

    project.cli.done("lock", cwd=project.folder)
    assert (project.zips(), project.lock) == (zips, lock)

    outdated = project.cli.run("lock", "--outdated", cwd=project.folder)
    assert outdated.returncode == 3
    assert outdated.stdout == (
        f"{NAME}: {old[:19]} (2026-02-27T21:04:11Z) → {new[:19]} (2025-02-18T17:40:02Z)\n"
        "  linux/amd64: changed, for orders, audio\n"
        "  linux/arm64: changed, for orders, audio\n"
    )
    assert project.lock == lock

    refused = project.cli.run("lock", "--update", cwd=project.folder)
    errors, hints = told(refused.stderr)
    assert refused.returncode == 3
    assert errors[0].startswith(f"error: `images.lock` stays as it is: `audio` relies on what `{NAME}` loses: ")
    assert f", {NODES} of `libstdc++.so.6` (linux/amd64, linux/arm64)" in errors[0]
    assert len(errors) == len(hints) == 1
    assert "`--accept-loss`" in hints[0]
    assert project.json("--update")["error"]["message"] == errors[0].removeprefix("error: ")
    assert project.lock == lock
    assert f"    libstdc++ of GCC 14 → GCC 11: {NODES} lost\n" in refused.stderr
    markdown = project.cli.run("lock", "--update", "--format", "markdown", cwd=project.folder)
    assert markdown.returncode == 3
    assert markdown.stdout.startswith("> **Something is lost** that a function relies on: `audio`.\n\n### `public.ecr")
    assert project.lock == lock

    project.cli.done("lock", "--update", "--accept-loss", cwd=project.folder)
    assert project.pin == new
    assert project.zips() == zips
    for program in programs.values():
        judged = project.cli.run("check", str(program), cwd=project.folder)
        assert judged.returncode == 5
        assert f"`bootstrap` needs {NODE} of `/lib64/libstdc++.so.6`" in judged.stderr


def test_an_index_that_drops_a_platform_is_refused_to_a_static_function_too(
    tmp_path: Path, user: Cli, registry: RunningRegistry
) -> None:
    project = written(tmp_path / "project", STATIC, user, registry)
    zips, lock = project.zips(), project.lock
    new = project.push(AL2023, Architecture.ARM64)

    outdated = project.cli.run("lock", "--outdated", cwd=project.folder)
    assert outdated.returncode == 3
    assert "  linux/amd64: lost, and orders relies on it\n  linux/arm64: no change for you\n" in outdated.stdout

    refused = project.cli.run("lock", "--update", "provided.al2023", cwd=project.folder)
    errors, _ = told(refused.stderr)
    assert refused.returncode == 3
    assert errors == [
        f"error: `images.lock` stays as it is: `orders` relies on what `{NAME}` loses: the platform (linux/amd64)"
    ]
    assert project.lock == lock

    moved = project.cli.run("lock", "--update", "--accept-loss", cwd=project.folder)
    assert moved.returncode == 0
    assert "  linux/amd64: lost, and orders relies on it\n" in moved.stderr
    assert project.pin == new
    assert project.zips() == zips, "what is static needs the digest alone"


def test_a_platform_that_was_dropped_fails_the_check_of_who_needs_it(
    project: Project, programs: dict[Architecture, Path]
) -> None:
    project.push(AL2023, Architecture.ARM64)
    project.cli.done("lock", "--update", "--accept-loss", cwd=project.folder)

    judged = {name: project.cli.run("check", str(program), cwd=project.folder) for name, program in programs.items()}

    errors, hints = told(judged[Architecture.AMD64].stderr)
    assert judged[Architecture.AMD64].returncode == 3
    assert errors == [f"error: `images.lock`: `{NAME}` has no linux/amd64, only linux/arm64"]
    assert len(hints) == 1
    assert judged[Architecture.ARM64].returncode == 0


def test_a_dry_run_writes_nothing_and_says_all_of_it_in_each_form(project: Project) -> None:
    lock, old = project.lock, project.pin
    new = project.push(AL2023_2023_6)
    dry = ("lock", "--update", "--dry-run")

    text = project.cli.run(*dry, cwd=project.folder)
    markdown = project.cli.run(*dry, "--format", "markdown", cwd=project.folder)
    document = project.json("--update", "--dry-run")

    assert (text.returncode, text.stdout, markdown.returncode) == (3, "", 3)
    assert f"    libstdc++ of GCC 14 → GCC 11: {NODES} lost\n" in text.stderr
    assert text.stderr.endswith("`images.lock` stays as it is\nthis is refused, unless you add `--accept-loss`\n")
    assert markdown.stdout.startswith("> **Something is lost** that a function relies on: `audio`.\n\n### `public.ecr")
    assert f"`{old[:19]}` (2026-02-27T21:04:11Z) → `{new[:19]}` (2025-02-18T17:40:02Z)\n" in markdown.stdout
    assert (document["written"], document["refused"]) == (False, True)
    (moved,) = document["images"]
    assert (moved["old"]["digest"], moved["new"]["digest"]) == (old, new)
    assert project.lock == lock


def test_an_index_that_moved_alone_is_no_change_for_you(project: Project) -> None:
    images = (*(image_of(AL2023, one) for one in Architecture), Image(architecture="s390x"))
    children = [project.registry.push_image("lambda/provided", image) for image in images]
    project.registry.push_index("lambda/provided", "al2023", children)

    moved = project.cli.run("lock", "--update", cwd=project.folder)

    assert moved.returncode == 0
    assert moved.stderr.endswith(
        ": no change for you\n  linux/amd64: no change for you\n  linux/arm64: no change for you\n"
        "  linux/s390x: new; no function is for it\n`images.lock` covers the spec\n"
    )


def test_two_images_are_compared_in_a_project_and_without_one(project: Project, tmp_path: Path) -> None:
    new = project.push(AL2023_2023_6)
    by_digest = f"public.ecr.aws/lambda/provided@{new}"

    inside = project.cli.done("compare", "provided.al2023", by_digest, "--arch", "arm64", cwd=project.folder)
    outside = project.cli.done("compare", by_digest, NAME, "--format", "markdown", cwd=tmp_path)
    document = json.loads(project.cli.done("compare", "provided.al2023", by_digest, "--json", cwd=project.folder))

    assert inside.startswith(
        f"provided.al2023 {project.pin[:19]} (2026-02-27T21:04:11Z) → {by_digest} {new[:19]} (2025-02-18T17:40:02Z)\n"
        "  linux/arm64: differs\n"
    )
    assert f"    libstdc++ of GCC 14 → GCC 11: {NODES} lost\n" in inside
    assert outside.endswith("**linux/amd64**: the same\n\n**linux/arm64**: the same\n")
    assert [one["state"] for one in document["platforms"]] == ["changed", "changed"]


MODES = {
    ("--check", "--update"): "`--check` and `--update` are different things to ask for",
    ("--update", "--outdated"): "`--update` and `--outdated` are different things to ask for",
    ("provided.al2023",): "NAME goes with `--update` or `--outdated`",
    ("--check", "provided.al2023"): "NAME goes with `--update` or `--outdated`",
    ("--check", "--dry-run"): "`--check` never writes: `--dry-run` says nothing there",
    ("--outdated", "--dry-run"): "`--outdated` never writes: `--dry-run` says nothing there",
    ("--accept-loss",): "`--accept-loss` goes with `--update`",
    ("--outdated", "--accept-loss"): "`--accept-loss` goes with `--update`",
    ("--update", "--json", "--format", "markdown"): "`--json` and `--format markdown` are two forms of one answer",
}


@pytest.mark.parametrize("arguments", MODES, ids=" ".join)
def test_what_does_not_go_together_is_told(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lock", *arguments]) == 2

    assert told(capsys.readouterr().err) == (
        [f"error: {MODES[arguments]}"],
        ["hint: run `lambdabuild lock --help`"],
    )


def test_two_forms_of_a_comparison_are_told_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compare", "a", "b", "--json", "--format", "markdown"]) == 2

    assert "error: `--json` and `--format markdown` are two forms of one answer\n" in capsys.readouterr().err
    assert run(["check", "--json", "--format", "sarif"]) == 2
    assert "error: `--json` and `--format sarif` are two forms of one answer\n" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("environ", "arguments", "speaks_json"),
    [
        ("", ["--format", "json"], True),
        ("", ["--format=json"], True),
        ("1", [], True),
        ("1", ["--format", "markdown"], False),
        ("1", ["--format", "markdown", "--format", "json"], True),
        ("", ["--format", "markdown"], False),
    ],
)
@pytest.mark.parametrize(
    "command",
    [["lock", "--file", "absent"], ["check", "absent"], ["compare", "oci:a", "oci:b"]],
    ids=lambda one: one[0],
)
def test_a_format_is_json_in_failure_too_and_wins_over_the_environment(
    environ: str,
    arguments: list[str],
    speaks_json: bool,
    command: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LAMBDABUILD_JSON", environ)
    arguments = ["sarif" if command[0] == "check" and one == "markdown" else one for one in arguments]

    assert run([*command, *arguments]) == 2

    out, err = capsys.readouterr()
    assert out.startswith('{\n  "error": {') == speaks_json
    assert "two forms" not in err


def test_names_that_may_not_be_updated_are_told(tmp_path: Path, user: Cli, registry: RunningRegistry) -> None:
    fixed = f"{NAME}@{push_release(registry, AL2023, tag='al2023')}"
    spec = STATIC.replace("functions:", f"  fixed: {fixed}\nfunctions:")
    project = written(tmp_path / "project", spec, user, registry)
    lock = project.lock

    unknown = project.cli.run("lock", "--update", "absent", cwd=project.folder)
    pinned = project.cli.run("lock", "--update", "fixed", cwd=project.folder)
    project.push(AL2023_2023_6)
    project.cli.done("lock", "--update", cwd=project.folder)

    assert (unknown.returncode, pinned.returncode) == (2, 2)
    assert told(unknown.stderr) == (
        ["error: `buildspec.yaml` has no image `absent`"],
        ["hint: `images` has `provided.al2023`, `fixed`"],
    )
    assert f"error: `buildspec.yaml` pins `fixed` itself, by the digest in `{fixed}`" in pinned.stderr
    before, after = lock.decode(), project.lock.decode()
    assert before != after
    assert section(before, fixed) == section(after, fixed)


def section(lock: str, reference: str) -> str:
    """What a lock says of one image."""
    return lock.partition(f"  {reference}:\n")[2].partition("    seal: ")[0]

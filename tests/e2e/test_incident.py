"""The incident that this tool is for: a cgo program of a newer g++ than the runtime's, from spec to verdict."""

import json
import os
import re
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lambdabuild.lock import write_lock
from lambdabuild.model.lock import Lock
from lambdabuild.model.plan import Toolchain
from lambdabuild.model.platform import Architecture
from tests.support.audio import NODE, built, write_audio
from tests.support.cli import Cli
from tests.support.golang import repository_lock
from tests.support.project import sha256
from tests.support.registry import RunningRegistry, public_ecr_at, running_registry
from tests.support.standins import AL2023, AL2023_2023_6, Release, own_root, push_release, running_root, runs

NAME = "public.ecr.aws/lambda/provided:al2023"
WAIT = "std::condition_variable::wait(std::unique_lock<std::mutex>&)"

SPEC = """version: 1
go: "1.26.8"
runtime: provided.al2023
architectures: [amd64, arm64]
images:
  provided.al2023: {name}
functions:
  audio:
    package: .
    cgo: image
    executor: docker
"""
WITH_FLOOR = """    floor: [older]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """public.ecr.aws, where the tag means one release; the other is there too, by its digest."""

    running: RunningRegistry
    digests: dict[str, str]

    def cli(self, home: Path) -> Cli:
        """A user who can reach it, with a cache of one's own."""
        home.mkdir(exist_ok=True)
        return Cli(cache=home / "cache", environ=public_ecr_at(self.running.host, home))


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory, toolchain: Toolchain) -> dict[Architecture, Path]:
    """The program for both CPUs, linked by this machine's g++ of GCC 12."""
    folder = write_audio(tmp_path_factory.mktemp("audio"))
    return {architecture: built(folder, architecture, toolchain) for architecture in Architecture}


@pytest.fixture
def then(tmp_path: Path) -> Iterator[Registry]:
    """On the day of the incident: the runtime has the libstdc++ of GCC 11."""
    with running_registry(tmp_path / "registry") as running:
        yield registry_with(running, AL2023_2023_6, AL2023)


@pytest.fixture
def now(tmp_path: Path) -> Iterator[Registry]:
    """After release 2023.7: the runtime has that of GCC 14."""
    with running_registry(tmp_path / "registry") as running:
        yield registry_with(running, AL2023, AL2023_2023_6)


def registry_with(running: RunningRegistry, current: Release, other: Release) -> Registry:
    digests = {
        current.name: push_release(running, current, tag="al2023"),
        other.name: push_release(running, other, tag="another"),
    }
    return Registry(running=running, digests=digests)


def project(folder: Path, programs: dict[Architecture, Path], spec: str = SPEC) -> Path:
    """A project as an earlier build left it: artifacts for both CPUs in dist/, and what build.json says of them."""
    (folder / "dist").mkdir(parents=True)
    (folder / "buildspec.yaml").write_text(spec.format(name=NAME))
    write_lock(folder / "images.lock", Lock(toolchains=repository_lock().toolchains))
    artifacts = [packed(folder, architecture, program) for architecture, program in programs.items()]
    (folder / "dist" / "build.json").write_text(json.dumps({"version": 1, "artifacts": artifacts}))
    return folder


def packed(folder: Path, architecture: Architecture, program: Path) -> dict[str, object]:
    path = f"dist/audio-{architecture}.zip"
    with zipfile.ZipFile(folder / path, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.write(program, "bootstrap")
    return {"function": "audio", "architectures": [architecture], "path": path, "sha256": sha256(folder / path)}


def findings(stdout: str) -> dict[str, list[dict[str, Any]]]:
    """By architecture."""
    return {one["path"][len("dist/audio-") : -len(".zip")]: one["findings"] for one in json.loads(stdout)["artifacts"]}


def started(release: Release, architecture: Architecture, program: Path, folder: Path) -> tuple[int, str]:
    """What a real loader says: exit code and output in a root with the libraries of that release."""
    root = own_root(running_root(release, architecture), folder / f"root-{architecture}")
    (root / "var/task/bootstrap").write_bytes(program.read_bytes())
    (root / "var/task/bootstrap").chmod(0o755)
    done = runs(root, "/var/task/bootstrap", architecture)
    return done.returncode, done.stdout + done.stderr


def test_a_program_of_a_newer_gcc_is_found_before_it_is_deployed(
    programs: dict[Architecture, Path], then: Registry, tmp_path: Path
) -> None:
    here, cli = project(tmp_path / "project", programs), then.cli(tmp_path / "user")
    cli.done("lock", cwd=here)

    answer = cli.run("check", "--json", cwd=here)

    assert answer.returncode == 5, answer.stderr
    image = f"provided.al2023 (`{NAME}@{then.digests[AL2023_2023_6.name][:19]}`)"
    fix = "build it with `CGO_ENABLED=0` (`cgo: off`) if nothing needs C++; else with `cgo: zig`, with `cgo: image` in"
    for architecture in Architecture:
        (found,) = findings(answer.stdout)[architecture]
        assert (found["rule"], found["severity"], found["file"]) == ("LB312", "error", "bootstrap")
        assert found["message"] == (
            f"`bootstrap` needs {NODE} of `/lib64/libstdc++.so.6`, for `{WAIT}`: the libstdc++ of GCC 12, and {image}"
            " has the libstdc++ of GCC 11"
        )
        assert found["fix"].startswith(fix)
        code, words = started(AL2023_2023_6, architecture, programs[architecture], tmp_path)
        assert code == 1
        assert f"/lib64/libstdc++.so.6: version `{NODE}' not found (required by /var/task/bootstrap)" in words


def test_the_same_program_passes_on_the_newer_release(
    programs: dict[Architecture, Path], now: Registry, tmp_path: Path
) -> None:
    here, cli = project(tmp_path / "project", programs), now.cli(tmp_path / "user")
    cli.done("lock", cwd=here)

    answer = cli.run("check", "--json", cwd=here)

    assert (answer.returncode, answer.stderr) == (0, "")
    assert findings(answer.stdout) == {"amd64": [], "arm64": []}
    for architecture in Architecture:
        assert started(AL2023, architecture, programs[architecture], tmp_path) == (0, "waited 1\n")


def test_a_floor_holds_it_to_the_older_release_as_well(
    programs: dict[Architecture, Path], now: Registry, tmp_path: Path
) -> None:
    older = f"{NAME}@{now.digests[AL2023_2023_6.name]}"
    spec = SPEC.replace("functions:", f"  older: {older}\nfunctions:") + WITH_FLOOR
    here, cli = project(tmp_path / "project", programs, spec), now.cli(tmp_path / "user")
    cli.done("lock", cwd=here)

    answer = cli.run("check", "--json", cwd=here)

    assert answer.returncode == 5, answer.stderr
    for architecture in Architecture:
        (found,) = findings(answer.stdout)[architecture]
        assert found["rule"] == "LB312"
        assert found["message"].endswith(f"and older (`{older[: len(NAME) + 20]}`) has the libstdc++ of GCC 11")


def test_the_lock_says_what_the_runtime_has(programs: dict[Architecture, Path], then: Registry, tmp_path: Path) -> None:
    here, cli = project(tmp_path / "project", programs), then.cli(tmp_path / "user")
    cli.done("lock", cwd=here)

    lines = (here / "images.lock").read_text().splitlines()

    start = lines.index(f"  {NAME}:")
    digest = "sha256:[0-9a-f]{64}"
    wanted = (
        r"    created: 2025-02-18T17:40:02Z",
        rf"    pin: {NAME}@{then.digests[AL2023_2023_6.name]}",
        r"    platforms:",
        *(
            line
            for architecture in Architecture
            for line in (
                rf"      linux/{architecture}:",
                rf"        abi: {digest}",
                rf"        digest: {digest}",
                r"        glibc: GLIBC_2\.34",
                r"        libstdc\+\+: GLIBCXX_3\.4\.29",
            )
        ),
        rf"    seal: {digest}",
        r"toolchains:",
    )
    for line, pattern in zip(lines[start + 1 :], wanted, strict=False):
        assert re.fullmatch(pattern, line), line
    assert nowhere(cli, tmp_path).done("lock", "--check", cwd=here) == ""


def test_what_the_lock_says_of_the_libraries_is_sealed(
    programs: dict[Architecture, Path], then: Registry, tmp_path: Path
) -> None:
    here, cli = project(tmp_path / "project", programs), then.cli(tmp_path / "user")
    cli.done("lock", cwd=here)
    lock = here / "images.lock"
    lock.write_text(re.sub("abi: sha256:.{8}", "abi: sha256:00000000", lock.read_text(), count=1))

    for command in (("lock", "--check"), ("check",)):
        answer = cli.run(*command, cwd=here)

        assert (answer.returncode, answer.stdout) == (3, "")
        assert NAME in answer.stderr
        assert "hint: " in answer.stderr


def test_offline_a_runtime_that_was_read_once_is_enough(
    programs: dict[Architecture, Path], then: Registry, tmp_path: Path
) -> None:
    here, cli = project(tmp_path / "project", programs), then.cli(tmp_path / "user")
    cli.done("lock", cwd=here)
    online = cli.run("check", "--json", cwd=here)

    offline = nowhere(cli, tmp_path).run("check", "--json", cwd=here)

    assert (offline.returncode, offline.stdout) == (5, online.stdout)


def test_offline_without_it_an_image_of_the_machine_is_asked_for(
    programs: dict[Architecture, Path], then: Registry, tmp_path: Path
) -> None:
    here, cli = project(tmp_path / "project", programs), then.cli(tmp_path / "user")
    cli.done("lock", cwd=here)

    answer = Cli(cache=tmp_path / "empty", environ=nowhere(cli, tmp_path).environ).run("check", cwd=here)

    assert "--image" in answer.stderr.partition("hint: ")[2]


def test_offline_without_it_the_registry_is_what_fails(
    programs: dict[Architecture, Path], then: Registry, tmp_path: Path
) -> None:
    here, cli = project(tmp_path / "project", programs), then.cli(tmp_path / "user")
    cli.done("lock", cwd=here)

    answer = Cli(cache=tmp_path / "empty", environ=nowhere(cli, tmp_path).environ).run("check", cwd=here)

    assert (answer.returncode, answer.stdout) == (4, "")
    assert f"error: `{NAME}@{then.digests[AL2023_2023_6.name]}`" in answer.stderr
    assert answer.stderr.count("hint: ") == 1


def test_a_static_artifact_makes_no_request(
    programs: dict[Architecture, Path], then: Registry, tmp_path: Path, toolchain: Toolchain
) -> None:
    static = tmp_path / "static"
    static.mkdir()
    (static / "main.go").write_text('package main\n\nfunc main() { println("static") }\n')
    env = {**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local"}
    argv = [str(toolchain.root / "bin" / "go"), "build", "-o", "bootstrap", "main.go"]
    subprocess.run(argv, cwd=static, env=env, check=True)
    spec = SPEC.replace("[amd64, arm64]", "[amd64]").partition("    cgo: image")[0]
    here = project(tmp_path / "project", {Architecture.AMD64: static / "bootstrap"}, spec)
    cli = then.cli(tmp_path / "user")
    cli.done("lock", cwd=here)
    before = requests(then)

    assert cli.run("check", cwd=here).returncode == 0
    assert cli.run("check", "dist/audio-amd64.zip", "--runtime", "provided.al2023", cwd=here).returncode == 0

    assert before > 0
    assert requests(then) == before


def requests(registry: Registry) -> int:
    """How many the registry has answered."""
    return registry.running.log.read_text().count("http.request.method")


def nowhere(cli: Cli, folder: Path) -> Cli:
    """The same user, whose public.ecr.aws refuses every connection."""
    home = folder / "nowhere"
    home.mkdir(exist_ok=True)
    return Cli(cache=cli.cache, environ=public_ecr_at("127.0.0.1:9", home))

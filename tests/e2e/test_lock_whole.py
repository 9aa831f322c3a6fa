"""Whatever happens to `lambdabuild lock`, images.lock is whole: the old one or the new one."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from lambdabuild.lock import read_lock, write_lock
from lambdabuild.model.lock import Lock
from lambdabuild.model.platform import Architecture
from tests.support.bad import told
from tests.support.cli import Cli
from tests.support.disks import fill, forbid_writing, small_disk
from tests.support.faulty import Reply, Script, Seen, faulty_server
from tests.support.golang import repository_lock, write_go
from tests.support.processes import naming
from tests.support.registry import (
    OCI_CONFIG,
    OCI_INDEX,
    OCI_LAYER,
    OCI_MANIFEST,
    Image,
    RunningRegistry,
    descriptor,
    encode,
    public_ecr_at,
    running_registry,
)
from tests.support.standins import AL2023, image_of

SEED = int(os.environ.get("LAMBDABUILD_TEST_SEED") or random.randrange(1 << 32))
ROUNDS = 8
NAME = "public.ecr.aws/lambda/provided:al2023"
SPEC = f"""version: 1
go: "1.26.8"
runtime: provided.al2023
architectures: [amd64]
images: {{provided.al2023: "{NAME}"}}
functions: {{orders: {{package: .}}}}
"""
UPDATE, ADD = ("lock", "--update"), ("lock",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A lock that two releases of a tag take turns in. Images are empty: what is read of them takes no time."""

    folder: Path
    cli: Cli
    registry: RunningRegistry

    @property
    def lock(self) -> Path:
        return self.folder / "images.lock"

    def push(self, year: int) -> None:
        """Let the tag be the image of a year."""
        child = self.registry.push_image("lambda/provided", Image(layers=(), created=f"{year}-01-01T00:00:00Z"))
        self.registry.push_index("lambda/provided", "al2023", [child])

    def names(self) -> set[str]:
        """Everything in the folder."""
        return {path.name for path in self.folder.iterdir()}

    def start(self, *arguments: str, cli: Cli | None = None) -> subprocess.Popen[bytes]:
        """Run it, and do not wait."""
        who = cli or self.cli
        return subprocess.Popen(
            who.argv(*arguments), cwd=self.folder, env=who.env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegistry]:
    with running_registry(tmp_path_factory.mktemp("registry")) as running:
        yield running


@pytest.fixture
def project(tmp_path: Path, registry: RunningRegistry) -> Project:
    """Locked in 2025; then the tag moves to 2026."""
    folder = tmp_path / "project"
    folder.mkdir()
    made = Project(
        folder=folder,
        cli=Cli(cache=tmp_path / "cache", environ=public_ecr_at(registry.host, tmp_path)),
        registry=registry,
    )
    prepare(made)
    return made


def prepare(project: Project) -> None:
    (project.folder / "buildspec.yaml").write_text(SPEC)
    write_lock(project.lock, Lock(toolchains=repository_lock().toolchains))
    project.push(2025)
    project.cli.done("lock", cwd=project.folder)
    project.push(2026)


def spoil(project: Project, arguments: tuple[str, ...]) -> bytes:
    """Give plain `lock` something to write; the lock as it is then."""
    if arguments == ADD:
        write_lock(project.lock, Lock(toolchains=repository_lock().toolchains))
    return project.lock.read_bytes()


@pytest.mark.parametrize("arguments", [ADD, UPDATE], ids=" ".join)
def test_on_a_full_disk_and_on_one_that_may_not_be_written_the_old_lock_stays(
    arguments: tuple[str, ...], project: Project, tmp_path: Path
) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()
    with small_disk(folder, "256k"):
        project = Project(folder=folder, cli=project.cli, registry=project.registry)
        prepare(project)
        before = spoil(project, arguments)
        filler = fill(folder)
        names = project.names()

        full = project.cli.run(*arguments, cwd=folder)
        assert (project.lock.read_bytes(), project.names()) == (before, names)
        filler.unlink()
        forbid_writing(folder)
        forbidden = project.cli.run(*arguments, cwd=folder)
        assert project.lock.read_bytes() == before

    for answer, why in ((full, "No space left on device"), (forbidden, "Read-only file system")):
        assert answer.returncode == 4
        assert told(answer.stderr) == (
            [f"error: `images.lock` cannot be written: {why}"],
            ["hint: check the free space and the permissions of its folder"],
        )


def cut(pattern: str) -> Script:
    """A registry that has everything, and breaks off in the middle of what `pattern` is in the path of."""
    image = image_of(AL2023, Architecture.AMD64)
    config = descriptor(encode(image.config), OCI_CONFIG)
    layers = [descriptor(content, OCI_LAYER) for content, _ in image.layers]
    manifest = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config, "layers": layers}
    child = {**descriptor(encode(manifest), OCI_MANIFEST), "platform": image.platform}
    index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [child]}
    stored = [encode(image.config), encode(manifest), *(content for content, _ in image.layers)]
    by_digest = {str(descriptor(content, "")["digest"]): content for content in stored}

    def script(seen: Seen) -> Reply:
        body = by_digest.get(seen.path.rpartition("/")[2], encode(index))
        broken = pattern in seen.path and body != encode(image.config)
        return Reply(body=body[: len(body) // 2] if broken else body, announced=len(body) if broken else None)

    return script


@pytest.mark.parametrize(
    ("arguments", "where"), [(ADD, "/manifests/"), (UPDATE, "/manifests/"), (UPDATE, "/blobs/")], ids=str
)
def test_when_the_connection_breaks_the_old_lock_stays(
    arguments: tuple[str, ...], where: str, project: Project, tmp_path: Path
) -> None:
    before, names = spoil(project, arguments), project.names()
    with faulty_server(cut(where)) as server:
        cli = Cli(cache=project.cli.cache, environ=public_ecr_at(server.host, tmp_path))
        answer = cli.run(*arguments, cwd=project.folder)

    errors, hints = told(answer.stderr)
    assert answer.returncode == 4, answer.stderr
    assert len(errors) == len(hints) == 1
    assert server.host in errors[0]
    assert (project.lock.read_bytes(), project.names()) == (before, names)


@pytest.mark.parametrize("caches", ["one cache", "a cache each"])
def test_two_at_once_write_one_lock(caches: str, project: Project, tmp_path: Path) -> None:
    other = project.cli if caches == "one cache" else Cli(cache=tmp_path / "other", environ=project.cli.environ)
    both = [project.start(*UPDATE, cli=cli) for cli in (project.cli, other)]

    answers = [(process.communicate(timeout=120)[1], process.returncode) for process in both]

    assert [code for _, code in answers] == [0, 0], answers
    assert read_lock(project.lock).images[NAME].created == "2026-01-01T00:00:00Z"
    assert project.names() == {"buildspec.yaml", "images.lock"}
    written = project.lock.read_bytes()
    project.cli.done("lock", cwd=project.folder)
    assert project.lock.read_bytes() == written


def test_a_kill_at_any_moment_leaves_the_old_lock_or_the_new_one(project: Project) -> None:
    print(f"LAMBDABUILD_TEST_SEED={SEED}")
    chance = random.Random(SEED)
    locks = {2025: project.lock.read_bytes()}
    began = time.monotonic()
    project.cli.done(*UPDATE, cwd=project.folder)
    seconds = time.monotonic() - began
    locks[2026] = project.lock.read_bytes()
    assert locks[2025] != locks[2026]

    for number in range(ROUNDS):
        year = 2025 + number % 2
        project.push(year)
        process = project.start(*UPDATE)
        if number % 4 < 2:
            until_written_next(project, process)
        else:
            time.sleep(chance.uniform(0, seconds))
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)

        assert project.lock.read_bytes() in locks.values()
    project.push(2026)
    project.cli.done(*UPDATE, cwd=project.folder)
    assert (project.lock.read_bytes(), project.names()) == (locks[2026], {"buildspec.yaml", "images.lock"})


def until_written_next(project: Project, process: subprocess.Popen[bytes]) -> None:
    """Wait for what is not yet the lock."""
    while process.poll() is None and not list(project.folder.glob(".lambdabuild-*")):
        time.sleep(0.0002)


def test_ctrl_c_ends_what_is_fetched_for_several_hosts_at_once(project: Project, tmp_path: Path) -> None:
    """By a go that says that it was asked, and never comes back; as many at once as there are CPUs."""
    (project.folder / "buildspec.yaml").write_text(f"{SPEC}hosts: [linux/amd64, linux/arm64]\n")
    write_lock(project.lock, replace(read_lock(project.lock), toolchains={}))
    before = project.lock.read_bytes()
    go, asked = tmp_path / "bin" / "go", tmp_path / "asked"
    asked.mkdir()
    settings = {"GOMODCACHE": "", "GOPROXY": "https://go.example", "GOSUMDB": "sum.example"}
    write_go(go, settings, f'touch "{asked}/${{4##*.}}"; sleep 60')
    environ = {**project.cli.environ, "PATH": f"{go.parent}:/usr/bin:/bin"}
    lock = project.start("lock", cli=replace(project.cli, environ=environ))
    while len(list(asked.iterdir())) < min(2, len(os.sched_getaffinity(0))):
        assert lock.poll() is None, lock.communicate()
        time.sleep(0.02)

    lock.send_signal(signal.SIGINT)
    _, stderr = lock.communicate(timeout=10)

    assert (lock.returncode, stderr.decode().strip()) == (130, "error: interrupted")
    assert naming(str(go.parent)) == []
    assert project.lock.read_bytes() == before
    assert list((project.cli.cache / "scratch").iterdir()) == []

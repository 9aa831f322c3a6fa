"""`lambdabuild lock`, whole: a real registry behind a mirror, a real go client, a lock on disk."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from lambdabuild.errors import BrokenSealError, LockError, MissingLockError, StaleLockError
from lambdabuild.io.store import Store
from lambdabuild.lock import read_lock
from lambdabuild.model.events import Event, Finished
from lambdabuild.model.plan import Toolchain
from lambdabuild.model.report import ToolchainMove
from lambdabuild.pipeline.locking import check_lock, lock
from lambdabuild.pipeline.request import Request
from tests.support.goproxy import ModuleProxy
from tests.support.registry import Image, RunningRegistry, running_registry
from tests.support.registry_client import Machine

IMAGE = "public.ecr.aws/lambda/provided:al2023"
GO, NEXT = "1.99.1", "1.99.2"
HOSTS = ("linux/amd64", "darwin/arm64")

SPEC = f"""\
version: 1
go: "{GO}"
runtime: new
architectures: [arm64, amd64]
hosts: [{", ".join(HOSTS)}]
images: {{new: "{IMAGE}"}}
functions: {{orders: {{package: ./cmd/orders}}}}
"""


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegistry]:
    with running_registry(tmp_path_factory.mktemp("mirror")) as running:
        yield running


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project of a user, and what its lock is made from. `repository` is this test's own on the registry."""

    folder: Path
    registry: RunningRegistry
    repository: str
    request: Request
    events: list[Event]

    @property
    def lock(self) -> Path:
        return self.request.lock_file

    def push(self, created: str, *architectures: str, tag: str = "al2023") -> str:
        """An index of linux children, a windows one, and an attestation; its digest."""
        children = [
            *(Image(architecture=name, created=created) for name in architectures),
            Image(os="windows", created=created),
        ]
        pushed = [self.registry.push_image(self.repository, image) for image in children]
        attestation = {
            **self.registry.push_image(self.repository, Image(os="unknown", architecture="unknown")),
            "annotations": {"vnd.docker.reference.type": "attestation-manifest"},
        }
        return self.registry.push_index(self.repository, tag, [*pushed, attestation])

    def child(self, created: str, architecture: str) -> str:
        image = Image(architecture=architecture, created=created)
        return str(self.registry.push_image(self.repository, image)["digest"])


@pytest.fixture
def project(tmp_path: Path, mirror: RunningRegistry, toolchain: Toolchain) -> Project:
    machine, proxy = Machine(tmp_path), ModuleProxy(folder=tmp_path / "proxy")
    for version in (GO, NEXT):
        for host in HOSTS:
            proxy.publish_toolchain(version, host, {"VERSION": f"go{version} for {host}\n"})
    machine.registries(
        '[[registry]]\nlocation = "public.ecr.aws/lambda"\n'
        f'[[registry.mirror]]\nlocation = "{mirror.host}/{tmp_path.name.lower()}"\ninsecure = true\n'
    )
    (tmp_path / "buildspec.yaml").write_text(SPEC)
    events: list[Event] = []
    return Project(
        folder=tmp_path,
        registry=mirror,
        repository=f"{tmp_path.name.lower()}/provided",
        events=events,
        request=Request(
            spec_file=tmp_path / "buildspec.yaml",
            lock_file=tmp_path / "images.lock",
            store=Store(root=tmp_path / "cache"),
            environ={**machine.environ, **proxy.environ, "PATH": str(toolchain.root / "bin")},
            emit=events.append,
        ),
    )


JANUARY, JUNE = "2026-01-02T03:04:05.678Z", "2026-06-07T08:09:10Z"


def test_every_linux_child_is_locked_whatever_is_built(project: Project) -> None:
    digest = project.push(JANUARY, "amd64", "arm64", "riscv64")

    changes = lock(project.request).changes

    image = read_lock(project.lock).images[IMAGE]
    assert (image.pin, image.created) == (f"{IMAGE}@{digest}", "2026-01-02T03:04:05Z")
    assert {name: found.digest for name, found in image.platforms.items()} == {
        f"linux/{name}": project.child(JANUARY, name) for name in ("amd64", "arm64", "riscv64")
    }
    assert [(one.verb, one.subject) for one in changes] == [
        ("added", f"{IMAGE} {digest}"),
        *(("added", f"go@{GO} {host}") for host in HOSTS),
    ]


def test_a_lock_that_was_written_is_fresh_and_written_once(project: Project) -> None:
    project.push(JANUARY, "amd64", "arm64")
    lock(project.request)
    check_lock(project.request)
    os.utime(project.lock, (1, 1))

    assert lock(project.request).changes == ()
    assert project.lock.stat().st_mtime == 1


def test_two_machines_write_the_same_lock(project: Project) -> None:
    project.push(JANUARY, "amd64", "arm64")
    elsewhere = replace(
        project.request, lock_file=project.folder / "other.lock", store=Store(root=project.folder / "other cache")
    )

    lock(project.request)
    lock(elsewhere)

    assert elsewhere.lock_file.read_bytes() == project.lock.read_bytes()


def test_a_tag_that_moved_moves_no_pin(project: Project) -> None:
    project.push(JANUARY, "amd64", "arm64")
    lock(project.request)
    before = project.lock.read_bytes()
    project.push(JUNE, "amd64", "arm64")

    assert lock(project.request).changes == ()
    assert project.lock.read_bytes() == before


def test_a_pin_that_a_bot_moved_stops_the_build_until_it_is_sealed_again(project: Project) -> None:
    old = project.push(JANUARY, "amd64", "arm64")
    lock(project.request)
    new = project.push(JUNE, "amd64", "arm64")
    project.lock.write_text(project.lock.read_text().replace(old, new))

    with pytest.raises(BrokenSealError) as caught:
        check_lock(project.request)
    changes = lock(project.request).changes

    assert caught.value.message.startswith(f"`{project.lock}`: the seal of `{IMAGE}` does not match its pin")
    assert [(one.verb, one.subject) for one in changes] == [("completed", f"{IMAGE} {new}")]
    image = read_lock(project.lock).images[IMAGE]
    assert (image.digest, image.created) == (new, JUNE)
    assert image.platforms["linux/arm64"].digest == project.child(JUNE, "arm64")
    check_lock(project.request)


def test_what_the_spec_gained_makes_the_lock_stale(project: Project) -> None:
    project.push(JANUARY, "amd64", "arm64")
    project.push(JUNE, "amd64", "arm64", tag="al2")
    lock(project.request)
    project.request.spec_file.write_text(SPEC.replace("al2023", "al2"))

    with pytest.raises(StaleLockError) as caught:
        check_lock(project.request)
    lock(project.request)

    assert caught.value.message == f"`{project.lock}` does not pin `public.ecr.aws/lambda/provided:al2`"
    assert list(read_lock(project.lock).images) == ["public.ecr.aws/lambda/provided:al2"]


def test_a_toolchain_that_the_spec_moved_is_told_as_that(project: Project) -> None:
    project.push(JANUARY, "amd64", "arm64")
    lock(project.request)
    project.request.spec_file.write_text(SPEC.replace(GO, NEXT))

    report = lock(project.request)

    assert report.toolchains == (ToolchainMove(tool="go", old=GO, new=NEXT),)
    assert (report.changes, report.images) == ((), ())
    assert list(read_lock(project.lock).toolchains) == [f"go@{NEXT}"]


def test_a_damaged_lock_is_never_written_over(project: Project) -> None:
    project.push(JANUARY, "amd64", "arm64")
    project.lock.write_text("version: 1\nimages: {\n")

    with pytest.raises(LockError):
        lock(project.request)

    assert project.lock.read_text() == "version: 1\nimages: {\n"


def test_without_a_lock_there_is_nothing_to_check(project: Project) -> None:
    with pytest.raises(MissingLockError):
        check_lock(project.request)


def test_what_is_resolved_is_told(project: Project) -> None:
    project.push(JANUARY, "amd64", "arm64")

    lock(project.request)

    image, *toolchains = [(one.work, one.subject, one.ok) for one in project.events if isinstance(one, Finished)]
    assert image == ("resolve", IMAGE, True)
    assert sorted(toolchains) == sorted(("toolchain", f"Go {GO} for {host}", True) for host in HOSTS)


def test_only_the_toolchain_of_this_machine_is_kept(project: Project) -> None:
    project.push(JANUARY, "amd64", "arm64")

    lock(project.request)

    kept = project.request.store.root.rglob("VERSION")
    assert {path.read_text() for path in kept} <= {f"go{GO} for linux/amd64\n"}

"""`lock --update`, `--outdated` and `compare`, in one process: a real registry, and images with the libraries of
Lambda's.
"""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import requests

from lambdabuild.diff import UpdateRefusedError
from lambdabuild.errors import (
    AbsentPlatformError,
    BrokenSealError,
    EnvironmentFailure,
    MissingLockError,
    StaleLockError,
    UsageError,
)
from lambdabuild.image import MissingPlatformError
from lambdabuild.io.store import Store
from lambdabuild.lock import read_lock, write_lock
from lambdabuild.lock.seal import seal
from lambdabuild.model.comparison import ImageMove, Moved, PlatformMove
from lambdabuild.model.events import Event, Finished, Warned
from lambdabuild.model.lock import Lock
from lambdabuild.model.platform import Architecture
from lambdabuild.pipeline.comparing import compare
from lambdabuild.pipeline.copying import copy_to_folder
from lambdabuild.pipeline.locking import check_lock, lock
from lambdabuild.pipeline.request import Request
from lambdabuild.pipeline.updating import Update, outdated, update_lock
from tests.support.faulty import Reply, Seen, faulty_server, in_turn
from tests.support.gates import require
from tests.support.golang import repository_lock
from tests.support.registry import Image, RunningRegistry, public_ecr_at, running_registry
from tests.support.rpms import BERKELEY, SQLITE, berkeley, headers, install, packages
from tests.support.standins import AL2023, AL2023_2023_6, Release, image_of
from tests.unit.image.support import OCI_TAR, file, tar

NAME = "public.ecr.aws/lambda/provided:al2023"
AMD64, ARM64 = "linux/amd64", "linux/arm64"
SPEC = """\
version: 1
go: "1.26.8"
runtime: provided.al2023
architectures: [amd64, arm64]
images: {provided.al2023: "public.ecr.aws/lambda/provided:al2023"}
functions:
  orders: {package: ./cmd/orders}
"""
CGO = f"{SPEC}  audio: {{package: ./audio, cgo: image, executor: docker, architectures: [amd64]}}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project, and the registry where its tag moves."""

    registry: RunningRegistry
    request: Request
    events: list[Event]

    @property
    def file(self) -> Path:
        return self.request.lock_file

    def push(self, *images: Image, tag: str = "al2023") -> str:
        """Let the tag name these; the digest of the index."""
        children = [self.registry.push_image("lambda/provided", image) for image in images]
        return self.registry.push_index("lambda/provided", tag, children)

    def locked(self, spec: str, *images: Image) -> str:
        """Write the spec, let the tag name these, lock; the digest of the index."""
        self.request.spec_file.write_text(spec)
        digest = self.push(*images)
        lock(self.request)
        self.events.clear()
        return digest

    def forget(self, *, but: str = "nothing") -> None:
        """Lose the manifests of the registry, as public ones do in time, all but one."""
        folder = self.registry.log.parent / "data/docker/registry/v2/repositories/lambda/provided/_manifests/revisions"
        for link in folder.glob("sha256/*/link"):
            if link.read_text() != but:
                link.unlink()

    def read(self) -> list[str]:
        """The platforms whose libraries were read."""
        return [one.subject for one in self.events if isinstance(one, Finished) and one.work == "inventory"]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    write_lock(tmp_path / "images.lock", Lock(toolchains=repository_lock().toolchains))
    events: list[Event] = []
    with running_registry(tmp_path / "registry") as registry:
        request = Request(
            spec_file=tmp_path / "buildspec.yaml",
            lock_file=tmp_path / "images.lock",
            store=Store(root=tmp_path / "cache"),
            environ=public_ecr_at(registry.host, tmp_path),
            emit=events.append,
        )
        yield Project(registry=registry, request=request, events=events)


def both(release: Release) -> tuple[Image, Image]:
    """The release for both CPUs."""
    return image_of(release, Architecture.AMD64), image_of(release, Architecture.ARM64)


def by_platform(move: ImageMove) -> dict[str, PlatformMove]:
    return {one.platform: one for one in move.platforms}


def test_a_gain_moves_the_pin_and_is_told(project: Project) -> None:
    old = project.locked(CGO, *both(AL2023_2023_6))
    new = project.push(*both(AL2023))

    report = update_lock(project.request, Update())

    (move,) = report.images
    amd64 = by_platform(move)[AMD64]
    assert (report.written, report.refused, report.changes, report.losses) == (True, False, (), ())
    assert (move.old.digest, move.old.created) == (old, "2025-02-18T17:40:02Z")
    assert (move.new.digest, move.new.created) == (new, "2026-02-27T21:04:11Z")
    assert (amd64.functions, amd64.judged) == (("orders", "audio"), ("audio",))
    assert by_platform(move)[ARM64].judged == ()
    for one in move.platforms:
        assert one.difference is not None
        gained = {library.name: library.gained for library in one.difference.changed}
        assert {"GLIBCXX_3.4.30", "GLIBCXX_3.4.33", "CXXABI_1.3.15"} <= gained["libstdc++.so.6"]
    image = read_lock(project.file).images[NAME]
    assert (image.digest, image.platforms[AMD64].libstdcxx) == (new, "GLIBCXX_3.4.33")
    check_lock(project.request)


def test_what_did_not_move_is_neither_read_nor_written(project: Project) -> None:
    project.locked(CGO, *both(AL2023))
    before = project.file.read_bytes(), project.file.stat().st_mtime_ns

    report = update_lock(project.request, Update())

    assert (report.images, report.changes, project.read()) == ((), (), [])
    assert (project.file.read_bytes(), project.file.stat().st_mtime_ns) == before


def test_a_loss_is_refused_shown_by_a_dry_run_and_accepted(project: Project) -> None:
    project.locked(CGO, *both(AL2023))
    project.push(*both(AL2023_2023_6))
    before = project.file.read_bytes(), project.file.stat().st_mtime_ns

    with pytest.raises(UpdateRefusedError) as caught:
        update_lock(project.request, Update())
    dry = update_lock(project.request, Update(dry=True))
    accepted = update_lock(project.request, Update(dry=True, accept_loss=True))
    assert (project.file.read_bytes(), project.file.stat().st_mtime_ns) == before

    assert "`libstdc++.so.6` (linux/amd64)" in caught.value.message
    assert "linux/arm64" not in caught.value.message, "audio is not built for it"
    assert (dry.written, dry.refused, bool(dry.losses)) == (False, True, True)
    assert (accepted.written, accepted.refused, accepted.losses) == (False, False, dry.losses)
    done = update_lock(project.request, Update(accept_loss=True))
    assert (done.written, done.images, done.losses) == (True, dry.images, dry.losses)
    check_lock(project.request)


def test_a_static_project_loses_nothing_by_older_libraries(project: Project) -> None:
    project.locked(SPEC, *both(AL2023))
    new = project.push(*both(AL2023_2023_6))

    report = update_lock(project.request, Update())

    assert (report.losses, read_lock(project.file).images[NAME].digest) == ((), new)


def test_a_floor_that_is_a_tag_is_relied_on_too(project: Project) -> None:
    floor = CGO.replace("images: {", 'images: {older: "public.ecr.aws/lambda/provided:older", ')
    floor = floor.replace("architectures: [amd64]}\n", "architectures: [amd64], floor: [older]}\n")
    project.push(*both(AL2023), tag="older")
    project.locked(floor, *both(AL2023))
    project.push(image_of(AL2023, Architecture.ARM64), tag="older")

    with pytest.raises(UpdateRefusedError) as caught:
        update_lock(project.request, Update(names=["older"]))

    assert caught.value.message == (
        f"`{project.file}` stays as it is: `audio` relies on what `public.ecr.aws/lambda/provided:older` loses: the"
        " platform (linux/amd64)"
    )


def test_a_platform_that_is_lost_is_refused_to_a_static_project_too(project: Project) -> None:
    project.locked(SPEC, *both(AL2023), Image(architecture="s390x"))
    project.push(image_of(AL2023, Architecture.ARM64), Image(architecture="riscv64"))

    with pytest.raises(UpdateRefusedError) as caught:
        update_lock(project.request, Update())
    report = update_lock(project.request, Update(accept_loss=True))

    assert caught.value.message.endswith(f"`orders` relies on what `{NAME}` loses: the platform (linux/amd64)")
    states = {
        one.platform: (one.old is not None, one.new is not None, one.functions) for one in report.images[0].platforms
    }
    assert states == {
        "linux/amd64": (True, False, ("orders",)),
        "linux/arm64": (True, True, ("orders",)),
        "linux/riscv64": (False, True, ()),
        "linux/s390x": (True, False, ()),
    }


def test_a_platform_that_an_image_never_had_is_told_and_not_asked_to_be_locked(project: Project) -> None:
    project.locked(CGO, *both(AL2023))
    project.push(image_of(AL2023, Architecture.ARM64))

    accepted = update_lock(project.request, Update(accept_loss=True))
    again = lock(project.request)
    with pytest.raises(AbsentPlatformError) as caught:
        check_lock(project.request)

    message = f"`{project.file}`: `{NAME}` has no linux/amd64, only linux/arm64"
    hint = "name an image that was made for this architecture, or leave the architecture out"
    assert (caught.value.message, caught.value.hint) == (message, hint)
    assert (accepted.lacking, again.lacking) == (True, True)
    assert [one for one in project.events if isinstance(one, Warned)] == [Warned(message=message, hint=hint)] * 2


def test_where_only_the_index_moved_nothing_is_read(project: Project) -> None:
    project.locked(SPEC, *both(AL2023))
    new = project.push(*both(AL2023), Image(architecture="s390x"))

    (move,) = update_lock(project.request, Update()).images

    assert all(one.old == one.new for one in move.platforms if one.functions)
    assert (move.new.digest, project.read()) == (new, [])


def test_config_and_layers_are_compared(project: Project) -> None:
    old = image_of(AL2023, Architecture.AMD64)
    spec = SPEC.replace("[amd64, arm64]", "[amd64]")
    project.locked(spec, old)
    env = (*old.env, "NEW=1")
    project.push(replace(old, env=env, entrypoint=("/init", "a b"), layers=old.layers[:1], diff_ids=old.diff_ids[:1]))

    (move,) = update_lock(project.request, Update()).images

    (one,) = move.platforms
    assert one.difference is not None
    assert one.difference.environment == (Moved(name="NEW", old=None, new="1"),)
    assert one.difference.setup == (Moved(name="entrypoint", old="/lambda-entrypoint.sh", new="/init 'a b'"),)
    assert one.difference.layers is not None
    assert [[blob.size for blob in blobs] for blobs in one.difference.layers] == [
        [len(content) for content, _ in old.layers],
        [len(old.layers[0][0])],
    ]


def test_packages_are_compared_by_the_databases_of_amazon_linux_2_and_2023(project: Project, tmp_path: Path) -> None:
    """Of rpm's own making, the older one in Berkeley DB."""
    rpms = {name: rpms_of(name) for name in ("kernel-6.1.1", "kernel-6.1.2", "epoch-1.1", "plain-1.0~rc1", "lib-3.0")}
    for folder, names in {"old": ["kernel-6.1.1", "epoch-1.1"], "new": ["kernel-6.1.2", "lib-3.0"]}.items():
        install(tmp_path / folder, [path for name in (*names, "plain-1.0~rc1") for path in rpms[name]])
    old = berkeley(tmp_path / "made" / BERKELEY, headers(tmp_path / "old"))
    new = (tmp_path / "new" / SQLITE).read_bytes()
    project.locked(SPEC.replace("[amd64, arm64]", "[amd64]"), holding(f"var/lib/rpm/{BERKELEY}", old))
    project.push(holding(f"var/lib/rpm/{SQLITE}", new))

    (move,) = update_lock(project.request, Update()).images

    (one,) = move.platforms
    assert one.difference is not None
    assert one.difference.problem is None
    assert one.difference.packages == (
        Moved(name="epoch", old="2:1.1-2.noarch", new=None),
        Moved(name="kernel", old="6.1.1-1.noarch", new="6.1.2-1.noarch"),
        Moved(name="lib", old=None, new="3.0-1.i686, 3.0-1.x86_64"),
    )


def rpms_of(name: str) -> list[Path]:
    return sorted(packages().glob(f"{name}.*.rpm"))


def holding(path: str, content: bytes) -> Image:
    """An image that has one file."""
    return Image(layers=((tar(file(path, content)), OCI_TAR),))


@pytest.mark.parametrize("contents", [True, False], ids=["all of it", "its inventory alone"])
def test_an_old_image_that_vanished_is_known_by_what_was_read(contents: bool, project: Project) -> None:
    project.locked(CGO, *both(AL2023_2023_6))
    if not contents:  # as an older lambdabuild left it
        shutil.rmtree(project.request.store.root / "contents")
    new = project.push(*both(AL2023))
    project.forget(but=new)
    project.push(*both(AL2023))

    (move,) = update_lock(project.request, Update()).images

    found = by_platform(move)
    known = found[AMD64].difference
    assert known is not None
    assert known.changed
    assert (known.setup is not None, known.layers is not None) == (contents, contents)
    assert found[ARM64].difference is None
    assert "has no such image" in str(found[ARM64].unknown)


def test_an_old_image_that_vanished_and_was_never_read_is_no_less_than_a_loss(project: Project) -> None:
    project.locked(CGO, *both(AL2023_2023_6))
    new = project.push(*both(AL2023))
    project.forget(but=new)
    project.push(*both(AL2023))
    elsewhere = replace(project.request, store=Store(root=project.file.parent / "other cache"))

    with pytest.raises(UpdateRefusedError) as caught:
        update_lock(elsewhere, Update())
    accepted = update_lock(elsewhere, Update(accept_loss=True))

    assert "`audio` relies on what" in caught.value.message
    assert "loses: what cannot be told: " in caught.value.message
    assert "has no such image" in caught.value.message
    assert accepted.written


def test_an_old_image_that_this_user_may_not_read_is_not_taken_for_gone(project: Project) -> None:
    old = project.locked(CGO, *both(AL2023_2023_6))
    child = read_lock(project.file).images[NAME].platforms[AMD64].digest
    project.push(*both(AL2023))

    def script(seen: Seen) -> Reply:
        if child in seen.path:
            return Reply(status=403)
        headers = {"Accept": seen.headers.get("accept", "*/*")}
        answer = requests.get(f"http://{project.registry.host}{seen.path}", headers=headers, timeout=5)
        return Reply(status=answer.status_code, body=answer.content)

    with faulty_server(script) as server:
        store = Store(root=project.file.parent / "other cache")
        elsewhere = replace(project.request, store=store, environ=public_ecr_at(server.host, project.file.parent))
        with pytest.raises(EnvironmentFailure, match="wants a login"):
            update_lock(elsewhere, Update(accept_loss=True))

    assert read_lock(project.file).images[NAME].digest == old


def test_an_old_image_that_vanished_is_read_of_the_copies_of_the_project(project: Project) -> None:
    project.locked(f"{CGO}vendor: copies\n", *both(AL2023))
    copy_to_folder(project.request, project.file.parent / "copies")
    new = project.push(*both(AL2023_2023_6))
    project.forget(but=new)
    project.push(*both(AL2023_2023_6))
    elsewhere = replace(project.request, store=Store(root=project.file.parent / "other cache"))

    (move,) = update_lock(elsewhere, Update(dry=True)).images

    assert [(one.difference is not None, one.unknown) for one in move.platforms] == [(True, None), (True, None)]
    shutil.rmtree(project.file.parent / "copies")
    third = replace(project.request, store=Store(root=project.file.parent / "third cache"))
    (move,) = update_lock(third, Update(dry=True)).images
    assert all("has no such image" in str(one.unknown) for one in move.platforms)


def test_a_lock_without_platforms_asks_for_those_of_its_pin(project: Project) -> None:
    old = project.locked(SPEC, *both(AL2023))
    image = read_lock(project.file).images[NAME]
    sparse = Lock(images={NAME: replace(image, platforms={}, created=None)}, toolchains=repository_lock().toolchains)
    write_lock(project.file, sparse)
    new = project.push(image_of(AL2023_2023_6, Architecture.ARM64))

    with pytest.raises(UpdateRefusedError) as caught:
        update_lock(project.request, Update())
    dry = update_lock(project.request, Update(dry=True))
    assert caught.value.message.endswith("loses: the platform (linux/amd64)")
    assert (dry.images[0].old.created, dry.images[0].unknown) == ("2026-02-27T21:04:11Z", None)

    project.forget(but=new)
    project.push(image_of(AL2023_2023_6, Architecture.ARM64))
    (move,) = update_lock(project.request, Update(dry=True)).images
    assert (move.old.digest, move.old.created) == (old, None)
    assert "has no such image" in str(move.unknown)
    assert {one.platform: (one.old, one.new is None) for one in move.platforms} == {
        AMD64: (None, True),
        ARM64: (None, False),
    }
    assert update_lock(project.request, Update(dry=True)).refused


@pytest.mark.parametrize("further", [False, True], ids=["to where the tag is", "and the tag moved on"])
def test_an_update_after_a_pin_was_moved_alone_is_held_to_what_was_sealed(further: bool, project: Project) -> None:
    old = project.locked(CGO, *both(AL2023))
    new = project.push(*both(AL2023_2023_6))
    project.file.write_text(project.file.read_text().replace(f"@{old}", f"@{new}"))
    if further:
        new = project.push(*both(AL2023_2023_6), Image(architecture="s390x"))

    with pytest.raises(UpdateRefusedError) as caught:
        update_lock(project.request, Update())
    (move,) = update_lock(project.request, Update(accept_loss=True)).images

    assert "`libstdc++.so.6` (linux/amd64)" in caught.value.message
    assert (move.old.digest, move.old.created) == (None, "2026-02-27T21:04:11Z")
    assert (move.new.digest, read_lock(project.file).images[NAME].digest) == (new, new)
    check_lock(project.request)


def test_outdated_tells_writes_nothing_and_reads_no_layer(project: Project) -> None:
    old = project.locked(CGO, *both(AL2023))
    before = project.file.read_bytes()
    assert outdated(project.request, []).images == ()
    new = project.push(*both(AL2023_2023_6))

    (move,) = outdated(project.request, ["provided.al2023"]).images

    assert (move.old.digest, move.new.digest, move.unknown) == (old, new, None)
    assert [(one.platform, one.old != one.new, one.difference) for one in move.platforms] == [
        (AMD64, True, None),
        (ARM64, True, None),
    ]
    assert (project.file.read_bytes(), project.read()) == (before, [])


def test_outdated_needs_a_lock_that_is_whole(project: Project) -> None:
    digest = project.locked(SPEC, *both(AL2023))
    whole = project.file.read_text()

    project.file.write_text(whole.replace(digest, f"sha256:{'0' * 64}"))
    with pytest.raises(BrokenSealError):
        outdated(project.request, [])
    write_lock(project.file, Lock(toolchains=repository_lock().toolchains))
    with pytest.raises(StaleLockError, match=NAME):
        outdated(project.request, [])
    project.file.unlink()
    with pytest.raises(MissingLockError):
        outdated(project.request, [])


def test_outdated_of_a_lock_without_platforms_says_that_it_knows_none(project: Project) -> None:
    project.locked(SPEC, *both(AL2023))
    image = read_lock(project.file).images[NAME]
    sparse = replace(image, platforms={})
    write_lock(project.file, Lock(images={NAME: replace(sparse, seal=seal(NAME, sparse))}))
    project.push(*both(AL2023_2023_6))

    (move,) = outdated(project.request, []).images

    assert move.unknown == "the lock does not say"


def test_a_registry_that_fails_now_moves_nothing(project: Project) -> None:
    project.locked(CGO, *both(AL2023))
    before = project.file.read_bytes()
    with faulty_server(in_turn(Reply(status=429, headers={"Retry-After": "0"}))) as server:
        request = replace(project.request, environ=public_ecr_at(server.host, project.file.parent))
        with pytest.raises(EnvironmentFailure, match="limits how often it is asked"):
            update_lock(request, Update(accept_loss=True))
        with pytest.raises(EnvironmentFailure, match="limits how often it is asked"):
            outdated(request, [])

    assert project.file.read_bytes() == before


def test_lock_can_be_tried_too(project: Project) -> None:
    project.request.spec_file.write_text(SPEC)
    digest = project.push(*both(AL2023))
    before = project.file.read_bytes()

    report = lock(project.request, dry=True)

    assert (report.written, [one.subject for one in report.changes]) == (False, [f"{NAME} {digest}"])
    assert project.file.read_bytes() == before


def test_two_images_of_a_project_and_of_a_registry_are_compared(project: Project) -> None:
    old = project.locked(SPEC, *both(AL2023_2023_6))
    new = project.push(*both(AL2023), Image(architecture="s390x"), tag="next")

    move = compare(project.request, ("provided.al2023", "public.ecr.aws/lambda/provided:next"), ())
    back = compare(project.request, (f"public.ecr.aws/lambda/provided@{new}", NAME), (Architecture.ARM64,))

    assert (move.old.digest, move.new.digest) == (old, new)
    assert [(one.platform, one.old is None, one.new is None, one.difference is None) for one in move.platforms] == [
        (AMD64, False, False, False),
        (ARM64, False, False, False),
        ("linux/s390x", True, False, True),
    ]
    assert (back.old.digest, back.new.digest, [one.platform for one in back.platforms]) == (new, old, [ARM64])
    forth = by_platform(move)[ARM64].difference
    again = back.platforms[0].difference
    assert forth is not None
    assert again is not None
    assert [one.gained for one in forth.changed] == [one.lost for one in again.changed]


def test_a_reference_is_what_its_registry_has_now_and_a_name_what_is_locked(project: Project) -> None:
    old = project.locked(SPEC, *both(AL2023_2023_6))
    new = project.push(*both(AL2023))

    move = compare(project.request, ("provided.al2023", NAME), (Architecture.ARM64,))

    assert (move.old.digest, move.new.digest) == (old, new)


def test_what_is_not_locked_is_compared_in_a_project_that_has_copies(project: Project) -> None:
    old = project.locked(f"{SPEC}vendor: copies\n", *both(AL2023_2023_6))
    copy_to_folder(project.request, project.file.parent / "copies")
    new = project.push(*both(AL2023))
    name = NAME.rpartition(":")[0]

    move = compare(project.request, (f"{name}@{old}", f"{name}@{new}"), ())

    assert [one.difference is not None for one in move.platforms] == [True, True]


def test_a_broken_seal_forbids_no_comparison_of_references(project: Project) -> None:
    old = project.locked(SPEC, *both(AL2023_2023_6))
    project.file.write_text(project.file.read_text().replace(f"@{old}", f"@sha256:{'0' * 64}"))
    name = NAME.rpartition(":")[0]

    assert compare(project.request, (f"{name}@{old}", NAME), ()).old.digest == old
    with pytest.raises(BrokenSealError):
        compare(project.request, ("provided.al2023", NAME), ())


def test_images_of_this_machine_are_compared_with_those_of_a_registry(project: Project, tmp_path: Path) -> None:
    project.push(*both(AL2023_2023_6))
    copy = ["copy", "-q", "--all", "--src-tls-verify=false", f"docker://{project.registry.host}/lambda/provided:al2023"]
    subprocess.run([require("skopeo"), *copy, f"oci:{tmp_path}/layout"], check=True)
    single = [*copy[:2], *copy[3:]]
    subprocess.run([require("skopeo"), *single, f"docker-archive:{tmp_path}/archive.tar"], check=True)

    layout = compare(project.request, (f"oci:{tmp_path}/layout", NAME), ())
    archive = compare(project.request, (f"docker-archive:{tmp_path}/archive.tar", NAME), ())

    assert (layout.old.digest, layout.old.created) == (None, "2025-02-18T17:40:02Z")
    assert [(one.platform, one.old == one.new) for one in layout.platforms] == [(AMD64, True), (ARM64, True)]
    amd64 = by_platform(archive)[AMD64]
    assert amd64.difference is not None
    assert (amd64.difference.changed, amd64.difference.environment, amd64.difference.setup) == ((), (), ())
    assert amd64.difference.layers is not None
    assert [blob.diff_id for blob in amd64.difference.layers[0]] == [
        blob.diff_id for blob in amd64.difference.layers[1]
    ]
    assert by_platform(archive)[ARM64].old is None


def test_what_cannot_be_compared_is_told(project: Project, tmp_path: Path) -> None:
    project.push(image_of(AL2023, Architecture.AMD64))

    with pytest.raises(MissingPlatformError, match=f"`{NAME}` has no image for `linux/arm64`, only for `linux/amd64`"):
        compare(project.request, (NAME, NAME), (Architecture.ARM64,))
    with pytest.raises(UsageError, match="`Not an image` is not an image"):
        compare(project.request, ("Not an image", NAME), ())
    with pytest.raises(UsageError, match="is no folder"):
        compare(project.request, (f"oci:{tmp_path}/absent", NAME), ())

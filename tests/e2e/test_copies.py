"""Copies of what is locked: the registry goes away, and builds and checks go on with the same digests."""

import base64
import json
import os
import random
import shutil
import subprocess
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lambdabuild.lock import read_lock
from lambdabuild.model.plan import Toolchain
from tests.support.bad import told
from tests.support.certificates import self_signed
from tests.support.cli import Cli
from tests.support.clink import Compiler
from tests.support.copies import (
    NEW,
    OLD,
    Copying,
    assert_whole,
    blobs,
    copying_project,
    named,
    plain,
    public_at,
    push_both,
)
from tests.support.cutting import wire_to
from tests.support.disks import small_disk
from tests.support.gates import require
from tests.support.processes import light_cache
from tests.support.project import sha256
from tests.support.registry import RunningRegistry, basic_auth, basic_header, free_port, running_registry

SEED = int(os.environ.get("LAMBDABUILD_TEST_SEED") or random.randrange(1 << 32))
DIR = "third_party/my images"
WAIT = """#include <condition_variable>
#include <mutex>
int main(int argc, char **) {
  std::mutex m; std::condition_variable c; std::unique_lock<std::mutex> l(m); bool done = argc < 5;
  c.wait(l, [&] { return done; });
}
"""
"""Needs GLIBCXX_3.4.30, which al2 has not."""

Public = tuple[RunningRegistry, dict[str, str]]
"""public.ecr.aws, and the digests of the indexes there."""


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Public]:
    with running_registry(tmp_path_factory.mktemp("public")) as running:
        yield running, push_both(running)


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A C++ program in a zip."""
    folder = tmp_path_factory.mktemp("waiting")
    program = Compiler(folder=folder).program(WAIT, language="c++", name="bootstrap")
    with zipfile.ZipFile(folder / "waiting.zip", "w") as bundle:
        bundle.write(program, "bootstrap")
    return folder / "waiting.zip"


@pytest.fixture
def copying(tmp_path: Path, public: Public) -> Copying:
    return copying_project(tmp_path, public[1])


@pytest.fixture
def online(copying: Copying, public: Public) -> Cli:
    return copying.cli("online", public_at(public[0].host))


@pytest.fixture
def vendored(copying: Copying, online: Cli) -> Copying:
    """The project with copies in its folder, and a spec that says so."""
    copying.says(f"vendor: {DIR}")
    online.done("lock", "--vendor", DIR, cwd=copying.project)
    return copying


def offline(copying: Copying, *tables: str) -> Cli:
    """A user with an empty cache, whose public.ecr.aws is gone."""
    return copying.cli("offline", public_at(f"127.0.0.1:{free_port()}"), *tables)


def goes_on(copying: Copying, cli: Cli, waiting: Path, *, prefix: tuple[str, ...] = ()) -> None:
    """Inspect, check and build, with the digests that the lock has."""
    here, locked = copying.project, read_lock(copying.project / "images.lock")
    light_cache(cli.cache)

    for name, reference in (("provided.al2023", NEW), ("provided.al2", OLD)):
        inventories = json.loads(cli.done("abi", name, "--json", cwd=here, prefix=prefix))["inventories"]
        found = {one["platform"]: one["manifest"] for one in inventories}
        platforms = locked.images[reference].platforms
        assert found == {platform: platforms[platform].digest for platform in ("linux/amd64", "linux/arm64")}
    good = cli.run("check", str(waiting), "--runtime", "provided.al2023", cwd=here, prefix=prefix)
    bad = cli.run("check", str(waiting), "--runtime", "provided.al2", cwd=here, prefix=prefix)
    assert (good.returncode, bad.returncode) == (0, 5), good.stderr
    assert f"`{OLD}@{copying.digests[OLD][:19]}`" in bad.stderr
    cli.done("build", cwd=here, prefix=prefix)
    assert sorted(path.name for path in (here / "dist").glob("*.zip")) == ["orders-amd64.zip", "users-amd64.zip"]


# A folder


def test_a_vendored_project_needs_no_registry(vendored: Copying, waiting: Path, toolchain: Toolchain) -> None:
    folder = vendored.project / DIR
    assert named(folder) == vendored.digests
    assert_whole(folder)
    assert {image.digest for image in read_lock(vendored.project / "images.lock").images.values()} == {
        *vendored.digests.values()
    }

    goes_on(vendored, offline(vendored), waiting, prefix=(require("unshare"), "-n"))


def test_what_was_copied_is_said_and_only_once_copied(copying: Copying, online: Cli) -> None:
    first = online.run("lock", "--vendor", DIR, cwd=copying.project)
    again = offline(copying).run("lock", "--vendor", DIR, "--json", cwd=copying.project)

    outside = online.run("lock", "--vendor", str(copying.home / "images"), cwd=copying.project)
    assert first.returncode == again.returncode == outside.returncode == 0, first.stderr + again.stderr
    size = sum(path.stat().st_size for path in blobs(copying.project / DIR).values())
    assert f"copied {OLD} to oci:{DIR}:{OLD}: 5 blobs of 2.3 MB, 0 there already\n" in first.stderr
    assert f"copied {NEW} to oci:{DIR}:{NEW}: 4 blobs of 2.7 MB, 1 there already\n" in first.stderr
    assert 4_900_000 < size < 5_100_000
    warning = (
        f"warning: `buildspec.yaml` does not say that builds read from `{DIR}`\n"
        f"hint: write `vendor: {DIR}` at its top\n"
    )
    assert warning in first.stderr
    assert "hint: write `vendor: third_party/images` at its top, and copy to there\n" in outside.stderr
    assert json.loads(again.stdout)["copies"] == [
        {"image": name, "digest": copying.digests[name], "to": f"oci:{DIR}:{name}", "blobs": 0, "size": 0, "kept": 5}
        for name in (OLD, NEW)
    ]


def test_one_flipped_byte_in_the_folder_ends_it(vendored: Copying, online: Cli) -> None:
    child = read_lock(vendored.project / "images.lock").images[NEW].platforms["linux/amd64"].digest
    manifest = json.loads(blobs(vendored.project / DIR)[child].read_bytes())
    layer = manifest["layers"][0]["digest"]
    path = blobs(vendored.project / DIR)[layer]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    path.write_bytes(content)

    answer = online.run("abi", "provided.al2023", "--arch", "amd64", cwd=vendored.project)
    errors, hints = told(answer.stderr)
    assert answer.returncode == 4
    assert errors == [f"error: `oci:{DIR}`: blob {layer}: expected {layer}, got sha256:{sha256(path)}"]
    assert hints == ["hint: the files were changed, or not copied whole; copy the image again"]
    online.done("lock", "--vendor", DIR, cwd=vendored.project)
    online.done("abi", "provided.al2023", "--arch", "amd64", cwd=vendored.project)


def test_what_is_not_in_the_folder_is_not_fetched_in_secret(vendored: Copying, online: Cli) -> None:
    child = read_lock(vendored.project / "images.lock").images[NEW].platforms["linux/amd64"].digest
    blobs(vendored.project / DIR)[child].unlink()

    answer = online.run("abi", "provided.al2023", "--arch", "amd64", cwd=vendored.project)

    assert answer.returncode == 4
    pin = f"{NEW}@{vendored.digests[NEW]}"
    assert told(answer.stderr) == (
        [f"error: `{DIR}`, which the spec calls `vendor`, lacks {child} of `{pin}`"],
        [f"hint: run `lambdabuild lock --vendor {DIR}`, which copies what is not there, and keep all of it"],
    )


def test_a_lock_is_completed_from_the_folder_where_the_registry_lost_the_image(vendored: Copying) -> None:
    spec = vendored.project / "buildspec.yaml"
    spec.write_text(spec.read_text() + "    cgo: image\n    executor: docker\n")

    offline(vendored).done("lock", cwd=vendored.project)

    platform = read_lock(vendored.project / "images.lock").images[NEW].platforms["linux/amd64"]
    assert (platform.glibc, platform.libstdcxx) == ("GLIBC_2.34", "GLIBCXX_3.4.33")


def killed(cli: Cli, copying: Copying, *arguments: str, after: float, begun: Callable[[], bool]) -> None:
    """Kill a `lock` some seconds after it has begun to copy."""
    command = cli.argv("lock", *arguments)
    silent = subprocess.DEVNULL
    process = subprocess.Popen(command, cwd=copying.project, env=cli.env, stdout=silent, stderr=silent)
    while process.poll() is None and not begun():
        time.sleep(0.002)
    time.sleep(after)
    process.kill()
    process.wait(10)


def test_killed_at_any_moment_it_leaves_whole_blobs_and_the_next_one_completes(copying: Copying, online: Cli) -> None:
    print(f"LAMBDABUILD_TEST_SEED={SEED}")
    chance, folder = random.Random(SEED), copying.project / DIR
    online.done("lock", cwd=copying.project)
    for number in range(6):
        if number % 3 == 0:
            shutil.rmtree(folder, ignore_errors=True)
        killed(online, copying, "--vendor", DIR, after=chance.uniform(0, 0.1), begun=folder.exists)
        assert_whole(folder)

    online.done("lock", "--vendor", DIR, cwd=copying.project)

    assert_whole(folder)
    assert named(folder) == copying.digests
    assert sorted(path.name for path in folder.iterdir()) == ["blobs", "index.json", "oci-layout"]


def test_several_at_once_do_not_disturb_each_other(copying: Copying, online: Cli, public: Public) -> None:
    online.done("lock", cwd=copying.project)
    users = [copying.cli(name, public_at(public[0].host)) for name in ("one", "one", "two", "three")]
    running = [
        subprocess.Popen(user.argv("lock", "--vendor", DIR), cwd=copying.project, env=user.env, stderr=subprocess.PIPE)
        for user in users
    ]

    assert [(one.communicate(timeout=120)[1] or b"", one.returncode)[1] for one in running] == [0, 0, 0, 0]
    assert_whole(copying.project / DIR)
    assert named(copying.project / DIR).keys() <= copying.digests.keys()
    online.done("lock", "--vendor", DIR, cwd=copying.project)
    assert named(copying.project / DIR) == copying.digests


def test_a_full_disk_is_told_and_nothing_half_written_is_left(copying: Copying, online: Cli) -> None:
    online.done("lock", cwd=copying.project)
    folder = copying.project / "disk"
    folder.mkdir()
    with small_disk(folder, "3m"):
        answer = online.run("lock", "--vendor", "disk/images", cwd=copying.project)
        assert_whole(folder / "images")
        left = [path.name for path in (folder / "images").iterdir()]
        subprocess.run(["mount", "-o", "remount,size=20m", folder], check=True)
        online.done("lock", "--vendor", "disk/images", cwd=copying.project)
        assert named(folder / "images") == copying.digests
        assert_whole(folder / "images")

    errors, hints = told(answer.stderr)
    assert answer.returncode == 4
    assert len(errors) == len(hints) == 1
    assert errors[0].endswith("cannot be written: No space left on device")
    assert hints == ["hint: check the free space and the permissions of its folder"]
    assert ".lambdabuild-scratch" not in left


def test_a_connection_that_is_cut_is_taken_up_and_one_that_is_always_cut_is_told(
    copying: Copying, online: Cli, public: Public
) -> None:
    online.done("lock", cwd=copying.project)
    registry = public[0]
    with wire_to(registry.host, 1000, *([400_000] * 6)) as wire:
        copying.cli("cut", public_at(wire.host)).done("lock", "--vendor", DIR, cwd=copying.project)
    assert wire.cut > 0
    assert named(copying.project / DIR) == copying.digests
    assert_whole(copying.project / DIR)

    shutil.rmtree(copying.project / DIR)
    with wire_to(registry.host, 1000, *([100_000] * 60)) as wire:
        answer = copying.cli("cut", public_at(wire.host)).run("lock", "--vendor", DIR, cwd=copying.project)
    errors, hints = told(answer.stderr)
    assert answer.returncode == 4, answer.stderr
    assert len(errors) == len(hints) == 1
    assert f"`{wire.host}` cut the connection" in errors[0]
    assert_whole(copying.project / DIR)
    online.done("lock", "--vendor", DIR, cwd=copying.project)
    assert named(copying.project / DIR) == copying.digests


# A registry


def test_a_mirrored_project_needs_no_other_registry(
    copying: Copying, public: Public, waiting: Path, tmp_path: Path, toolchain: Toolchain
) -> None:
    with running_registry(tmp_path / "mirror") as mirror:
        prefix = f"{mirror.host}/my/mirror"
        copying.says(f"mirror: {prefix}")
        both = copying.cli("both", public_at(public[0].host), plain(mirror.host))
        first = both.run("lock", "--mirror", prefix, cwd=copying.project)
        again = both.run("lock", "--mirror", prefix, cwd=copying.project)

        assert first.returncode == again.returncode == 0, first.stderr + again.stderr
        copy = f"{prefix}/public.ecr.aws/lambda/provided"
        tags = {name: f"{name.rpartition(':')[2]}-{digest[7:19]}" for name, digest in copying.digests.items()}
        assert f"copied {OLD} to {copy}:{tags[OLD]}: 5 blobs of 2.3 MB, 0 there already\n" in first.stderr
        assert f"copied {NEW} to {copy}:{tags[NEW]}: all there already\n" in again.stderr
        assert "warning" not in first.stderr
        for name, tag in tags.items():
            for reference in (f"{copy}:{tag}", f"{copy}@{copying.digests[name]}"):
                inspect = [require("skopeo"), "inspect", "--raw", "--tls-verify=false", f"docker://{reference}"]
                raw = subprocess.run(inspect, capture_output=True, check=True, env={"HOME": str(tmp_path)}).stdout
                assert len(json.loads(raw)["manifests"]) == 2
        goes_on(copying, offline(copying, plain(mirror.host)), waiting)


def test_a_mirror_is_filled_from_the_folder_that_was_filled_with_it(
    copying: Copying, online: Cli, tmp_path: Path
) -> None:
    online.done("lock", "--vendor", DIR, cwd=copying.project)
    with running_registry(tmp_path / "mirror") as mirror:
        both = ("--vendor", DIR, "--mirror", f"{mirror.host}/my/mirror")

        answer = offline(copying, plain(mirror.host)).run("lock", *both, cwd=copying.project)

    assert answer.returncode == 0, answer.stderr
    assert f"copied {OLD} to {mirror.host}/my/mirror/public.ecr.aws/lambda/provided:" in answer.stderr


def test_a_mirror_with_an_authority_of_its_own_and_an_account(
    copying: Copying, public: Public, waiting: Path, tmp_path: Path
) -> None:
    certificate = self_signed(tmp_path / "certificate")
    auth = basic_auth(tmp_path / "mirror", "alice", "correct horse")
    with running_registry(tmp_path / "mirror", auth=auth, certificate=certificate) as mirror:
        trusting = {"REQUESTS_CA_BUNDLE": str(certificate.certificate)}
        stranger = copying.cli("both", public_at(public[0].host), **trusting)
        refused = stranger.run("lock", "--mirror", f"{mirror.host}/m", cwd=copying.project)
        docker = copying.home / "both" / ".docker"
        docker.mkdir()
        login = base64.b64encode(b"alice:correct horse").decode()
        (docker / "config.json").write_text(json.dumps({"auths": {mirror.host: {"auth": login}}}))
        stranger.done("lock", "--mirror", f"{mirror.host}/m", cwd=copying.project)
        copying.says(f"mirror: {mirror.host}/m")
        gone = copying.cli("both", public_at(f"127.0.0.1:{free_port()}"), **trusting)
        gone.done("abi", "provided.al2", "--arch", "arm64", cwd=copying.project)

    errors, hints = told(refused.stderr)
    assert refused.returncode == 4
    assert f"`{mirror.host}` wants a login (HTTP 401 from `{mirror.host}`)" in errors[0]
    assert hints == [f"hint: run `docker login {mirror.host}`, and check that the account may push to it"]
    assert basic_header("alice", "correct horse").endswith(login)


def test_a_killed_push_leaves_nothing_that_is_wrong_and_the_next_one_completes(
    copying: Copying, public: Public, tmp_path: Path
) -> None:
    print(f"LAMBDABUILD_TEST_SEED={SEED}")
    chance = random.Random(SEED)
    with running_registry(tmp_path / "mirror") as mirror:
        prefix, stored = f"{mirror.host}/m", tmp_path / "mirror" / "data"
        both = copying.cli("both", public_at(public[0].host), plain(mirror.host))
        both.done("lock", cwd=copying.project)
        for _ in range(4):
            shutil.rmtree(stored, ignore_errors=True)
            killed(both, copying, "--mirror", prefix, after=chance.uniform(0, 0.15), begun=stored.exists)
        both.done("lock", "--mirror", prefix, cwd=copying.project)
        copying.says(f"mirror: {prefix}")
        gone = offline(copying, plain(mirror.host))
        gone.done("lock", "--vendor", DIR, cwd=copying.project)

    assert named(copying.project / DIR) == copying.digests
    assert_whole(copying.project / DIR)


def test_a_mirror_that_lacks_an_image_is_passed_over(copying: Copying, public: Public, tmp_path: Path) -> None:
    with running_registry(tmp_path / "mirror") as mirror:
        copying.says(f"mirror: {mirror.host}/empty")
        cli = copying.cli("both", public_at(public[0].host), plain(mirror.host))
        cli.done("lock", cwd=copying.project)
        cli.done("abi", "provided.al2", "--arch", "amd64", cwd=copying.project)


def test_a_mirror_is_filled_from_the_folder_where_the_registry_lost_the_image(
    vendored: Copying, tmp_path: Path
) -> None:
    with running_registry(tmp_path / "mirror") as mirror:
        cli = offline(vendored, plain(mirror.host))
        cli.done("lock", "--mirror", f"{mirror.host}/m", cwd=vendored.project)
        vendored.says(f"mirror: {mirror.host}/m")
        shutil.rmtree(vendored.project / DIR)
        spec = vendored.project / "buildspec.yaml"
        spec.write_text(spec.read_text().replace(f"vendor: {DIR}\n", ""))
        cli.done("abi", "provided.al2", "--arch", "amd64", cwd=vendored.project)
        cli.done("lock", "--vendor", DIR, cwd=vendored.project)

    assert named(vendored.project / DIR) == vendored.digests


# What is refused


@pytest.mark.parametrize(
    ("arguments", "says", "hint"),
    [
        (("--check", "--vendor", "x"), "`--check` writes nothing: leave out `--vendor` and `--mirror`", "--help"),
        (("--check", "--mirror", "x.io"), "`--check` writes nothing: leave out `--vendor` and `--mirror`", "--help"),
        (("--mirror", "https://x.io/y"), "`https://x.io/y` is no registry", "registry.example.com/mirror"),
        (("--vendor", "vendor/x"), "`vendor/x` is in a folder that go takes for modules", "third_party/images"),
        (
            ("--vendor", "cmd"),
            "`cmd` holds something else than images: it is no OCI image layout",
            "third_party/images",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(
    copying: Copying, online: Cli, arguments: tuple[str, ...], says: str, hint: str
) -> None:
    answer = online.run("lock", *arguments, cwd=copying.project)

    assert answer.returncode == 2
    errors, hints = told(answer.stderr)
    assert says in errors[0]
    assert hint in hints[0]


# Places that copies cannot go to


@pytest.mark.parametrize(
    "wrong",
    [("--mirror", "https://x.example/y"), ("--vendor", "vendor/x"), ("--vendor", "cmd")],
    ids=" ".join,
)
def test_a_wrong_place_is_told_before_a_pin_moves(wrong: tuple[str, str], copying: Copying, online: Cli) -> None:
    before = (copying.project / "images.lock").read_bytes()

    answers = [online.run("lock", *update, *wrong, cwd=copying.project) for update in ([], ["--update"])]

    assert [answer.returncode for answer in answers] == [2, 2]
    assert (copying.project / "images.lock").read_bytes() == before


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_what_moved_is_told_though_the_copies_fail(form: str, copying: Copying, online: Cli) -> None:
    arguments = ("lock", "--mirror", f"127.0.0.1:{free_port()}/m", "--format", form)

    answer = online.run(*arguments, cwd=copying.project)

    told_at = answer.stdout if form == "markdown" else answer.stderr
    assert answer.returncode == 4
    assert f"added {'`' * (form == 'markdown')}{NEW} {copying.digests[NEW]}" in told_at
    assert len(told(answer.stderr)[0]) == 1

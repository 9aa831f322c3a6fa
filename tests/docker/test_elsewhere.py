"""Engines that do not see the files of this machine, or are spoken to over TLS: files are copied in and out."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.certificates import Certificate, self_signed
from tests.support.cli import Cli
from tests.support.docker_project import SPEC, image_with, locked, write_small, zips
from tests.support.engine import RunningEngine, running_engine
from tests.support.processes import light_cache
from tests.support.registry import RunningRegistry, free_port, public_ecr_at

HIDING = 'mount --make-rprivate / && mount -t tmpfs none "$1" && shift && exec "$@"'
MODULES = {
    "go.mod": "module example.com/small\n\ngo 1.24\n\nrequire example.com/word v0.0.0\n\n"
    "replace example.com/word => ./word\n",
    "word/go.mod": "module example.com/word\n\ngo 1.24\n",
    "word/word.go": 'package word\n\nconst Word = "of another module"\n',
    "cmd/small/main.go": 'package main\n\nimport "example.com/word"\n\nfunc main() { println(word.Word) }\n',
}


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return light_cache(tmp_path / "cache")


@pytest.fixture
def blind(cache: Path) -> Iterator[RunningEngine]:
    """An engine whose machine has nothing of our cache: its files are elsewhere."""
    with running_engine(prefix=("unshare", "--mount", "sh", "-c", HIDING, "sh", str(cache))) as running:
        yield running


def project(folder: Path, executor: str = "docker") -> Path:
    write_small(folder, SPEC.replace("executor: docker", f"executor: {executor}"))
    for name, content in MODULES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


def test_files_are_copied_and_toolchain_and_cache_stay(
    blind: RunningEngine, cache: Path, registry: RunningRegistry, tmp_path: Path
) -> None:
    cli = Cli(cache=cache, environ={**public_ecr_at(registry.host, tmp_path), **blind.environ})
    there = locked(cli, project(tmp_path / "there"))
    here = locked(cli, project(tmp_path / "here", "host"))

    cli.done("build", cwd=there)
    cli.done("build", cwd=here)
    first = blind.all_volumes()
    toolchain = next(name for name in first if "go1" in name)
    blind.plant(toolchain, "planted")
    cli.done("build", cwd=there)

    assert blind.has(toolchain, "planted")
    assert list(zips(there)) == ["small-amd64.zip", "small-arm64.zip"]
    assert zips(there) == zips(here)
    assert (blind.containers(), blind.volumes()) == ([], [])
    assert blind.all_volumes() == first
    assert [name[:17] for name in first] == ["lambdabuild-cache", "lambdabuild-go1.2"]


def test_nothing_of_an_image_gets_into_what_stays(
    blind: RunningEngine, cache: Path, registry: RunningRegistry, tmp_path: Path
) -> None:
    """Into a fresh volume an engine copies what the image has at its place, unless it is told not to."""
    image = image_with({"lambdabuild/lambdabuild.whole": b"", "lambdabuild/go/bin/go": b"#!/bin/sh\necho poisoned\n"})
    registry.push_index("poison", "1", [registry.push_image("poison", image)])
    spec = SPEC.replace("[arm64, amd64]", "[amd64]").replace("images:\n", "images:\n  p: public.ecr.aws/poison:1\n")
    cli = Cli(cache=cache, environ={**public_ecr_at(registry.host, tmp_path), **blind.environ})
    there = locked(cli, write_small(tmp_path / "there", spec + "    build_image: p\n"))

    cli.done("build", cwd=there)

    assert list(zips(there)) == ["small-amd64.zip"]


@pytest.fixture
def like_rootless(tmp_path: Path) -> Iterator[RunningEngine]:
    """An engine whose users have other numbers, and which knows no limits: cgroups are not mounted where it runs."""
    ids = tmp_path / "subids"
    ids.write_text("nobody:200000:65536\nnogroup:200000:65536\n")
    script = (
        'mount --make-rprivate / && mount --bind "$1" /etc/subuid && mount --bind "$1" /etc/subgid'
        ' && umount /sys/fs/cgroup/memory /sys/fs/cgroup/pids && shift && exec "$@"'
    )
    prefix = ("unshare", "--mount", "sh", "-c", script, "sh", str(ids))
    with running_engine(prefix=prefix, options=("--userns-remap", "nobody:nogroup")) as running:
        yield running


def test_other_users_have_copies_and_missing_limits_are_said_once(
    like_rootless: RunningEngine, cache: Path, registry: RunningRegistry, tmp_path: Path
) -> None:
    with like_rootless.client() as client:
        facts = client.facts
    assert (facts.apart, facts.memory_limit, facts.pids_limit) == (True, False, False)
    cli = Cli(cache=cache, environ={**public_ecr_at(registry.host, tmp_path), **like_rootless.environ})
    there = locked(cli, project(tmp_path / "there"))

    answer = cli.run("build", cwd=there)

    assert answer.returncode == 0, answer.stderr
    assert list(zips(there)) == ["small-amd64.zip", "small-arm64.zip"]
    assert answer.stderr.count(f"`{like_rootless.host}` cannot limit memory and pids") == 1
    assert "a rootless engine needs cgroup v2 for limits" in answer.stderr
    assert (like_rootless.containers(), like_rootless.volumes()) == ([], [])


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Certificate, Certificate]:
    folder = tmp_path_factory.mktemp("certificates")
    return self_signed(folder / "server"), self_signed(folder / "client")


@pytest.fixture(scope="module")
def away(certificates: tuple[Certificate, Certificate]) -> Iterator[RunningEngine]:
    """An engine on TCP that wants to know who asks."""
    server, client = certificates
    options = (
        "--tlsverify", "--tlscacert", str(client.certificate),
        "--tlscert", str(server.certificate), "--tlskey", str(server.key),
    )  # fmt: skip
    with running_engine(options=options, host=f"tcp://127.0.0.1:{free_port()}") as running:
        yield running


def of_variables(folder: Path, host: str, server: Certificate, client: Certificate) -> dict[str, str]:
    """As `docker-machine env` and its like print it."""
    write_certificates(folder, server, client)
    return {"DOCKER_HOST": host, "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(folder)}


def of_context(folder: Path, host: str, server: Certificate, client: Certificate) -> dict[str, str]:
    """As `docker context create away` and `docker context use away` leave it."""
    identity = hashlib.sha256(b"away").hexdigest()
    meta = folder / "contexts" / "meta" / identity / "meta.json"
    meta.parent.mkdir(parents=True)
    meta.write_text(json.dumps({"Name": "away", "Endpoints": {"docker": {"Host": host, "SkipTLSVerify": False}}}))
    write_certificates(folder / "contexts" / "tls" / identity / "docker", server, client)
    (folder / "config.json").write_text(json.dumps({"currentContext": "away"}))
    return {"DOCKER_CONFIG": str(folder)}


def write_certificates(folder: Path, authority: Certificate, client: Certificate) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ca.pem").write_bytes(authority.certificate.read_bytes())
    (folder / "cert.pem").write_bytes(client.certificate.read_bytes())
    (folder / "key.pem").write_bytes(client.key.read_bytes())


@pytest.mark.parametrize("said_by", [of_variables, of_context])
def test_an_engine_over_tls_is_found_as_the_docker_cli_finds_it(
    said_by: object,
    away: RunningEngine,
    certificates: tuple[Certificate, Certificate],
    registry: RunningRegistry,
    tmp_path: Path,
) -> None:
    assert callable(said_by)
    environ = said_by(tmp_path / "docker", away.host, *certificates)
    cli = Cli(
        environ={
            **public_ecr_at(registry.host, tmp_path),
            **environ,
            "REQUESTS_CA_BUNDLE": str(certificates[1].certificate),
        }
    )
    there = locked(cli, project(tmp_path / "there"))

    cli.done("build", "--arch", "amd64", cwd=there)

    assert list(zips(there)) == ["small-amd64.zip"]


def test_an_engine_with_another_certificate_is_not_spoken_to(
    away: RunningEngine, certificates: tuple[Certificate, Certificate], registry: RunningRegistry, tmp_path: Path
) -> None:
    _, client = certificates
    environ = of_variables(tmp_path / "docker", away.host, client, client)
    cli = Cli(environ={**public_ecr_at(registry.host, tmp_path), **environ})
    there = locked(cli, project(tmp_path / "there"))

    answer = cli.run("build", cwd=there)

    assert answer.returncode == 4, answer.stderr
    assert f"no container engine answers at `{away.host}` (DOCKER_HOST): " in answer.stderr
    assert "certificate" in answer.stderr
    assert "hint: check DOCKER_TLS_VERIFY and DOCKER_CERT_PATH" in answer.stderr

"""The configuration of docs/renovate.md, applied to a real lock as the bot does."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lambdabuild.lock import read_lock, write_lock
from lambdabuild.model.lock import Lock
from tests.support.bad import told
from tests.support.cli import ROOT, Cli
from tests.support.golang import repository_lock
from tests.support.registry import Image, RunningRegistry, public_ecr_at, running_registry

NAME = "public.ecr.aws/lambda/provided"
OTHER = "127.0.0.1:5000/team/gcc"


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[RunningRegistry]:
    with running_registry(tmp_path / "registry") as running:
        yield running


def push(registry: RunningRegistry, year: int) -> str:
    """Let the tag be the image of a year, on both CPUs; the digest of its index."""
    images = [Image(architecture=one, layers=(), created=f"{year}-01-01T00:00:00Z") for one in ("amd64", "arm64")]
    return registry.push_index(
        "lambda/provided", "al2023", [registry.push_image("lambda/provided", one) for one in images]
    )


def configuration() -> dict[str, Any]:
    """What the page tells to write."""
    (block,) = re.findall(r"```json\n(\{\n.*?\n\})\n```", (ROOT / "docs" / "renovate.md").read_text(), re.DOTALL)
    return dict(json.loads(block))


def found(lock: str) -> list[re.Match[str]]:
    """What the bot finds. ECMAScript's named groups are Python's but for a letter."""
    (manager,) = configuration()["customManagers"]
    (pattern,) = manager["matchStrings"]
    assert (manager["customType"], manager["datasourceTemplate"]) == ("regex", "docker")
    return list(re.finditer(pattern.replace("(?<", "(?P<"), lock))


def moved(lock: str, match: re.Match[str], digest: str) -> str:
    """What the bot writes: in the text that matched, the new digest for the old."""
    return lock.replace(match[0], match[0].replace(match["currentDigest"], digest))


def test_the_file_is_found_wherever_it_lies() -> None:
    (manager,) = configuration()["customManagers"]
    (pattern,) = manager["managerFilePatterns"]
    assert pattern[0] == pattern[-1] == "/", "a regex, not a glob"

    for path, follows in {"images.lock": True, "services/a/images.lock": True, "my-images.lock": False}.items():
        assert bool(re.search(pattern[1:-1], path)) is follows


def test_a_pin_that_the_bot_moved_is_told_by_check_and_completed_by_lock(
    registry: RunningRegistry, tmp_path: Path
) -> None:
    old = push(registry, 2025)
    fixed = f"{NAME}:al2023@{old}"
    project = tmp_path / "project"
    project.mkdir()
    (project / "buildspec.yaml").write_text(
        f'version: 1\ngo: "1.26.8"\nruntime: now\narchitectures: [amd64]\nimages: {{now: "{NAME}:al2023",'
        f' fixed: "{fixed}"}}\nfunctions: {{orders: {{package: .}}}}\n'
    )
    lock = project / "images.lock"
    write_lock(lock, Lock(toolchains=repository_lock().toolchains))
    cli = Cli(cache=tmp_path / "cache", environ=public_ecr_at(registry.host, tmp_path))
    cli.done("lock", cwd=project)
    new = push(registry, 2026)

    (match,) = found(lock.read_text())
    assert match.groupdict() == {"depName": NAME, "currentValue": "al2023", "currentDigest": old}
    lock.write_text(moved(lock.read_text(), match, new))

    stale = cli.run("lock", "--check", cwd=project)
    errors, hints = told(stale.stderr)
    assert stale.returncode == 3
    seal = f"the seal of `{NAME}:al2023` does not match its pin"
    assert errors == [f"error: `images.lock`: {seal}; a pin was moved without its platforms"]
    assert hints == ["hint: run `lambdabuild lock`: it reads the platforms of the new pin and seals them"]
    completed = cli.run("lock", cwd=project)
    assert completed.returncode == 0
    assert f"completed {NAME}:al2023 {new}\n" in completed.stderr
    cli.done("lock", "--check", cwd=project)
    images = read_lock(lock).images
    assert (images[f"{NAME}:al2023"].digest, images[f"{NAME}:al2023"].created) == (new, "2026-01-01T00:00:00Z")
    assert images[f"{NAME}:al2023"].platforms.keys() == {"linux/amd64", "linux/arm64"}
    assert images[f"{NAME}:al2023"].platforms != images[fixed].platforms
    assert (images[fixed].digest, images[fixed].created) == (old, "2025-01-01T00:00:00Z")


def test_every_tag_of_a_lock_is_found_and_no_digest_of_the_spec(tmp_path: Path) -> None:
    """Also one with a port, and the lock of this repository, which has no platforms."""
    with_port = (ROOT / "images.lock").read_text().replace(f"{NAME}:al2023", f"{OTHER}:12.2")

    assert [match["depName"] for match in found((ROOT / "images.lock").read_text())] == [NAME]
    assert [(match["depName"], match["currentValue"]) for match in found(with_port)] == [(OTHER, "12.2")]
    assert found(re.sub(r"(?m)^  (\S+):$", rf"  \1@sha256:{'0' * 64}:", with_port)) == []

"""What a compile finds around it, told by a compiler that looks."""

import json
import re
from pathlib import Path

import pytest

from tests.support.cli import Cli
from tests.support.docker_project import SPEC, image_with, locked, write_small
from tests.support.engine import RunningEngine
from tests.support.registry import RunningRegistry

# go asks a compiler for its version and what flags it knows before it lets it compile.
GCC = b"""#!/bin/sh
exec >&2
echo "user: $(id -u):$(id -g)"
cat /proc/self/status
for one in /sys/class/net/*; do echo "interface: ${one##*/}"; done
touch /here && echo "wrote: /here"
touch /lambdabuild/src/here && echo "wrote: sources"
touch /lambdabuild/go/here && echo "wrote: toolchain"
touch /lambdabuild/mod/here && echo "wrote: modules"
cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max
cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/pids.max
env | while read -r line; do echo "variable: $line"; done
hostname
ls /lambdabuild/src /lambdabuild/src/cmd
exit 1
"""
CGO = 'package main\n\nimport "C"\n\nfunc main() {}\n'


@pytest.fixture
def said(cli: Cli, registry: RunningRegistry, tmp_path: Path) -> str:
    """What the compiler of an image says of where it is."""
    child = registry.push_image("spy", image_with({"usr/bin/gcc": GCC}))
    registry.push_index("spy", "1", [child])
    spec = SPEC.replace("architectures: [arm64, amd64]", "architectures: [amd64]").replace(
        "images:\n", "images:\n  spy: public.ecr.aws/spy:1\n"
    )
    project = write_small(tmp_path / "a project", spec + "    cgo: image\n    build_image: spy\n")
    (project / "cmd" / "small" / "main.go").write_text(CGO)
    (project / "secret.txt").write_text("not in the closure of a module without cgo")
    docker = tmp_path / "docker"
    docker.mkdir()
    proxies = {"default": {"httpProxy": "http://user:secret@proxy.example.com:3128"}}
    (docker / "config.json").write_text(json.dumps({"proxies": proxies}))
    cli = Cli(environ={**cli.environ, "DOCKER_CONFIG": str(docker), "HTTP_PROXY": ""})
    locked(cli, project)
    answer = cli.run("build", cwd=project)
    assert answer.returncode == 1, answer.stderr
    return answer.stderr


def test_a_container_has_no_rights_no_network_and_nothing_to_write_to(said: str, engine: RunningEngine) -> None:
    assert re.search(r"^user: 65532:65532$", said, re.MULTILINE)
    for capabilities in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert re.search(rf"^{capabilities}:\s+0+$", said, re.MULTILINE), capabilities
    assert re.search(r"^NoNewPrivs:\s+1$", said, re.MULTILINE)
    assert re.findall(r"^interface: (.*)$", said, re.MULTILINE) == ["lo"]
    assert "wrote:" not in said
    assert said.count("Read-only file system") == 4
    with engine.client() as client:
        facts = client.facts
    assert f"\n{int(facts.memory * 0.75) // 4096 * 4096}\n" in said
    assert f"\n{256 + 64 * facts.cpus}\n" in said
    assert engine.containers() == []


def test_a_compile_sees_what_its_key_names(said: str) -> None:
    """Neither the image nor the configuration of the engine's client adds to it, but for PATH."""
    variables = dict(line.partition("=")[::2] for line in re.findall(r"^variable: (.*)$", said, re.MULTILINE))

    assert (variables["GOFLAGS"], variables["PATH"], variables["HOSTNAME"]) == ("", "/bin:/usr/bin", "lambdabuild")
    assert variables["SOURCE_DATE_EPOCH"] == "0"
    assert "proxy.example.com" not in said
    assert not {"HTTP_PROXY", "http_proxy", "LD_LIBRARY_PATH"} & variables.keys()


def test_where_go_compiles_alone_no_program_of_the_image_is_run(
    cli: Cli, registry: RunningRegistry, tmp_path: Path
) -> None:
    """A `.syso` that the linker of go does not know lets it look for a gcc, which could write to the cache of all."""
    planting = b"#!/bin/sh\ntouch /lambdabuild/cache/planted\necho 'planted' >&2\nexit 1\n"
    registry.push_index("planting", "1", [registry.push_image("planting", image_with({"usr/bin/gcc": planting}))])
    spec = SPEC.replace("architectures: [arm64, amd64]", "architectures: [amd64]").replace(
        "images:\n", "images:\n  planting: public.ecr.aws/planting:1\n"
    )
    project = write_small(tmp_path / "project", spec + "    build_image: planting\n")
    (project / "cmd" / "small" / "strange_amd64.syso").write_bytes(b"no object of any system")
    locked(cli, project)

    answer = cli.run("build", cwd=project)

    assert answer.returncode == 1, answer.stderr
    assert "executable file not found" in answer.stderr
    assert "planted" not in answer.stderr

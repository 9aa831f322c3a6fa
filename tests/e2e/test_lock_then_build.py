"""From a spec alone to artifacts: lock against a real registry and module proxy, then build what the lock says."""

import subprocess
import zipfile
from pathlib import Path

from lambdabuild.io.store import Store
from lambdabuild.lock import read_lock
from lambdabuild.model.plan import Toolchain
from tests.support.cli import Cli
from tests.support.registry import Image, running_registry

OLDER = "1.24.11"
SPEC = f"""version: 1
go: "1.26.8"
runtime: provided.al2023
architectures: [amd64]
hosts: [linux/amd64]
images:
  provided.al2023: public.ecr.aws/lambda/provided:al2023
variables:
  version: dev
functions:
  newer:
    package: ./cmd/newer
  older:
    package: ./cmd/older
    go: "{OLDER}"
"""
MAIN = 'package main\n\nvar version = "none"\n\nfunc main() { println(version) }\n'


def project(folder: Path) -> Path:
    folder.mkdir()
    (folder / "go.mod").write_text("module example.com/two\n\ngo 1.24\n")
    (folder / "buildspec.yaml").write_text(SPEC)
    for name in ("newer", "older"):
        (folder / "cmd" / name).mkdir(parents=True)
        (folder / "cmd" / name / "main.go").write_text(MAIN)
    return folder


def go_of(project: Path, function: str, toolchain: Toolchain, scratch: Path) -> str:
    """The version that the binary in a zip says it was built with."""
    with zipfile.ZipFile(project / "dist" / f"{function}-amd64.zip") as bundle:
        binary = Path(bundle.extract("bootstrap", scratch))
    said = subprocess.run(
        [toolchain.root / "bin" / "go", "version", binary], capture_output=True, text=True, check=True
    ).stdout
    return said.strip().rpartition(" ")[2]


def test_each_function_is_built_by_the_go_that_is_locked(tmp_path: Path, toolchain: Toolchain, store: Store) -> None:
    with running_registry(tmp_path / "registry") as registry:
        children = [
            registry.push_image("lambda/provided", Image(architecture=architecture))
            for architecture in ("amd64", "arm64")
        ]
        index = registry.push_index("lambda/provided", "al2023", children)
        mirrors = tmp_path / "registries.conf"
        mirrors.write_text(
            f'[[registry]]\nlocation = "public.ecr.aws"\n[[registry.mirror]]\nlocation = "{registry.host}"\n'
            "insecure = true\n"
        )
        here = project(tmp_path / "project")
        cli = Cli(environ={"CONTAINERS_REGISTRIES_CONF": str(mirrors)})

        missing = cli.run("build", cwd=here)
        cli.done("lock", cwd=here)
        once = (here / "images.lock").read_bytes()
        registry.push_index("lambda/provided", "al2023", children[:1])
        cli.done("lock", cwd=here)

    assert missing.returncode == 3
    assert "`images.lock` does not exist" in missing.stderr
    assert (here / "images.lock").read_bytes() == once
    image = read_lock(here / "images.lock").images["public.ecr.aws/lambda/provided:al2023"]
    assert image.pin == f"public.ecr.aws/lambda/provided:al2023@{index}"
    assert image.created == "2026-02-27T21:04:11Z"
    assert {name: found.digest for name, found in image.platforms.items()} == {
        "linux/amd64": children[0]["digest"],
        "linux/arm64": children[1]["digest"],
    }

    offline = Cli(environ={"GOPROXY": "off"})
    offline.done("lock", "--check", cwd=here)
    offline.done("build", cwd=here)
    assert go_of(here, "newer", toolchain, tmp_path) == "go1.26.8"
    assert go_of(here, "older", toolchain, tmp_path) == f"go{OLDER}"
    assert not list(store.toolchains.glob("*linux-arm64*"))

"""C and C++ by the gcc of a pinned build image: the same bytes from anywhere, judged against another image, and run."""

import json
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import pytest

from lambdabuild.model.platform import Architecture
from tests.support.bad import kept, told
from tests.support.cli import Cli
from tests.support.docker_project import SPEC, image_with, locked, write_small, zips
from tests.support.engine import RunningEngine
from tests.support.gcc_image import gcc_image
from tests.support.processes import light_cache
from tests.support.registry import RunningRegistry
from tests.support.runtime_api import RuntimeApi, serving
from tests.support.standins import AL2023, own_root, running_root, runs
from tests.support.zigs import write_native

pytestmark = pytest.mark.timeout(900)

NATIVE = """version: 1
go: "1.26.8"
architectures: [amd64]
runtime: provided.al2023
images:
  provided.al2: public.ecr.aws/lambda/provided:al2
  provided.al2023: public.ecr.aws/lambda/provided:al2023
  gcc: public.ecr.aws/build/gcc:12
defaults:
  executor: docker
  cgo: image
  build_image: gcc
  tags: [lambda.norpc]
  env: {CGO_CFLAGS: "-O0"}  # SQLite takes minutes with more
functions:
  query: {package: ./cmd/query}
  words: {package: ./cmd/words}
  older: {package: ./cmd/words, runtime: provided.al2}
  hosts: {package: ./cmd/hosts, runtime: provided.al2, ldflags: [-linkmode external -extldflags -static]}
"""
"""The last two are for a runtime older than the build image: of glibc 2.26, where that has GCC 12 and glibc 2.36."""

CHOSEN = ("--function", "query", "--function", "words")
LOOKS_UP = """package main

// #include <netdb.h>
// static int found(void) { return gethostbyname("localhost") != 0; }
import "C"

func main() { println(C.found()) }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """One project built twice, in folders and caches of other names: what it has for the runtime of today."""

    here: Path
    elsewhere: Path


def native(folder: Path) -> Path:
    write_native(folder)
    (folder / "buildspec.yaml").write_text(NATIVE)
    (folder / "cmd" / "hosts").mkdir()
    (folder / "cmd" / "hosts" / "main.go").write_text(LOOKS_UP)
    return folder


@pytest.fixture(scope="module")
def compiler(registry: RunningRegistry) -> None:
    registry.push_index("build/gcc", "12", [registry.push_image("build/gcc", gcc_image())])


@pytest.fixture(scope="module")
def built(compiler: None, cli: Cli, tmp_path_factory: pytest.TempPathFactory) -> Built:
    here = locked(cli, native(tmp_path_factory.mktemp("here")))
    elsewhere = native(tmp_path_factory.mktemp("else where") / "deeper")
    shutil.copy(here / "images.lock", elsewhere)
    cold = Cli(cache=light_cache(tmp_path_factory.mktemp("cache")), environ=cli.environ, timeout=800)
    Cli(environ=cli.environ, timeout=800).done("build", *CHOSEN, cwd=here)
    cold.done("build", *CHOSEN, cwd=elsewhere)
    return Built(here=here, elsewhere=elsewhere)


def test_another_folder_and_a_cold_cache_give_the_same_bytes(built: Built) -> None:
    assert list(zips(built.here)) == ["query-amd64.zip", "words-amd64.zip"]
    assert zips(built.here) == zips(built.elsewhere)


def test_nothing_is_found(built: Built, cli: Cli) -> None:
    artifacts = json.loads((built.here / "dist" / "build.json").read_text())["artifacts"]

    assert [one["findings"] for one in artifacts] == [[], []]
    cli.done("check", *CHOSEN, cwd=built.here)


def test_a_query_is_answered_in_the_runtime(built: Built, tmp_path: Path) -> None:
    root = rooted(built.here / "dist" / "query-amd64.zip", tmp_path)
    api = RuntimeApi([b'{"price": 6, "pieces": 7}'], timeout=60)

    with serving(api) as address:
        environ = {"AWS_LAMBDA_RUNTIME_API": address, "_HANDLER": "bootstrap"}
        running = Thread(
            target=runs, args=(root, "/var/task/bootstrap", Architecture.AMD64), kwargs={"environ": environ}
        )
        running.start()
        done = api.wait(60)
    running.join()

    assert done
    assert [(one.kind, one.body) for one in api.answers] == [("response", b"42")]


def test_a_cpp_program_runs_in_the_runtime(built: Built, tmp_path: Path) -> None:
    done = runs(rooted(built.here / "dist" / "words-amd64.zip", tmp_path), "/var/task/bootstrap", Architecture.AMD64)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("4 ")
    assert "lambdabuild" not in done.stdout


def rooted(archive: Path, folder: Path) -> Path:
    """A root of the runtime with the program where Lambda starts it."""
    root = own_root(running_root(AL2023, Architecture.AMD64), folder / "root")
    with zipfile.ZipFile(archive) as bundle:
        bundle.extract("bootstrap", root / "var/task")
    (root / "var/task/bootstrap").chmod(0o755)
    return root


def test_a_static_link_that_the_linker_warns_of_is_an_error(built: Built, cli: Cli) -> None:
    before = kept(built.here)

    answer = cli.run("build", "--function", "hosts", cwd=built.here)

    assert answer.returncode == 5, answer.stderr
    (error,) = told(answer.stderr)[0]
    assert error.startswith("error: LB324: dist/hosts-amd64.zip: `bootstrap` is linked statically against glibc")
    assert error.endswith("looks up hosts or users by it: the linker warned of `gethostbyname`")
    assert kept(built.here) == before


def test_an_older_runtime_than_the_build_image_is_what_check_judges(built: Built, cli: Cli) -> None:
    """It compiles, and it is told what it lacks there."""
    before = kept(built.here)

    answer = cli.run("build", "--function", "older", cwd=built.here)

    assert answer.returncode == 5, answer.stderr
    assert "LB315: dist/older-amd64.zip: `bootstrap` needs GLIBCXX_3.4.30 of `/lib64/libstdc++.so.6`" in answer.stderr
    assert "the build image gcc (`public.ecr.aws/build/gcc:12@sha256:" in answer.stderr
    assert "the libstdc++ of GCC 7 is what it has" in answer.stderr
    assert "hint: set `build_image` to the image of the runtime, or pin an older one" in answer.stderr
    assert kept(built.here) == before


def test_programs_that_the_engine_cannot_run_are_no_compile_error(
    cli: Cli, registry: RunningRegistry, engine: RunningEngine, tmp_path: Path
) -> None:
    strange = bytearray(b"\x7fELF\x02\x01\x01" + bytes(57))
    strange[16:20] = (2, 0, 0xFF, 0xFE)  # a program for a CPU that no one has
    image = image_with({"usr/bin/gcc": bytes(strange)})
    registry.push_index("strange", "1", [registry.push_image("strange", image)])
    spec = SPEC.replace("[arm64, amd64]", "[amd64]").replace("images:\n", "images:\n  s: public.ecr.aws/strange:1\n")
    project = write_small(tmp_path / "project", spec + "    cgo: image\n    build_image: s\n")
    (project / "cmd" / "small" / "main.go").write_text('package main\n\nimport "C"\n\nfunc main() {}\n')
    locked(cli, project)

    answer = cli.run("build", cwd=project)

    assert answer.returncode == 4, answer.stderr
    assert "cannot run programs of `public.ecr.aws/strange:1@sha256:" in answer.stderr
    assert "for linux/amd64" in answer.stderr
    assert "hint: let it emulate them: install `qemu-user-static`" in answer.stderr
    assert engine.containers() == []

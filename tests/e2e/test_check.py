"""`lambdabuild check` without a project: what it takes, in which forms it answers, what it refuses."""

import json
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Cli
from tests.support.clink import Compiler
from tests.support.elf import gcc, go_build
from tests.support.gates import require
from tests.support.registry import RunningRegistry, public_ecr_at, running_registry
from tests.support.standins import AL2023, AL2023_2023_6, push_release

WAIT = """#include <condition_variable>
#include <mutex>
int main(int argc, char **) {
  std::mutex m; std::condition_variable c; std::unique_lock<std::mutex> l(m); bool done = argc < 5;
  c.wait(l, [&] { return done; });
}
"""
NAME = "public.ecr.aws/lambda/provided:al2023"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegistry]:
    """public.ecr.aws, with a runtime whose libstdc++ is of GCC 11, and under another tag one of GCC 14."""
    with running_registry(tmp_path_factory.mktemp("registry")) as running:
        push_release(running, AL2023_2023_6, tag="al2023")
        push_release(running, AL2023, tag="al2023.new")
        yield running


@pytest.fixture
def online(registry: RunningRegistry, tmp_path: Path) -> Cli:
    """A user who can reach the registry, with an empty cache."""
    home = tmp_path / "home"
    home.mkdir()
    return Cli(cache=tmp_path / "cache", environ=public_ecr_at(registry.host, home))


@pytest.fixture
def offline(tmp_path: Path) -> Cli:
    """A user whose public.ecr.aws refuses every connection, with an empty cache."""
    home = tmp_path / "offline"
    home.mkdir()
    return Cli(cache=tmp_path / "cache", environ=public_ecr_at("127.0.0.1:9", home))


@pytest.fixture(scope="module")
def static(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A static Go program."""
    folder = tmp_path_factory.mktemp("static") / "go"
    go_build(folder)
    return folder / "out"


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A C++ program that needs GLIBCXX_3.4.30, in a zip."""
    folder = tmp_path_factory.mktemp("waiting")
    Compiler(folder=folder).program(WAIT, language="c++", name="bootstrap")
    return zipped(folder / "function.zip", {"bootstrap": folder / "bootstrap"})


def zipped(path: Path, files: dict[str, Path], mode: int = 0o755) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, file in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            bundle.writestr(info, file.read_bytes())
    return path


def rules(stdout: str) -> list[list[str]]:
    return [[one["rule"] for one in artifact["findings"]] for artifact in json.loads(stdout)["artifacts"]]


# What it takes


def test_a_zip_a_folder_a_program_and_stdin_are_one(offline: Cli, static: Path, tmp_path: Path) -> None:
    """A static artifact needs no image: this user has no network at all."""
    zipped(tmp_path / "my function.zip", {"bootstrap": static})
    folder = tmp_path / ".aws-sam" / "build" / "Orders"
    folder.mkdir(parents=True)
    shutil.copy(static, folder / "bootstrap")

    answer = offline.run("check", "my function.zip", ".aws-sam/build/Orders", str(static), "--json", cwd=tmp_path)
    piped = subprocess.run(
        offline.argv("check", "-"),
        cwd=tmp_path,
        env=offline.env,
        input=static.read_bytes(),
        capture_output=True,
        check=False,
    )

    assert answer.returncode == 0, answer.stderr
    assert rules(answer.stdout) == [[], [], []]
    assert (piped.returncode, piped.stdout, piped.stderr) == (0, b"", b"1 checked, 0 findings\n")


def test_the_architecture_is_the_files_unless_it_is_said(offline: Cli, tmp_path: Path) -> None:
    go_build(tmp_path / "go", goarch="arm64")
    zipped(tmp_path / "f.zip", {"bootstrap": tmp_path / "go" / "out"})

    assert offline.run("check", "f.zip", cwd=tmp_path).returncode == 0
    answer = offline.run("check", "f.zip", "--arch", "x86_64", cwd=tmp_path)
    assert answer.returncode == 5
    assert "error: LB202: f.zip: `bootstrap` is for arm64, the function for amd64" in answer.stderr


def test_a_file_that_is_no_program_is_a_finding(offline: Cli, tmp_path: Path) -> None:
    (tmp_path / "main.go").write_text("package main\n")
    (tmp_path / "empty").write_bytes(b"")

    answer = offline.run("check", "main.go", "empty", "--json", cwd=tmp_path)

    assert (answer.returncode, rules(answer.stdout)) == (5, [["LB201"], ["LB201"]])


def test_a_library_by_itself_is_a_warning_at_most(online: Cli, tmp_path: Path) -> None:
    source = "#include <stdlib.h>\nint f(void) { return arc4random() == 7; }\n"
    gcc(tmp_path / "lib", "-shared", "-fPIC", source=source)

    answer = online.run("check", "lib/out", "--json", cwd=tmp_path)

    assert (answer.returncode, rules(answer.stdout)) == (0, [["LB311"]])


def test_a_layer_is_judged_as_one(offline: Cli, static: Path, tmp_path: Path) -> None:
    zipped(tmp_path / "layer.zip", {"extensions/agent": static})
    zipped(tmp_path / "flat.zip", {"extensions/agent": static}, mode=0o644)

    answer = offline.run("check", "layer.zip", "flat.zip", "--json", cwd=tmp_path)

    assert rules(answer.stdout) == [[], ["LB103"]]


def test_a_layer_is_said_to_be_taken_for_one(offline: Cli, static: Path, tmp_path: Path) -> None:
    zipped(tmp_path / "layer.zip", {"extensions/agent": static})
    zipped(tmp_path / "folder.zip", {"bin/bootstrap": static})

    layer = offline.run("check", "layer.zip", cwd=tmp_path)
    folder = offline.run("check", "folder.zip", cwd=tmp_path)

    assert (layer.returncode, folder.returncode) == (0, 5)
    assert "layer.zip: taken for a layer, by its folders\n" in layer.stderr
    assert "LB101: folder.zip: there is no `bootstrap`, but there is `bin/bootstrap`" in folder.stderr


def test_of_two_layers_the_last_one_counts(online: Cli, tmp_path: Path) -> None:
    cc = Compiler(folder=tmp_path / "cc")
    library = cc.library("libf.so", "int f(void) { return 0; }\n")
    program = cc.program("int f(void); int main(void) { return f(); }\n", str(library))
    zipped(tmp_path / "f.zip", {"bootstrap": program})
    (tmp_path / "link" / "lib").mkdir(parents=True)
    (tmp_path / "link" / "lib" / "libf.so").symlink_to("gone")
    zipped(tmp_path / "file.zip", {"lib/libf.so": library})

    def code(*layers: str) -> int:
        chosen = [word for layer in layers for word in ("--layer", layer)]
        return online.run("check", "f.zip", *chosen, cwd=tmp_path).returncode

    assert (code("link", "file.zip"), code("file.zip", "link")) == (0, 5)


def test_a_buildspec_of_codebuild_is_no_project(offline: Cli, static: Path, tmp_path: Path) -> None:
    (tmp_path / "buildspec.yaml").write_text("version: 0.2\nphases: {build: {commands: [make]}}\n")
    (tmp_path / "images.lock").write_text("damaged")
    zipped(tmp_path / "f.zip", {"bootstrap": static})

    assert offline.run("check", "f.zip", cwd=tmp_path).returncode == 0
    assert offline.run("check", cwd=tmp_path).returncode == 2


def test_one_file_that_is_given_twice_is_one_artifact_of_sarif(offline: Cli, static: Path, tmp_path: Path) -> None:
    zipped(tmp_path / "é.zip", {"bootstrap": static})

    answer = offline.run("check", "é.zip", "é.zip", "--format", "sarif", cwd=tmp_path)

    (run,) = json.loads(answer.stdout)["runs"]
    assert [each["location"]["uri"] for each in run["artifacts"]] == ["%C3%A9.zip"]


def test_names_cannot_forge_a_line(offline: Cli, static: Path, tmp_path: Path) -> None:
    name = "x\n::error::pwned\x1b[31m.zip"
    zipped(tmp_path / name, {"main": static})

    for form in ("text", "github"):
        answer = offline.run("check", name, "--format", form, cwd=tmp_path)
        lines = (answer.stdout + answer.stderr).splitlines()
        assert answer.returncode == 5
        assert not [line for line in lines if line.startswith("::error::pwned")]
        assert "\x1b" not in answer.stdout + answer.stderr


def test_a_layer_brings_libraries(online: Cli, tmp_path: Path) -> None:
    cc = Compiler(folder=tmp_path / "cc")
    library = cc.library("libf.so.1", "int f(void) { return 0; }\n")
    program = cc.program("int f(void); int main(void) { return f(); }\n", str(library))
    zipped(tmp_path / "f.zip", {"bootstrap": program})
    zipped(tmp_path / "layer.zip", {"lib/libf.so.1": library}, mode=0o644)

    without = online.run("check", "f.zip", cwd=tmp_path)
    with_it = online.run("check", "f.zip", "--layer", "layer.zip", cwd=tmp_path)

    assert (without.returncode, with_it.returncode) == (5, 0), with_it.stderr
    assert "LB313: f.zip: `bootstrap` needs `libf.so.1`" in without.stderr


# Which image it asks


def test_without_a_lock_the_runtime_is_resolved_now_and_said_to_be_not_locked(online: Cli, waiting: Path) -> None:
    answer = online.run("check", waiting.name, cwd=waiting.parent)

    assert answer.returncode == 5
    warning = re.search(rf"warning: `{NAME}` is (sha256:[0-9a-f]{{64}}) now: not locked\n", answer.stderr)
    assert warning is not None, answer.stderr
    assert f"write `--image {NAME}@{warning[1]}`" in answer.stderr
    assert "error: LB312: function.zip: `bootstrap` needs GLIBCXX_3.4.30" in answer.stderr
    assert "1 checked, 1 finding\n" in answer.stderr


def test_an_image_by_digest_is_judged_against_without_a_warning(
    online: Cli, registry: RunningRegistry, waiting: Path
) -> None:
    digest = push_release(registry, AL2023, tag="al2023.new")

    answer = online.run("check", waiting.name, "--image", f"{NAME}.new@{digest}", cwd=waiting.parent)

    assert answer.returncode == 0, answer.stderr
    assert "warning" not in answer.stderr


@pytest.mark.parametrize("form", ["oci:{}/image", "docker-archive:{}/image.tar"])
def test_an_image_of_this_machine_needs_no_network(
    offline: Cli, registry: RunningRegistry, waiting: Path, tmp_path: Path, form: str
) -> None:
    place = form.format(tmp_path)
    source = f"docker://{registry.host}/lambda/provided:al2023.new"
    copy = [require("skopeo"), "copy", "--quiet", "--src-tls-verify=false", "--override-arch=amd64", source, place]
    subprocess.run(copy, check=True, capture_output=True)

    answer = offline.run("check", waiting.name, "--image", place, cwd=waiting.parent)

    assert answer.returncode == 0, answer.stderr


def test_offline_a_dynamic_artifact_needs_an_image(offline: Cli, waiting: Path) -> None:
    answer = offline.run("check", waiting.name, cwd=waiting.parent)

    assert answer.returncode == 4
    assert f"error: `{NAME}` by `127.0.0.1:9/lambda/provided`: `127.0.0.1:9` refused" in answer.stderr
    assert "give the image as it is here: `--image oci:DIR`, or `--image docker-archive:FILE`" in answer.stderr


def test_offline_what_was_seen_before_is_taken_and_said(online: Cli, offline: Cli, waiting: Path) -> None:
    """Both users share a cache."""
    assert online.run("check", waiting.name, cwd=waiting.parent).returncode == 5

    answer = offline.run("check", waiting.name, cwd=waiting.parent)

    assert answer.returncode == 5
    assert f"warning: `{NAME}` is taken for what it was when it was seen last, sha256:" in answer.stderr
    assert "LB312" in answer.stderr


def test_the_inventory_is_read_once(online: Cli, waiting: Path) -> None:
    first, second = (online.run("check", waiting.name, cwd=waiting.parent) for _ in range(2))

    assert f"Read the libraries of {NAME}@sha256:" in first.stderr
    assert "Read the libraries" not in second.stderr


def test_a_damaged_inventory_is_read_anew(online: Cli, waiting: Path) -> None:
    online.run("check", waiting.name, cwd=waiting.parent)
    (kept,) = (online.cache / "abi").iterdir()
    kept.write_bytes(kept.read_bytes()[:-100])

    answer = online.run("check", waiting.name, cwd=waiting.parent)

    assert answer.returncode == 5
    assert "Read the libraries" in answer.stderr


def test_the_image_of_another_runtime_is_found_by_its_name(online: Cli, waiting: Path) -> None:
    answer = online.run("check", waiting.name, "--runtime", "python3.13", cwd=waiting.parent)

    assert answer.returncode == 4
    assert "`public.ecr.aws/lambda/python:3.13`" in answer.stderr


# In which forms it answers


def test_findings_for_github(online: Cli, waiting: Path) -> None:
    answer = online.run("check", waiting.name, "--format", "github", cwd=waiting.parent)

    (line,) = answer.stdout.splitlines()
    assert answer.returncode == 5
    assert line.startswith("::error file=function.zip,title=LB312::`bootstrap` needs GLIBCXX_3.4.30")
    assert "%0Ahint: build it in the image of the runtime" in line


def test_findings_as_sarif(online: Cli, waiting: Path) -> None:
    answer = online.run("check", waiting.name, "--format", "sarif", cwd=waiting.parent)

    document: dict[str, Any] = json.loads(answer.stdout)
    (run,) = document["runs"]
    (result,) = run["results"]
    assert answer.returncode == 5
    assert document["version"] == "2.1.0"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["LB312"]
    assert (result["ruleId"], result["level"]) == ("LB312", "error")
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "function.zip"


# What it refuses


@pytest.mark.parametrize(
    ("arguments", "says", "hint"),
    [
        (("check", "absent.zip"), "`absent.zip` cannot be read: No such file or directory", "name a zip"),
        (("check", ""), "`` is no file and no folder", "lambdabuild check -"),
        (("check", "pipe"), "`pipe` is no file and no folder", "pipe it in: `lambdabuild check -`"),
        (("check", "f.zip", "--layer", "pipe"), "`pipe` is no file and no folder", "pipe it in"),
        (("check", "x" * 300), "cannot be read: File name too long", "name a zip"),
        (("check", "loop"), "`loop` cannot be read: Too many levels of symbolic links", "name a zip"),
        (("check", "-", "-"), "`-` is given twice", "stdin holds one artifact"),
        (("check", "f.zip", "--function", "f"), "`--function` chooses of a build.json", "leave it out"),
        (("check", "f.zip", "--runtime", "provied.al2023"), "`provied.al2023` is not a runtime", "`provided.al2023`"),
        (("check",), "`buildspec.yaml`", ""),
        (("check", "f.zip", "--runtime", "provided"), "", ""),
        (("check", "f.zip", "--runtime", "perl5"), "`perl5` is not a runtime", "`provided.al2023`"),
        (("check", "f.zip", "--image", "UPPER"), "`UPPER` is not an image", "oci:DIR"),
        (("check", "f.zip", "--image", "oci:absent"), "`absent` is no folder", "skopeo copy"),
        (("check", "f.zip", "--layer", "absent.zip"), "`absent.zip` cannot be read", "name a zip"),
        (("check", "f.zip", "--layer", "program"), "`program` is no layer", "name a zip, or the folder"),
        (("check", "f.zip", "--layer", "cut.zip"), "`cut.zip` cannot be read as a layer: damaged", "check cut.zip"),
        (("check", "f.zip", "--arch", "arm64", "--arch", "amd64"), "`--arch` is given twice", "name the one"),
        (("check", "f.zip", "--format", "xml"), "'xml' is not one of", "--help"),
        (("check", "dist/build.json"), "buildspec.yaml", ""),
        (("abi", "UPPER"), "`UPPER` is not an image", "oci:DIR"),
        (("abi", "oci:absent"), "`absent` is no folder", "skopeo copy"),
        (("explain", "LB999"), "there is no rule `LB999`", "lambdabuild explain"),
    ],
)
def test_bad_input_is_one_clear_error(
    offline: Cli, waiting: Path, tmp_path: Path, arguments: tuple[str, ...], says: str, hint: str
) -> None:
    shutil.copy(waiting, tmp_path / "f.zip")
    shutil.copy(waiting.with_name("bootstrap"), tmp_path / "program")
    (tmp_path / "cut.zip").write_bytes(waiting.read_bytes()[:500])
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")

    answer = offline.run(*arguments, cwd=tmp_path)

    assert answer.returncode == 2, answer.stderr
    assert "Traceback" not in answer.stderr
    assert says in answer.stderr
    assert hint in answer.stderr
    assert len([line for line in answer.stderr.splitlines() if line.startswith("error: ")]) == 1


def test_a_closed_stdin_is_one_clear_error(offline: Cli, tmp_path: Path) -> None:
    closed = ["sh", "-c", 'exec "$@" <&-', "sh", *offline.argv("check", "-")]
    answer = subprocess.run(closed, cwd=tmp_path, env=offline.env, capture_output=True, text=True, check=False)

    assert answer.returncode == 2, answer.stderr
    assert "error: stdin is closed" in answer.stderr


def test_what_a_terminal_cannot_show_is_no_bug(offline: Cli, tmp_path: Path) -> None:
    answer = Cli(cache=offline.cache, environ={**offline.environ, "PYTHONIOENCODING": "ascii"}).run(
        "explain", "LB113", cwd=tmp_path
    )

    assert answer.returncode == 0, answer.stderr


# The inventory by itself


def test_abi_of_an_image_of_one_platform(online: Cli, registry: RunningRegistry, tmp_path: Path) -> None:
    source = f"docker://{registry.host}/lambda/provided:al2023"
    copy = [require("skopeo"), "copy", "--quiet", "--src-tls-verify=false", "--override-arch=arm64", source]
    subprocess.run([*copy, f"oci:{tmp_path}/image"], check=True, capture_output=True)

    assert online.done("abi", f"oci:{tmp_path}/image", cwd=tmp_path).startswith("linux/arm64 sha256:")


def test_abi_of_a_runtime_by_its_name(online: Cli, tmp_path: Path) -> None:
    assert "GLIBC_2.34" in online.done("abi", "provided.al2023", "--arch", "amd64", cwd=tmp_path)


def test_abi_shows_what_an_image_has(online: Cli, tmp_path: Path) -> None:
    answer = online.run("abi", NAME, "--arch", "arm64", cwd=tmp_path)

    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith("linux/arm64 sha256:")
    assert re.search(r"  loader           /usr/lib(64)?/ld-\S+, which looks in /lib64 /usr/lib64\n", answer.stdout)
    assert "glibc            GLIBC_2.34\n" in answer.stdout
    assert "libstdc++        GLIBCXX_3.4.29\n" in answer.stdout
    assert re.search(
        r"  /usr/lib64/libstdc\+\+\.so\.6\S*  libstdc\+\+\.so\.6, \d+ symbols, \d+ versions\n", answer.stdout
    )


def test_abi_as_json_has_every_symbol_of_both_architectures(online: Cli, tmp_path: Path) -> None:
    answer = online.run("abi", NAME, "--json", cwd=tmp_path)

    amd64, arm64 = json.loads(answer.stdout)["inventories"]
    assert (amd64["platform"], arm64["platform"]) == ("linux/amd64", "linux/arm64")
    assert amd64["environment"]["LD_LIBRARY_PATH"].startswith("/var/lang/lib:/lib64:")
    (libc,) = (one for one in amd64["libraries"] if one["soname"] == "libc.so.6")
    assert {"name": "puts", "version": "GLIBC_2.2.5", "default": True, "weak": True} in libc["symbols"] or {
        "name": "puts", "version": "GLIBC_2.2.5", "default": True, "weak": False
    } in libc["symbols"]  # fmt: skip
    assert "GLIBC_2.34" in libc["versions"]


def test_abi_of_a_platform_that_is_not_there(online: Cli, registry: RunningRegistry, tmp_path: Path) -> None:
    source = f"docker://{registry.host}/lambda/provided:al2023"
    copy = [require("skopeo"), "copy", "--quiet", "--src-tls-verify=false", "--override-arch=amd64", source]
    subprocess.run([*copy, f"oci:{tmp_path}/image"], check=True, capture_output=True)

    answer = online.run("abi", f"oci:{tmp_path}/image", "--arch", "arm64", cwd=tmp_path)

    assert answer.returncode == 4
    assert "has no image for `linux/arm64`, only for `linux/amd64`" in answer.stderr

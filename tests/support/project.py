"""A project of two small functions, and what tests do to it."""

import hashlib
import json
import secrets
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path

from tests.support.cli import ROOT

SPEC = """version: 1
go: "1.26.8"
runtime: provided.al2023
architectures: [amd64]
images:
  provided.al2023: public.ecr.aws/lambda/provided:al2023
variables:
  version: dev
defaults:
  ldflags: ["-X main.version=${version}"]
functions:
  orders:
    package: ./cmd/orders
  users:
    package: ./cmd/users
"""

MAIN = """package main

var version = "none"

func main() { println("%s", version) }
"""

NAMES = ("orders", "users")


def write_project(folder: Path, word: str = "hello") -> Path:
    """Write it to `folder`: `orders` and `users`, each of which prints its name, `word` and its version."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "buildspec.yaml").write_text(SPEC)
    (folder / "go.mod").write_text("module example.com/shop\n\ngo 1.24\n")
    shutil.copy(ROOT / "images.lock", folder)
    write_mains(folder, word)
    return folder


def write_mains(folder: Path, word: str) -> None:
    """Other sources, and so other binaries."""
    for name in NAMES:
        home = folder / "cmd" / name
        home.mkdir(parents=True, exist_ok=True)
        (home / "main.go").write_text(MAIN % f"{name} {word}")


def write_slow(folder: Path) -> None:
    """More of `orders`, which takes a compiler seconds, and is never the same twice."""
    body = "func f%d(m map[string]int) {\n\tfor k, v := range m {\n\t\tm[k+salt] = v * %d\n\t}\n}\n\n"
    functions = "".join(body % (number, number) for number in range(4000))
    salt = f"package main\n\nconst salt = {json.dumps(secrets.token_hex())}\n\n"
    (folder / "cmd" / "orders" / "slow.go").write_text(salt + functions)


def digests(project: Path) -> dict[str, str]:
    """The SHA-256 of every zip in dist/, by name."""
    return {path.name: sha256(path) for path in sorted((project / "dist").glob("*.zip"))}


def described(project: Path) -> dict[str, str]:
    """The SHA-256 of every zip that build.json describes, by name."""
    report = json.loads((project / "dist" / "build.json").read_text())
    return {Path(one["path"]).name: one["sha256"] for one in report["artifacts"]}


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def binary(project: Path, name: str) -> bytes:
    """The program in the zip of a function."""
    with zipfile.ZipFile(project / "dist" / f"{name}-amd64.zip") as bundle:
        return bundle.read("bootstrap")


def repack(project: Path, name: str, entries: Mapping[str, bytes], *, mode: int = 0o755) -> None:
    """Put other files into the zip of a function, and its digest into build.json."""
    path = project / "dist" / f"{name}-amd64.zip"
    with zipfile.ZipFile(path, "w") as bundle:
        for entry, content in entries.items():
            info = zipfile.ZipInfo(entry)
            info.external_attr = mode << 16
            bundle.writestr(info, content)
    redescribe(project, name, sha256=sha256(path))


def redescribe(project: Path, name: str, **facts: object) -> None:
    """Say other things of a function in build.json; None takes a fact away."""
    file = project / "dist" / "build.json"
    report = json.loads(file.read_text())
    for one in report["artifacts"]:
        if one["function"] == name:
            one.update(facts)
            for fact in [fact for fact in facts if facts[fact] is None]:
                del one[fact]
    file.write_text(json.dumps(report))

"""`h1:` as go computes it."""

import hashlib
import json
import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdabuild.io.dirhash import h1
from lambdabuild.io.process import run
from lambdabuild.io.store import Store
from lambdabuild.model.plan import Toolchain
from tests.support.cli import ROOT
from tests.support.goproxy import ModuleProxy

EMPTY = "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
"""As golang.org/x/mod has it for a module without files: the SHA-256 of nothing."""


def hashes(archive: Path) -> dict[str, str]:
    with zipfile.ZipFile(archive) as bundle:
        return {name: hashlib.sha256(bundle.read(name)).hexdigest() for name in bundle.namelist()}


def download(toolchain: Toolchain, module: str, folder: Path, environ: dict[str, str]) -> dict[str, str]:
    """What the real go says of a module that it fetches."""
    env = {"HOME": str(folder), "GOFLAGS": "-modcacherw", **environ}
    done = run([toolchain.root / "bin" / "go", "mod", "download", "-json", module], env=env, cwd=folder)
    assert done.ok, done.stderr
    said = json.loads(done.stdout)
    assert isinstance(said, dict)
    return said


def test_a_module_without_files_has_the_hash_of_nothing() -> None:
    assert h1({}) == EMPTY


def test_it_is_what_go_says_of_a_module(toolchain: Toolchain, tmp_path: Path) -> None:
    proxy = ModuleProxy(folder=tmp_path / "proxy")
    names = ("z.go", "a/b.go", "a.go", "a/b/c.txt", "UPPER.md", "bücher/語.txt", "with space.txt")
    proxy.publish(
        "example.com/Mixed", "v1.2.3", {"go.mod": "module example.com/Mixed\n", **dict.fromkeys(names, "package a\n")}
    )

    said = download(toolchain, "example.com/Mixed@v1.2.3", tmp_path, proxy.environ)

    assert h1(hashes(Path(said["Zip"]))) == said["Sum"]


def test_it_is_what_go_sum_says_of_a_real_module(toolchain: Toolchain, store: Store, tmp_path: Path) -> None:
    lines = (line.split() for line in (ROOT / "examples" / "go.sum").read_text().splitlines())
    path, version, known = next(line for line in lines if line[0] == "github.com/aws/aws-lambda-go")

    said = download(toolchain, f"{path}@{version}", tmp_path, {**os.environ, "GOMODCACHE": str(store.modules)})

    assert h1(hashes(Path(said["Zip"]))) == known


@given(st.dictionaries(st.text(min_size=1), st.binary(max_size=3)))
def test_the_order_of_files_does_not_count(files: dict[str, bytes]) -> None:
    forward = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}

    assert h1(forward) == h1(dict(reversed(forward.items())))


@pytest.mark.parametrize("other", [{"a": "1"}, {"b": "0"}, {"a": "0", "b": "0"}, {}])
def test_every_name_and_byte_counts(other: dict[str, str]) -> None:
    assert h1(other) != h1({"a": "0"})

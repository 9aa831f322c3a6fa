"""ELF files and wheels that public projects test their own readers with, as package registries carry them.

Each is pinned by its hash, fetched once, and kept with the other things that tests fetch. Only files that are tested
with are kept, under names of ours.
"""

import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.cli import ROOT
from tests.support.gates import require
from tests.support.standins.cache import fetched_once

CACHE = ROOT / ".services" / "elves"
SDISTS = {
    "pyelftools==0.33": "660d82dcbeb8e83d1702bd97f223f761625da06111c0cc988eac6b8ab0c1b61f",
    "auditwheel==6.4.2": "b7a61afc9183b6b5c661de59ca586f9c7200445a409c58cdf2049d6f71636d51",
}
MODULES = {"github.com/cilium/ebpf@v0.17.3": "h1:FnP4r16PWYSE4ux6zN+//jMcW4nMVRvuTLVTvCjyyjg="}


def of_sdist(requirement: str) -> Path:
    """The ELF files and wheels of a source distribution."""
    return fetched_once(requirement, lambda folder: _fetch_sdist(requirement, folder), cache=CACHE)


def of_module(module: str) -> Path:
    """The ELF files of a Go module."""
    name = module.replace("/", "-")
    return fetched_once(name, lambda folder: _fetch_module(module, folder), cache=CACHE)


def elf_files(folder: Path) -> Iterator[Path]:
    """Those in a folder, at any depth."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as stream:
                if _is_elf(stream.read(4)):
                    yield path


def _fetch_sdist(requirement: str, folder: Path) -> None:
    with TemporaryDirectory(prefix="elves-") as temporary:
        pinned = Path(temporary, "requirements.txt")
        pinned.write_text(f"{requirement} --hash=sha256:{SDISTS[requirement]}\n")
        name = requirement.partition("==")[0]
        flags = ["--quiet", "--no-deps", "--no-binary", name, "--require-hashes", "--dest", temporary]
        _done([sys.executable, "-m", "pip", "download", *flags, "--requirement", str(pinned)])
        (sdist,) = Path(temporary).glob("*.tar.gz")
        with tarfile.open(sdist) as archive:
            for number, member in enumerate(archive):
                stream = archive.extractfile(member)
                content = b"" if stream is None else stream.read()
                if _is_elf(content) or member.name.endswith(".whl"):
                    (folder / f"{number}-{Path(member.name).name}").write_bytes(content)


def _fetch_module(module: str, folder: Path) -> None:
    with TemporaryDirectory(prefix="elves-") as temporary:
        env = {"GOMODCACHE": temporary, "GOFLAGS": "-modcacherw", "GONOSUMDB": "*", "GOTOOLCHAIN": "local"}
        said = json.loads(_done([require("go"), "mod", "download", "-json", module], **env))
        assert said["Sum"] == MODULES[module], said
        for number, path in enumerate(elf_files(Path(said["Dir"]))):
            (folder / f"{number}-{path.name}").write_bytes(path.read_bytes())


def _done(argv: list[str], **environ: str) -> str:
    done = subprocess.run(argv, env={**os.environ, **environ}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _is_elf(content: bytes) -> bool:
    return content[:4] == b"\x7fELF"

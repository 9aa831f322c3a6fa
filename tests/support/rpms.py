"""Databases of packages that rpm itself made, and Berkeley DB's own tool, with what rpm says is in them.

Debian's rpm writes SQLite alone, and reads Berkeley DB: a database of that kind is made of the same headers by
`db5.3_load`, page size and byte order as asked for.
"""

import hashlib
import sqlite3
import subprocess
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

from tests.support.gates import require
from tests.support.standins.cache import ROOT, fetched_once

RPMS = ROOT / ".services" / "rpms"
SQLITE, BERKELEY = "rpmdb.sqlite", "Packages"

_QUERY = r"%{NAME} %{EVR}.%{ARCH}\n"
_RECIPE = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:16]


def packages() -> Path:
    """A folder of packages: `plain`, `kernel` twice, `lib` of two architectures, a key, and 130 of one build."""
    return fetched_once(f"{_RECIPE}/packages", _build, cache=RPMS)


def database() -> Path:
    """A folder with the database of all of them, as rpm leaves it."""

    def make(folder: Path) -> None:
        install(folder, sorted(packages().glob("*.rpm")))

    return fetched_once(f"{_RECIPE}/database", make, cache=RPMS)


def install(folder: Path, files: Iterable[Path]) -> None:
    """Note packages as installed in the database of a folder, and touch nothing else."""
    _run(
        "rpm", "--dbpath", str(folder), "--justdb", "--nodeps", "--ignorearch", "--force-debian", "-i", *map(str, files)
    )


def installed(folder: Path, *, backend: str = "sqlite") -> list[str]:
    """`NAME [epoch:]version-release.arch` of each package of a database, as rpm says, but of keys."""
    told = _run("rpm", "--define", f"_db_backend {backend}", "--dbpath", str(folder), "-qa", "--qf", _QUERY)
    return sorted(line for line in told.splitlines() if not line.startswith("gpg-pubkey "))


def headers(folder: Path) -> list[bytes]:
    """The headers of a database that rpm wrote."""
    with closing(sqlite3.connect(f"{(folder / SQLITE).as_uri()}?immutable=1", uri=True)) as connection:
        return [blob for (blob,) in connection.execute("SELECT blob FROM Packages")]


def berkeley(
    file: Path, values: Sequence[bytes], *, kind: str = "hash", order: str = "little", page: int = 4096, more: str = ""
) -> bytes:
    """Make a database of Berkeley DB of some values under the keys that rpm gives, with its own counter; its bytes."""
    return load(
        file, enumerate([len(values).to_bytes(4, "little"), *values]), kind=kind, order=order, page=page, more=more
    )


def load(file: Path, records: Iterable[tuple[int, bytes]], *, kind: str, order: str, page: int, more: str) -> bytes:
    """The same of records as they are. `more` is a line of the header: `duplicates=1`."""
    lines = [
        *("VERSION=3", "format=bytevalue", f"type={kind}", f"db_lorder={1234 if order == 'little' else 4321}"),
        *(f"db_pagesize={page}", *filter(None, [more]), "HEADER=END"),
    ]
    for number, value in records:
        lines += [f" {number.to_bytes(4, 'little').hex()}", f" {value.hex()}"]
    file.parent.mkdir(parents=True, exist_ok=True)
    _run("db5.3_load", str(file), told="\n".join([*lines, "DATA=END", ""]))
    return file.read_bytes()


def _build(folder: Path) -> None:
    specs = {
        "plain": _spec("plain", "1.0~rc1", "3.amzn2023"),
        "epoch": _spec("epoch", "1.1", "2", "Epoch: 2"),
        "zero": _spec("zero", "1.1", "2", "Epoch: 0"),
        "kernel-1": _spec("kernel", "6.1.1", "1"),
        "kernel-2": _spec("kernel", "6.1.2", "1"),
        "key": _spec("gpg-pubkey", "d832c631", "6515c85e"),
        "many": _many(130),
    }
    for name, spec in specs.items():
        _rpmbuild(folder, name, spec)
    for architecture in ("x86_64", "i686"):
        _rpmbuild(folder, "lib", _spec("lib", "3.0", "1", noarch=False), "--target", architecture)


def _spec(name: str, version: str, release: str, more: str = "", *, noarch: bool = True) -> str:
    return f"""Name: {name}
Version: {version}
Release: {release}
Summary: A package of nothing
License: MIT
{"BuildArch: noarch" if noarch else ""}
{more}
%description
A package of nothing.
%files
"""


def _many(count: int) -> str:
    """Headers of one kilobyte, and of many: of what a package provides there may be much."""
    spec = _spec("many", "1.0", "1")
    for number in range(count):
        provides = "".join(f"Provides: capability-{each}-of-{number}\n" for each in range(number % 7 * 60))
        spec += f"%package -n many-{number}\nVersion: 1.{number}\nSummary: One\n{provides}"
        spec += f"%description -n many-{number}\nOne.\n%files -n many-{number}\n"
    return spec


def _rpmbuild(folder: Path, name: str, spec: str, *more: str) -> None:
    top = folder / "top"
    top.mkdir(exist_ok=True)
    file = top / f"{name}.spec"
    file.write_text(spec)
    defined = {"_topdir": str(top), "_rpmdir": str(folder), "_rpmfilename": "%%{NAME}-%%{VERSION}.%%{ARCH}.rpm"}
    options = [word for key, value in defined.items() for word in ("--define", f"{key} {value}")]
    _run("rpmbuild", "-bb", "--quiet", *more, *options, str(file))


def _run(program: str, *arguments: str, told: str | None = None) -> str:
    environ = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}
    done = subprocess.run(
        [require(program), *arguments], input=told, capture_output=True, text=True, check=False, env=environ
    )
    assert done.returncode == 0, done.stderr
    return done.stdout

"""Libraries of any Debian release and CPU, from the mirror of this machine, which itself stays as it is.

apt gets a configuration and a state of its own (apt.conf(5)); the machine's sources say where its mirror is and which
keys it is held against (sources.list(5)).
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from lambdabuild.model.platform import Architecture
from tests.support.gates import need, require
from tests.support.standins.cache import fetched_once
from tests.support.standins.release import LOADERS, MULTIARCH

ETC_APT = Path("/etc/apt")
OS_RELEASE = Path("/etc/os-release")

_LIBRARY = re.compile(r"[^/]+\.so\.\d+")
_OPTIONS = {"signed-by": "Signed-By", "trusted": "Trusted"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A mirror of Debian's main archive. `options` are fields of deb822 style: Signed-By, Trusted."""

    uris: str
    options: tuple[tuple[str, str], ...] = ()

    def stanza(self, suite: str) -> str:
        """The same mirror's entry for another release."""
        options = "".join(f"{name}: {value}\n" for name, value in self.options)
        return f"Types: deb\nURIs: {self.uris}\nSuites: {suite}\nComponents: main\n{options}\n"


def libraries(suite: str, packages: Sequence[str]) -> Path:
    """A folder with a folder for each CPU: its libraries by soname, its loader, and busybox. Fetched once."""
    wanted = sha256(f"{packages} {Path(__file__).read_text()}".encode()).hexdigest()[:8]
    return fetched_once(f"debian/{suite}-{wanted}", lambda folder: _fetch(suite, packages, folder))


def sources(etc_apt: Path, codename: str) -> Iterator[Source]:
    """What one-line and deb822 files have for `codename main`."""
    lists = [etc_apt / "sources.list", *sorted(etc_apt.glob("sources.list.d/*.list"))]
    for path in filter(Path.is_file, lists):
        for line in path.read_text().splitlines():
            yield from _of_line(line, codename)
    for path in sorted(etc_apt.glob("sources.list.d/*.sources")):
        text = "\n".join(line for line in path.read_text().splitlines() if not line.startswith("#"))
        for stanza in re.split(r"\n\s*\n", text):
            yield from _of_stanza(stanza, codename)


def _of_line(line: str, codename: str) -> Iterator[Source]:
    match = re.match(r"\s*deb\s+(?:\[([^]]*)\]\s*)?(\S+)\s+(\S+)\s+([^#]*)", line)
    if match and match[3] == codename and "main" in match[4].split():
        given = dict(option.partition("=")[::2] for option in (match[1] or "").split())
        options = tuple((_OPTIONS[name], value.replace(",", " ")) for name, value in given.items() if name in _OPTIONS)
        yield Source(uris=match[2], options=options)


def _of_stanza(stanza: str, codename: str) -> Iterator[Source]:
    fields = {
        name.lower(): value.rstrip() for name, value in re.findall(r"(?m)^([\w-]+):[ \t]*(.*(?:\n[ \t].*)*)", stanza)
    }
    words = {name: fields.get(name, "").split() for name in ("types", "suites", "components")}
    here = "deb" in words["types"] and codename in words["suites"] and "main" in words["components"]
    if here and fields.get("enabled", "yes").lower() != "no":
        options = tuple((_OPTIONS[name], fields[name]) for name in _OPTIONS if name in fields)
        yield Source(uris=fields["uris"], options=options)


def _fetch(suite: str, packages: Sequence[str], folder: Path) -> None:
    with TemporaryDirectory(prefix="standins-") as temporary:
        work = Path(temporary)
        download(suite, [f"{package}:{each}" for package in packages for each in Architecture], work)
        for architecture in Architecture:
            root = work / architecture
            for package in sorted(work.glob(f"*_{architecture}.deb")):
                subprocess.run([require("dpkg-deb"), "-x", package, root], check=True)
            _collect(root, architecture, folder / architecture)


def download(suite: str, packages: Sequence[str], work: Path) -> None:
    """The .deb files of packages (`name:architecture`) of a suite, to an empty folder."""
    apt = require("apt-get")
    release = dict(line.partition("=")[::2] for line in OS_RELEASE.read_text().splitlines())
    debian = release.get("ID") == "debian"
    found = list(dict.fromkeys(sources(ETC_APT, release["VERSION_CODENAME"]))) if debian else []
    need(bool(found), "needs the packages of Debian: run on Debian, or in a container of it")
    (work / "debian.sources").write_text("".join(source.stanza(suite) for source in found))
    for state in ("lists/partial", "archives/partial"):
        (work / state).mkdir(parents=True)
    (work / "status").touch()
    (work / "apt.conf").write_text(_configuration(work))
    said = ""
    for command in (["update"], ["download", *packages]):
        done = subprocess.run(
            [apt, "-q", "-c", work / "apt.conf", *command],
            cwd=work,
            env={**os.environ, "LC_ALL": "C"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        said += done.stdout
    assert done.returncode == 0, f"apt-get has not got the packages of {suite}:\n{said}"


def _configuration(work: Path) -> str:
    """Read after the machine's own, which may know of proxies."""
    architectures = "".join(f'"{each}"; ' for each in Architecture)
    return f"""\
Dir::State "{work}";
Dir::State::lists "lists";
Dir::State::status "{work}/status";
Dir::Cache "{work}";
Dir::Cache::archives "archives";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "{work}";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
#clear APT::Architectures;
APT::Architectures {{ {architectures}}};
APT::Sandbox::User "root";
Acquire::Check-Valid-Until "false";
Acquire::Languages "none";
Acquire::Retries "3";
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
"""


def _collect(root: Path, architecture: Architecture, target: Path) -> None:
    """Flatten what the packages have in several folders, some of them behind links."""
    target.mkdir()
    for folder in ("lib", "usr/lib"):
        for path in (root / folder / MULTIARCH[architecture]).glob("*"):
            if _LIBRARY.fullmatch(path.name) and path.is_file():
                shutil.copyfile(path, target / path.name)
    busybox = next(path for path in (root / "bin/busybox", root / "usr/bin/busybox") if path.is_file())
    shutil.copyfile(busybox, target / "busybox")
    assert (target / Path(LOADERS[architecture]).name).is_file()

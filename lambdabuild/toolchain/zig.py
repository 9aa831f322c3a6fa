"""zig toolchains: the wheel `ziglang` of PyPI, fetched by pip, held against the lock before its first use.

Sources: https://pip.pypa.io/en/stable/reference/installation-report/ (its format, and `archive_info` of PEP 610);
https://pip.pypa.io/en/stable/topics/secure-installs/ (hash-checking mode); the names of ziglang's wheels, and
https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/ for what they mean.
"""

import importlib.util
import json
import re
import sys
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from threading import Event

from lambdabuild.errors import DigestMismatchError, EnvironmentFailure
from lambdabuild.io import merkle
from lambdabuild.io.process import Completed, run, unless_stopped
from lambdabuild.io.store import Store
from lambdabuild.model.lock import LockedZig
from lambdabuild.model.plan import Digest, Zig
from lambdabuild.model.platform import ACTION_HOST
from lambdabuild.toolchain.folder import place, write_file

PACKAGE = "ziglang"

_PROGRAM = PurePosixPath("zig")

# One of a family is enough: pip takes those that ask for less of a machine, too.
_TAGS: Mapping[str, tuple[str, ...]] = {
    "linux/amd64": ("manylinux2014_x86_64", "musllinux_1_1_x86_64"),
    "linux/arm64": ("manylinux2014_aarch64", "musllinux_1_1_aarch64"),
    "darwin/amd64": ("macosx_26_0_x86_64",),
    "darwin/arm64": ("macosx_26_0_arm64",),
    "windows/amd64": ("win_amd64",),
    "windows/arm64": ("win_arm64",),
}

_ALWAYS = ("--no-deps", "--only-binary=:all:", "--quiet", "--no-input", "--disable-pip-version-check")
_SETTINGS = {"PIP_REQUIRE_HASHES": "0", "PIP_REQUIRE_VIRTUALENV": "0", "PIP_USER": "0"}
"""What a user may have set for packages that are installed, and would end a question about one."""

_SOMETHING_ELSE = "the index of pip served something else; do not use it until you know why"
_GOT = re.compile(r"Got\s+([0-9a-f]{64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class ZigToolchains:
    """Finds zigs and installs the locked ones. `environ` is the user's, for the pip that fetches; `stop` ends it
    where it runs beside others.
    """

    store: Store
    environ: Mapping[str, str]
    stop: Event = field(default_factory=Event)

    def resolve(self, version: str, host: str, *, keep: bool) -> LockedZig:
        """What a lock says of zig `version` for `host`.

        Of the host that actions name it is read what is in the wheel, and installed where `keep` says so. Of any other
        it is enough what the index says of it.
        """
        with self.store.scratch() as scratch:
            wheel = self._ask(version, host, scratch)
            if host != ACTION_HOST:
                return LockedZig(wheel=wheel)
            unpacked = scratch / "unpacked"
            tree = _unpack(self._fetch(version, host, wheel, scratch), unpacked if keep else None, self.stop)
            locked = LockedZig(wheel=wheel, tree=f"sha256:{tree}")
            if keep:
                place(unpacked, self._home(version, host, locked))
            return locked

    def install(self, version: str, host: str, locked: LockedZig) -> Zig:
        """The locked zig, fetched where it is absent. DigestMismatchError where its bytes are others."""
        home = self._home(version, host, locked)
        if not home.is_dir():
            with self.store.alone(home.name), self.store.scratch() as scratch:
                if not home.is_dir():
                    unpacked = scratch / "unpacked"
                    wheel = self._fetch(version, host, locked.wheel, scratch)
                    tree = f"sha256:{_unpack(wheel, unpacked, self.stop)}"
                    if locked.tree not in (None, tree):
                        raise DigestMismatchError(
                            f"the tree of zig {version} for {host}", expected=str(locked.tree), actual=tree
                        )
                    place(unpacked, home)
        return Zig(version=version, root=home)

    def installed(self, version: str, host: str, locked: LockedZig) -> bool:
        """Whether `install` would fetch nothing."""
        return self._home(version, host, locked).is_dir()

    def _home(self, version: str, host: str, locked: LockedZig) -> Path:
        return self.store.toolchains / f"zig{version}.{host.replace('/', '-')}-{locked.wheel[7:23]}"

    def _ask(self, version: str, host: str, scratch: Path) -> str:
        """The digest of the wheel that pip would take, as the index has it."""
        report = scratch / "report.json"
        answer = self._pip(
            ["install", "--dry-run", "--ignore-installed", f"--target={scratch / 'none'}", f"--report={report}"],
            [f"{PACKAGE}=={version}"],
            host=host,
            scratch=scratch,
        )
        if not answer.ok:
            raise _refusal(version, host, answer)
        (found,) = json.loads(report.read_bytes())["install"]
        hashes = found["download_info"]["archive_info"].get("hashes", {})
        if "sha256" not in hashes:
            raise EnvironmentFailure(
                f"the index of pip has no sha256 of zig {version} for {host}",
                hint="use one that has, as PyPI itself: `pip config list` shows what is set",
            )
        return f"sha256:{hashes['sha256']}"

    def _fetch(self, version: str, host: str, wheel: str, scratch: Path) -> Path:
        """The wheel; pip holds it against the lock, and so do we."""
        required, folder = scratch / "requirements.txt", scratch / "wheel"
        required.write_text(f"{PACKAGE}=={version} --hash={wheel}\n")
        answer = self._pip(
            ["download", "--require-hashes", f"--dest={folder}"],
            [f"--requirement={required}"],
            host=host,
            scratch=scratch,
        )
        if answer.ok:
            (file,) = folder.iterdir()
            actual = merkle.digest_of_file(file)[0].hash
        elif refused := _GOT.search(answer.stderr):
            actual = refused[1]
        else:
            raise _refusal(version, host, answer)
        if f"sha256:{actual}" != wheel:
            raise DigestMismatchError(f"zig {version} for {host}", expected=wheel, actual=f"sha256:{actual}")
        return file

    def _pip(self, command: Sequence[str], what: Sequence[str], *, host: str, scratch: Path) -> Completed:
        """Run the pip of our own Python with the user's index, proxy and certificates; wheels alone, and of `host`."""
        require_pip()
        if host not in _TAGS:
            raise EnvironmentFailure(
                f"there is no zig for {host} at PyPI", hint=f"`hosts` of the spec may be {', '.join(sorted(_TAGS))}"
            )
        platforms = [f"--platform={tag}" for tag in _TAGS[host]]
        return run(
            [sys.executable, "-m", "pip", *command, *_ALWAYS, *platforms, *what],
            env={**self.environ, **_SETTINGS},
            cwd=scratch,
            stop=self.stop,
        )


def require_pip() -> None:
    """EnvironmentFailure where our Python has no pip, which is what fetches zig."""
    if importlib.util.find_spec("pip") is None:
        raise EnvironmentFailure(
            f"no pip in the Python that runs lambdabuild (`{sys.executable}`): zig is fetched by it",
            hint="`pip install 'lambdabuild[zig]'`, or `uv tool install 'lambdabuild[zig]'`, as you installed it",
        )


def _refusal(version: str, host: str, answer: Completed) -> EnvironmentFailure:
    lines = answer.stderr.strip().splitlines()
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    reason = (errors or lines or ["pip said nothing"])[-1]
    return EnvironmentFailure(
        f"zig {version} for {host} cannot be fetched: {reason}",
        output=answer.stderr,
        hint="check the version in the spec, the index that pip is set to (`pip config list`) and the network",
    )


def _unpack(wheel: Path, into: Path | None, stop: Event) -> Digest:
    """The tree of what lies in the wheel's own folder, which is written below `into` where there is one."""
    try:
        with zipfile.ZipFile(wheel) as bundle:
            return _unpack_all(bundle, into, stop)
    except zipfile.BadZipFile as error:
        raise EnvironmentFailure(f"the wheel of zig cannot be read: {error}", hint=_SOMETHING_ELSE) from error


def _unpack_all(bundle: zipfile.ZipFile, into: Path | None, stop: Event) -> Digest:
    files: dict[PurePosixPath, Digest] = {}
    for entry in unless_stopped(bundle.infolist(), stop):
        path = PurePosixPath(entry.filename)
        if path.is_absolute() or ".." in path.parts or path in files:
            raise EnvironmentFailure(
                f"the wheel of zig holds `{entry.filename}`, which is outside of it, or there twice",
                hint=_SOMETHING_ELSE,
            )
        if entry.is_dir() or path.parts[0] != PACKAGE:
            continue
        name = PurePosixPath(*path.parts[1:])
        content = bundle.read(entry)
        files[path] = merkle.digest_of(content)
        if into is not None:
            write_file(into / name, content, executable=name == _PROGRAM)
    tree = {path.relative_to(PACKAGE): digest for path, digest in files.items()}
    return merkle.tree_of(tree.items(), executable=lambda name: name == _PROGRAM)

"""Go toolchains: the module golang.org/toolchain, held against the lock before its first use.

Sources: https://go.dev/doc/toolchain (the module and its versions); cmd/go/internal/toolchain, Exec, for what go does
to the unpacked module: execute bits on `bin` and `pkg/tool`, and every `_go.mod` copied to `go.mod`.
"""

import hashlib
import json
import zipfile
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from threading import Event

from lambdabuild.errors import DigestMismatchError, EnvironmentFailure
from lambdabuild.io import merkle
from lambdabuild.io.dirhash import h1
from lambdabuild.io.golang import Go, bootstrap_go
from lambdabuild.io.process import unless_stopped
from lambdabuild.io.store import Store
from lambdabuild.model.lock import LockedToolchain
from lambdabuild.model.plan import Digest, Toolchain
from lambdabuild.toolchain.folder import place, write_file

MODULE = "golang.org/toolchain"

_FACTS = 1
"""The form of what is remembered of a toolchain; another where a tree is made in another way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoToolchains:
    """Finds toolchains and installs the locked ones. `environ` is the user's, for the go that fetches; `stop` ends it
    where it runs beside others.
    """

    store: Store
    environ: Mapping[str, str]
    stop: Event = field(default_factory=Event)

    def resolve(self, version: str, host: str, *, keep: bool) -> LockedToolchain:
        """What a lock says of Go `version` for `host`; the toolchain is installed only where `keep` says so.

        What a checksum database has vouched for is the same for ever: it is remembered, and not fetched again.
        """
        go = bootstrap_go(self.store, self.environ, stop=self.stop)
        key = _fact(go, version, host)
        if key and (said := self.store.recall("toolchain", key)):
            known = LockedToolchain(**json.loads(said))
            if not keep or self.installed(version, host, known):
                return known
        with self.store.scratch() as scratch:
            archive = self._fetch(go, version, host, scratch, known=False)
            unpacked = scratch / "unpacked"
            locked = _unpack(archive, _prefix(version, host), unpacked if keep else None, self.stop)
            if keep:
                place(unpacked, self._home(version, host, locked))
        if key:
            self.store.remember("toolchain", key, json.dumps(asdict(locked)))
        return locked

    def install(self, version: str, host: str, locked: LockedToolchain) -> Toolchain:
        """The locked toolchain, fetched where it is absent. DigestMismatchError where its bytes are others."""
        home = self._home(version, host, locked)
        if not home.is_dir():
            with self._alone(home), self.store.scratch() as scratch:
                if not home.is_dir():
                    go = bootstrap_go(self.store, self.environ, stop=self.stop)
                    archive = self._fetch(go, version, host, scratch, known=True)
                    unpacked = scratch / "unpacked"
                    _compare(version, host, locked, _unpack(archive, _prefix(version, host), unpacked, self.stop))
                    place(unpacked, home)
        return Toolchain(version=version, root=home)

    def installed(self, version: str, host: str, locked: LockedToolchain) -> bool:
        """Whether `install` would fetch nothing."""
        return self._home(version, host, locked).is_dir()

    def _home(self, version: str, host: str, locked: LockedToolchain) -> Path:
        fingerprint = hashlib.sha256(f"{locked.h1} {locked.tree}".encode()).hexdigest()[:16]
        return self.store.toolchains / f"go{version}.{host.replace('/', '-')}-{fingerprint}"

    def _alone(self, home: Path) -> AbstractContextManager[None]:
        return self.store.alone(home.name)

    def _fetch(self, go: Go, version: str, host: str, scratch: Path, *, known: bool) -> Path:
        """The module's zip. Where its hash is `known`, the user's module cache is enough and is asked alone first:
        with a single file:// proxy go obeys GOSUMDB=off, and we hold the bytes against the lock. Where the user's own
        proxy is such a one, it is asked as the user's go would.
        """
        # Our cache may lie in a project, whose go.mod may need a newer go than the one that fetches.
        (scratch / "go.mod").write_text("module lambdabuild.scratch\n")
        seed, user = go.proxies()
        attempts = [{"GOPROXY": user if seed is None or _is_one_folder(user) else f"{seed},{user}"}]
        if known and seed is not None:
            attempts.insert(0, {"GOPROXY": seed, "GOSUMDB": "off"})
        for attempt in attempts:
            answer = go.run_open(
                ["mod", "download", "-json", f"{MODULE}@{_module_version(version, host)}"],
                cwd=scratch,
                env={"GOMODCACHE": str(scratch / "modules"), "GOWORK": "off", **attempt},
            )
            if answer.ok:
                return Path(json.loads(answer.stdout)["Zip"])
        raise EnvironmentFailure(
            f"Go {version} for {host} cannot be fetched: {_reason(answer.stdout, answer.stderr)}",
            hint="check the version in the spec, GOPROXY and the network",
        )


def _fact(go: Go, version: str, host: str) -> str | None:
    """The name of what a checksum database says of a toolchain, and we of its tree; None where go asks no database.

    GONOSUMDB is not for toolchains: cmd/go/internal/modfetch, useSumDB. GOSUMDB may hold a password.
    """
    settings = go.settings("GOPROXY", "GOSUMDB")
    database = settings["GOSUMDB"]
    if database == "off" or _is_one_folder(settings["GOPROXY"]):
        return None
    known = hashlib.sha256(database.encode()).hexdigest()
    return f"{_FACTS} {MODULE}@{_module_version(version, host)} {known}"


def _is_one_folder(proxy: str) -> bool:
    """As cmd/go/internal/modfetch, useSumDB, has it."""
    return proxy.startswith("file://") and not set(proxy) & set(",|")


def _module_version(version: str, host: str) -> str:
    return f"v0.0.1-go{version}.{host.replace('/', '-')}"


def _prefix(version: str, host: str) -> str:
    return f"{MODULE}@{_module_version(version, host)}/"


def _reason(stdout: bytes, stderr: str) -> str:
    try:
        reason = str(json.loads(stdout)["Error"])
    except (ValueError, KeyError, TypeError):
        reason = stderr
    return " ".join(reason.split()) or "go said nothing"


def _unpack(archive: Path, prefix: str, into: Path | None, stop: Event) -> LockedToolchain:
    """Hash every file of the module, and write it below `into` where there is one; read-only when done."""
    hashes: dict[str, str] = {}
    files: dict[PurePosixPath, Digest] = {}
    with zipfile.ZipFile(archive) as bundle:
        for entry in unless_stopped(bundle.infolist(), stop):
            path = PurePosixPath(entry.filename.removeprefix(prefix))
            if not entry.filename.startswith(prefix) or path.is_absolute() or ".." in path.parts:
                raise EnvironmentFailure(
                    f"the toolchain's zip holds `{entry.filename}`, which is outside of `{prefix}`",
                    hint="GOPROXY served something else; do not use it until you know why",
                )
            content = bundle.read(entry)
            digest = merkle.digest_of(content)
            hashes[entry.filename] = digest.hash
            for name in _names(path):
                files[name] = digest
                if into is not None:
                    write_file(into / name, content, executable=_executable(name))
    tree = merkle.tree_of(files.items(), executable=_executable)
    return LockedToolchain(h1=h1(hashes), tree=f"sha256:{tree}")


def _names(path: PurePosixPath) -> tuple[PurePosixPath, ...]:
    return (path, path.with_name("go.mod")) if path.name == "_go.mod" else (path,)


def _executable(path: PurePosixPath) -> bool:
    return path.parts[0] == "bin" or path.parts[:2] == ("pkg", "tool")


def _compare(version: str, host: str, locked: LockedToolchain, actual: LockedToolchain) -> None:
    what = f"Go {version} for {host}"
    if actual.h1 != locked.h1:
        raise DigestMismatchError(what, expected=locked.h1, actual=actual.h1)
    if actual.tree != locked.tree:
        raise DigestMismatchError(f"the tree of {what}", expected=locked.tree, actual=actual.tree)

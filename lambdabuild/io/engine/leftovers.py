"""What killed runs left in an engine: containers and volumes whose owner is gone.

Each carries where its owner holds a lock, which the system lets go of when a process dies, however it dies.
"""

import platform
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from filelock import FileLock, Timeout

from lambdabuild.io.engine.client import Engine

LABEL: Final = "lambdabuild.owner"
_HOST: Final = "lambdabuild.host"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Who holds a lock for as long as it needs what it labels."""

    lock: Path

    @property
    def labels(self) -> dict[str, str]:
        """On everything that is to go with its owner."""
        return {LABEL: str(self.lock), _HOST: _here()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """A container or volume that no one needs."""

    kind: Literal["container", "volume"]
    name: str


def leftovers(engine: Engine) -> tuple[Leftover, ...]:
    """Those of this machine whose owner is gone; of other machines that use this engine nothing is known."""
    return tuple(_abandoned(engine))


def sweep(engine: Engine) -> tuple[Leftover, ...]:
    """Remove them; what was removed."""
    return tuple(
        one
        for one in leftovers(engine)
        if (engine.remove(one.name) if one.kind == "container" else engine.remove_volume(one.name))
    )


def _abandoned(engine: Engine) -> Iterator[Leftover]:
    """Containers first: a volume is not removed while one has it."""
    for name, labels in engine.containers(LABEL).items():
        if _is_gone(labels.get(_HOST), Path(labels[LABEL])):
            yield Leftover(kind="container", name=name)
    for name, labels in engine.volumes(LABEL).items():
        if _is_gone(labels.get(_HOST), Path(labels[LABEL])):
            yield Leftover(kind="volume", name=name)


def _is_gone(host: str | None, lock: Path) -> bool:
    """Whether no one holds the lock. Where that cannot be seen, someone may."""
    if host != _here():
        return False
    try:
        if lock not in lock.parent.iterdir():
            return True
        with FileLock(lock, timeout=0):
            return True
    except FileNotFoundError:
        return True
    except (Timeout, OSError):
        return False


def _here() -> str:
    """Who sees the same files: this machine, and of containers on it that have its name this one."""
    try:
        return f"{platform.node()} {Path('/proc/self/ns/mnt').readlink()}"
    except OSError:
        return platform.node()

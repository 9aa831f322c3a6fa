"""A function and its layers as files, and the folder in which they are started."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lambdabuild.check.facts import FileFacts, gather
from lambdabuild.model.artifact import Entry
from tests.support.handmade import Elf, write

PROGRAM = "/var/task/bootstrap"
ROOTS = ("/var/task", "/opt")


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """`files` and `links` lie in /var/task and /opt, by absolute path. `library_path` is for LD_LIBRARY_PATH."""

    files: Mapping[str, Elf | bytes]
    links: Mapping[str, str] = field(default_factory=dict)
    library_path: str | None = None
    program: str = PROGRAM

    def __str__(self) -> str:
        lines = [f"{path}: {_words(file)}" for path, file in self.files.items()]
        lines += [f"{path} -> {target}" for path, target in self.links.items()]
        return "\n".join([*lines, f"LD_LIBRARY_PATH={self.library_path}", self.program])

    def put_into(self, root: Path) -> None:
        """Write it over the world that was there."""
        for folder in ROOTS:
            place = root / folder.lstrip("/")
            shutil.rmtree(place)
            place.mkdir()
        for path, file in self.files.items():
            place = root / path.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(write(file) if isinstance(file, Elf) else file)
            place.chmod(0o755)
        for path, target in self.links.items():
            place = root / path.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(target)

    def facts_in(self, root: Path) -> Iterator[FileFacts]:
        """What `check` reads of its files."""
        for folder in ROOTS:
            names = [path.removeprefix(f"{folder}/") for path in self.files if path.startswith(f"{folder}/")]
            place = root / folder.lstrip("/")
            yield from gather([Entry(name=name, mode=0o755, source=place / name) for name in names], folder)


def _words(file: Elf | bytes) -> str:
    return f"{len(file)} bytes {file[:16]!r}" if isinstance(file, bytes) else str(file)

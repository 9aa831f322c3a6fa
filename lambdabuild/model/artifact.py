"""What comes out: entries of a zip, and the zip."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lambdabuild.model.finding import Finding
from lambdabuild.model.platform import Architecture


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file of an artifact: its name in the zip (`/` between folders), permission bits, bytes on disk."""

    name: str
    mode: int
    source: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A zip on disk. `sha256` and `content` (name, mode, sha256 of each entry) in hex, sizes in bytes."""

    path: Path
    sha256: str
    content: str
    zipped: int
    unzipped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One line of `dist/build.json`. `path` is relative to the project, `code_sha256` base64 as Lambda shows it."""

    function: str
    architecture: Architecture
    runtime: str
    path: str
    sha256: str
    code_sha256: str
    content: str
    zipped: int
    unzipped: int
    action: str
    status: Literal["built", "unchanged"]
    cached: bool
    seconds: float
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which functions and architectures a command is about; empty means all."""

    functions: frozenset[str] = frozenset()
    architectures: frozenset[Architecture] = frozenset()

    def takes(self, function: str, architecture: Architecture) -> bool:
        """Whether one artifact is among the chosen."""
        return (not self.functions or function in self.functions) and (
            not self.architectures or architecture in self.architectures
        )

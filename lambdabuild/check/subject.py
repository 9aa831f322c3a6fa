"""What is judged: an artifact, and what it is meant to be."""

from dataclasses import dataclass

from lambdabuild.model.artifact import Entry
from lambdabuild.model.platform import Architecture
from lambdabuild.model.spec import Allow


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One artifact, before or after it is packaged: its entries are judged by their files on disk.

    `bootstrap` is the entry that Lambda starts (`bootstrap`, `extensions/<name>`). `static` says that it was to be
    built without cgo, `cgo_packages` which packages of its closure have cgo files. Sizes are in bytes.
    """

    function: str
    architecture: Architecture
    runtime: str
    static: bool
    entries: tuple[Entry, ...]
    zipped: int
    unzipped: int
    bootstrap: str
    cgo_packages: tuple[str, ...]
    allow: tuple[Allow, ...]

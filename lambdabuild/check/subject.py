"""What is judged: an artifact, what it is meant to be, and the runtimes that it is for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, TypeAlias

from lambdabuild.check.search import TASK
from lambdabuild.model.abi import Inventory
from lambdabuild.model.artifact import NOTHING, Opened
from lambdabuild.model.platform import Architecture
from lambdabuild.model.spec import BOOTSTRAP, Allow

Root: TypeAlias = Literal["/var/task", "/opt"]

OPT: Final = "/opt"
"""Where Lambda unpacks layers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """One image that the artifact has to load on. `image` is its reference by digest, for words."""

    name: str
    image: str
    inventory: Inventory

    @property
    def words(self) -> str:
        """As messages name it: `provided.al2023 (…provided:al2023@sha256:26136a72871f)`."""
        reference, _, digest = self.image.partition("@")
        shown = f"`{reference}{'@' + digest[:19] if digest else ''}`"
        return shown if self.name in (reference, self.image) else f"{self.name} ({shown})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One artifact on one CPU, before or after it is packaged: its entries are judged by their files on disk.

    `own` lies in `root`, `/var/task` of a function and `/opt` of a layer; `layers` lie in `/opt`, and are not judged
    themselves. `bootstrap` is the entry that Lambda starts (`bootstrap`, `extensions/<name>`), None where it starts
    none by a name of its own. `programs` are what it starts as the handler: go1.x by itself, the others through a
    `bootstrap` that dispatches; `elsewhere` are those that it starts on other CPUs, and `cpus` all that it is
    for, none where that is one. `rpc`: go1.x is among its runtimes, and drives the program by net/rpc. `static` says
    that it was to be built without cgo, `cgo_packages` which packages of its closure have cgo files;
    `shared_at_runtime` names functions of glibc of which the linker warned that they load shared libraries in a static
    program, too. `opened` are libraries that it opens with dlopen. `build_image` gives what it was compiled in, where
    that is known and is not the runtime's; it is asked only where something is missing.
    """

    architecture: Architecture
    runtime: str
    own: Opened
    root: Root = TASK
    layers: Opened = NOTHING
    bootstrap: str | None = BOOTSTRAP
    handler: str | None = None
    programs: frozenset[str] = frozenset()
    elsewhere: frozenset[str] = frozenset()
    cpus: tuple[Architecture, ...] = ()
    rpc: bool = False
    static: bool = False
    cgo_packages: tuple[str, ...] = ()
    shared_at_runtime: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()
    build_image: Callable[[], Runtime | None] = lambda: None
    allow: tuple[Allow, ...] = ()
    today: date

    @property
    def mains(self) -> frozenset[str]:
        """The programs that it is about, however they are started."""
        return self.programs or frozenset([self.bootstrap or ""])

    @property
    def starting(self) -> frozenset[str]:
        """All that Lambda starts, on any CPU, by itself or through a `bootstrap` that dispatches."""
        return self.programs | self.elsewhere | {self.bootstrap or ""}

"""What a file that is made by hand says."""

from dataclasses import dataclass
from enum import Enum, IntEnum

from lambdabuild.model.elf import ElfType, Need
from lambdabuild.model.platform import Architecture


class Type(IntEnum):
    """STT_ of a symbol."""

    NOTYPE = 0
    OBJECT = 1
    FUNC = 2
    TLS = 6


class Binding(IntEnum):
    """STB_ of a symbol."""

    GLOBAL = 1
    WEAK = 2
    UNIQUE = 10


class How(Enum):
    """Which relocation asks for a symbol: R_*_JUMP_SLOT, R_*_GLOB_DAT, R_*_COPY."""

    CALL = "jump slot"
    DATA = "global data"
    COPY = "copy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gives:
    """A defined symbol: `name@@node`, or `name@node` where it is hidden, or one of no version."""

    name: str
    node: str = ""
    hidden: bool = False
    binding: Binding = Binding.GLOBAL
    type: Type = Type.FUNC


@dataclass(frozen=True, slots=True, kw_only=True)
class Asks:
    """An undefined symbol, of a version of `file` where it has a node. A copied one is the program's own as well."""

    name: str
    node: str = ""
    file: str = ""
    weak: bool = False
    how: How = How.CALL


@dataclass(frozen=True, slots=True, kw_only=True)
class Elf:
    """A library, or with an interpreter a program, which exits with 0.

    `nodes` are its version nodes, None for no DT_VERDEF. `needs` are those that no symbol asks for, or that are weak.
    `versym` is whether there is a DT_VERSYM, None: where anything has a version. `flags` are DT_FLAGS_1.
    """

    architecture: Architecture
    type: ElfType = ElfType.SHARED
    interpreter: str | None = None
    soname: str | None = None
    needed: tuple[str, ...] = ()
    rpath: str | None = None
    runpath: str | None = None
    flags: int = 0
    nodes: tuple[str, ...] | None = None
    needs: tuple[Need, ...] = ()
    gives: tuple[Gives, ...] = ()
    asks: tuple[Asks, ...] = ()
    versym: bool | None = None
    sysv_hash: bool = False

    def __str__(self) -> str:
        fields = ((name, getattr(self, name)) for name in Elf.__slots__ if name != "architecture")
        return ", ".join(f"{name}={value!r}" for name, value in fields if value not in (None, (), 0, False))

    @property
    def all_needs(self) -> tuple[Need, ...]:
        """Those of its symbols too."""
        known = {(need.file, need.node) for need in self.needs}
        asked = dict.fromkeys((ask.file, ask.node) for ask in self.asks if ask.node)
        return self.needs + tuple(Need(file=file, node=node) for file, node in asked if (file, node) not in known)

    @property
    def versioned(self) -> bool:
        """Whether it has a DT_VERSYM."""
        return bool(self.nodes is not None or self.all_needs) if self.versym is None else self.versym

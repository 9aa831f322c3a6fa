"""What an ELF file says about itself. Numbers and names are those of the System V gABI and of glibc's elf.h."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal

from lambdabuild.model.platform import Architecture

DT_NULL: Final = 0
DT_NEEDED: Final = 1
DT_HASH: Final = 4
DT_STRTAB: Final = 5
DT_SYMTAB: Final = 6
DT_RELA: Final = 7
DT_RELASZ: Final = 8
DT_STRSZ: Final = 10
DT_SONAME: Final = 14
DT_RPATH: Final = 15
DT_PLTRELSZ: Final = 2
DT_TEXTREL: Final = 22
DT_JMPREL: Final = 23
DT_BIND_NOW: Final = 24
DT_RUNPATH: Final = 29
DT_FLAGS: Final = 30
DT_RELR: Final = 36
DT_GNU_HASH: Final = 0x6FFFFEF5
DT_VERSYM: Final = 0x6FFFFFF0
DT_RELACOUNT: Final = 0x6FFFFFF9
DT_FLAGS_1: Final = 0x6FFFFFFB
DT_VERDEF: Final = 0x6FFFFFFC
DT_VERNEED: Final = 0x6FFFFFFE

DF_TEXTREL: Final = 0x4
DF_BIND_NOW: Final = 0x8
DF_1_NOW: Final = 0x1
DF_1_NODEFLIB: Final = 0x800
DF_1_PIE: Final = 0x08000000


class ElfType(StrEnum):
    """e_type. OTHER is what systems and processors have for themselves."""

    OBJECT = "ET_REL"
    EXECUTABLE = "ET_EXEC"
    SHARED = "ET_DYN"
    CORE = "ET_CORE"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A PT_LOAD: `size` bytes at `offset` of the file, seen at `address`."""

    address: int
    offset: int
    size: int
    writable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Dynamic:
    """What PT_DYNAMIC says. `rpath` and `runpath` are as written; `values` maps a tag to its last value."""

    needed: tuple[str, ...] = ()
    soname: str | None = None
    rpath: str | None = None
    runpath: str | None = None
    values: Mapping[int, int] = field(default_factory=dict)

    @property
    def pie(self) -> bool:
        """DF_1_PIE: of the shared objects, those that say that they are programs."""
        return bool(self.values.get(DT_FLAGS_1, 0) & DF_1_PIE)

    @property
    def nodeflib(self) -> bool:
        """DF_1_NODEFLIB: what it needs is not looked for in the default directories."""
        return bool(self.values.get(DT_FLAGS_1, 0) & DF_1_NODEFLIB)

    @property
    def binds_now(self) -> bool:
        """Whether all of its symbols are looked up at the start, not at the first call."""
        return (
            DT_BIND_NOW in self.values
            or bool(self.values.get(DT_FLAGS, 0) & DF_BIND_NOW)
            or bool(self.values.get(DT_FLAGS_1, 0) & DF_1_NOW)
        )

    @property
    def text_relocations(self) -> bool:
        """Whether the loader has to write to code."""
        return DT_TEXTREL in self.values or bool(self.values.get(DT_FLAGS, 0) & DF_TEXTREL)

    @property
    def relr(self) -> bool:
        """Whether it has packed relative relocations, which only glibc 2.36 and later apply."""
        return DT_RELR in self.values


@dataclass(frozen=True, slots=True, kw_only=True)
class ElfFacts:
    """Facts of one file. Segments and what follows are read of executables and shared objects only.

    `machine` is e_machine's name (`EM_X86_64`), `abi` EI_OSABI's number. `executable_stack` is what PT_GNU_STACK asks
    for, None where there is none. `isa_needed` are the bits of GNU_PROPERTY_X86_ISA_1_NEEDED (1 baseline, 2 v2, 4 v3,
    8 v4).
    """

    type: ElfType
    bits: Literal[32, 64]
    little: bool
    abi: int
    machine: str
    entry: int
    segments: tuple[Segment, ...] = ()
    interpreter: str | None = None
    dynamic: Dynamic | None = None
    executable_stack: bool | None = None
    isa_needed: int = 0

    @property
    def architecture(self) -> Architecture | None:
        """Lambda's name of the machine, None for machines that it has not."""
        match self.machine, self.bits, self.little:
            case "EM_X86_64", 64, True:
                return Architecture.AMD64
            case "EM_AARCH64", 64, True:
                return Architecture.ARM64
        return None

    @property
    def needed(self) -> tuple[str, ...]:
        """The libraries of DT_NEEDED, in their order."""
        return self.dynamic.needed if self.dynamic else ()

    @property
    def soname(self) -> str | None:
        """The name that other files know it by."""
        return self.dynamic.soname if self.dynamic else None

    @property
    def loadable(self) -> bool:
        """Whether the kernel or the dynamic loader could take it."""
        return self.type in (ElfType.EXECUTABLE, ElfType.SHARED)

    @property
    def program(self) -> bool:
        """Whether it is there to be started.

        libc.so.6 has an interpreter too, but also a soname. Older linkers give every library an entry, and extension
        modules have no soname: only what also needs no library is a static program then.
        """
        if self.type is not ElfType.SHARED:
            return self.type is ElfType.EXECUTABLE
        pie = self.dynamic is not None and self.dynamic.pie
        started = self.interpreter is not None or (self.entry != 0 and not self.needed)
        return pie or (self.soname is None and started)

    @property
    def static(self) -> bool:
        """Whether it needs nothing but the kernel."""
        return self.interpreter is None and not self.needed


@dataclass(frozen=True, slots=True, kw_only=True)
class DamagedElf:
    """A file that begins as an ELF file and is none. `reason` in words."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One version node that DT_VERNEED asks of the library `file`."""

    file: str
    node: str
    weak: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Exports:
    """Defined symbols with the same marks. `node` is empty for those of no version.

    `index` is the number in DT_VERSYM (0 where there is none): the loader gives those below 3 to whoever asks for no
    version. `hidden` ones (`name@NODE`, not `@@`) are found by their version alone.
    """

    node: str
    index: int
    hidden: bool
    weak: bool
    names: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """Undefined symbols that relocations ask for, with the same marks.

    `node` and `file` are empty where no version is asked for. `called` ones are looked up when they are first called,
    all others at the start.
    """

    node: str
    file: str
    weak: bool
    called: bool
    names: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Linkage:
    """What the loader compares between two files.

    `nodes` are the version nodes of DT_VERDEF, without the base, None where there is no DT_VERDEF; `versioned` says
    whether there is a DT_VERSYM.
    """

    needs: tuple[Need, ...] = ()
    nodes: frozenset[str] | None = None
    versioned: bool = False
    exports: tuple[Exports, ...] = ()
    references: tuple[References, ...] = ()

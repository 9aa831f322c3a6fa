"""What comes of starting a program: the objects of the process, and what the loader does not find."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from lambdabuild.check.tree import Found
from lambdabuild.model.elf import Need, References


@dataclass(slots=True, kw_only=True, eq=False)
class Loaded:
    """One object in the process. `path` is where it was found, which may be a link; `names` all that it is known by."""

    found: Found
    path: str
    origin: str
    parent: "Loaded | None"
    names: set[str] = field(default_factory=set)

    @property
    def chain(self) -> Iterator["Loaded"]:
        """Itself, the one that loaded it, and so on to the program."""
        each: Loaded | None = self
        while each is not None:
            yield each
            each = each.parent

    def is_named(self, name: str) -> bool:
        """Whether the loader takes it for `name`."""
        return name in self.names or name == self.found.object.soname


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A library that is nowhere. `opened`: not needed by a header, but opened with dlopen.

    `unlisted`: not needed by a header either, though `by` asks for versions of it: the loader aborts, wherever it is
    (`Inconsistency detected by ld.so`; elf/dl-version.c, _dl_check_map_versions).
    """

    name: str
    by: Loaded
    opened: bool = False
    unlisted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A file that stands where a library is looked for and is none: the loader gives up, in its own words.

    `path` is where it was found, which may be a link.
    """

    name: str
    by: Loaded
    path: str
    found: Found
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmet:
    """A version node that its provider does not define; `unversioned` where it defines none at all."""

    need: Need
    by: Loaded
    provider: Loaded
    unversioned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unresolved:
    """Symbols that `by` asks for and no object of its scope has."""

    by: Loaded
    references: References
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asserted:
    """Symbols of a version that `provider` should have, and has without any: it has no versions at all.

    An older glibc aborts when it comes to one of them (`Inconsistency detected by ld.so`; elf/dl-lookup.c,
    check_match), at the start, or where `references` are `called`, then. A newer one takes it.
    """

    by: Loaded
    provider: Loaded
    references: References
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """The objects in the order of the search for symbols, and all that is wrong."""

    objects: tuple[Loaded, ...]
    missing: tuple[Missing, ...]
    refused: tuple[Refused, ...]
    unmet: tuple[Unmet, ...]
    unresolved: tuple[Unresolved, ...]
    asserted: tuple[Asserted, ...] = ()

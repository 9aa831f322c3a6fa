"""Where an image is read from: mirrors and locations of registries.conf, in the order of skopeo and podman.

containers-registries.conf(5), version 2, and containers-registries.conf.d(5).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from lambdabuild.errors import EnvironmentFailure
from lambdabuild.model.reference import ImageReference, Mirror


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One place that may hold an image. `insecure`: plain HTTP and unverified TLS are allowed there.

    `written`: images are pushed there, which takes other rights than pulling them.
    """

    registry: str
    repository: str
    insecure: bool = False
    written: bool = False

    @property
    def name(self) -> str:
        """`registry/repository`."""
        return f"{self.registry}/{self.repository}"


class MirrorUse(StrEnum):
    """For which pulls a mirror is asked (`pull-from-mirror`)."""

    ALL = "all"
    DIGEST_ONLY = "digest-only"
    TAG_ONLY = "tag-only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A physical place of a namespace: `host[:port][/namespace…]`, or empty: the name as it is."""

    location: str
    insecure: bool = False
    use: MirrorUse = MirrorUse.ALL


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryTable:
    """One `[[registry]]` table; `file` is where it was read, for messages."""

    prefix: str
    primary: Location
    mirrors: tuple[Location, ...]
    blocked: bool
    file: str

    def matched(self, name: str) -> int | None:
        """How many characters of `name` the prefix covers; None where it does not match.

        A host matches with any port, as containers/image has it (its own source calls that unintended).
        """
        if self.prefix.startswith("*."):
            host = name.partition("/")[0]
            start = host.find(self.prefix[1:])
            end = start + len(self.prefix) - 1
            return end if start >= 0 and name[end : end + 1] in ("", ":", "/") else None
        end = len(self.prefix)
        return end if name.startswith(self.prefix) and name[end : end + 1] in ("", ":", "/") else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Every `[[registry]]` table in force, and the `mirror` of a spec, which has copies of what is locked."""

    tables: Sequence[RegistryTable] = ()
    mirror: Mirror | None = None

    def of(self, reference: ImageReference, *, by_digest: bool) -> tuple[Source, ...]:
        """Mirrors first, the location itself last; the spec's mirror before all, and only by digest."""
        copies = () if self.mirror is None or not by_digest else self._of(self.mirror.copy_of(reference), by_digest)
        return (*copies, *self._of(reference, by_digest))

    def target(self, copy: ImageReference) -> Source:
        """Where a copy is pushed to: its location, never a mirror of it."""
        return replace(self._of(copy, by_digest=True)[-1], written=True)

    def _of(self, reference: ImageReference, by_digest: bool) -> tuple[Source, ...]:
        """The table with the longest prefix counts, alone."""
        matching = [table for table in self.tables if table.matched(reference.name) is not None]
        if not matching:
            return (Source(registry=reference.registry, repository=reference.repository),)
        table = max(matching, key=lambda table: len(table.prefix))
        if table.blocked:
            raise EnvironmentFailure(
                f"`{reference}` is blocked by the table `{table.prefix}` of `{table.file}`",
                hint="use an image that is allowed, or take `blocked = true` away",
            )
        refused = MirrorUse.TAG_ONLY if by_digest else MirrorUse.DIGEST_ONLY
        mirrors = [mirror for mirror in table.mirrors if mirror.use is not refused]
        return tuple(_rewritten(reference, table, place) for place in (*mirrors, table.primary))


def _rewritten(reference: ImageReference, table: RegistryTable, place: Location) -> Source:
    matched = table.matched(reference.name)
    name = reference.name if not place.location else place.location + reference.name[matched:]
    try:
        parsed = ImageReference.parse(name)
    except ValueError:
        parsed = None
    if parsed is None or parsed.name != name:
        raise EnvironmentFailure(
            f"`{table.file}` turns `{reference.name}` into `{name}`, which is not the name of an image",
            hint=f"correct `location` in the table `{table.prefix}`",
        )
    return Source(registry=parsed.registry, repository=parsed.repository, insecure=place.insecure)

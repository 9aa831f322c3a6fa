"""Reading registries.conf and its drop-ins; a file that means nothing clear is refused, never half believed.

containers-registries.conf(5), version 2, and containers-registries.conf.d(5).
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from lambdabuild.errors import EnvironmentFailure
from lambdabuild.io.registry.fields import Fields, MalformedError
from lambdabuild.io.registry.sources import Location, MirrorUse, RegistryTable, Sources

VARIABLE = "CONTAINERS_REGISTRIES_CONF"
"""Names the one file to read instead of the user's and the system's."""


def load_sources(environ: Mapping[str, str], root: Path = Path("/")) -> Sources:
    """Read the files that podman would, the later of two equal prefixes counts."""
    tables: dict[str, RegistryTable] = {}
    for file in _files(environ, root):
        for table in _read(file):
            tables[table.prefix] = table
    return Sources(tables=tuple(tables.values()))


def _files(environ: Mapping[str, str], root: Path) -> list[Path]:
    """A user's own file hides the system's drop-ins; a file by variable hides neither set of drop-ins."""
    system = root / "etc/containers/registries.conf"
    home = environ.get("HOME")
    user = Path(home) / ".config/containers/registries.conf" if home else None
    drop_ins = _drop_ins(user) if user is not None else []
    if named := environ.get(VARIABLE):
        return [Path(named), *_drop_ins(system), *drop_ins]
    if user is not None and user.exists():
        return [user, *drop_ins]
    return [*([system] if system.exists() else []), *_drop_ins(system), *drop_ins]


def _drop_ins(file: Path) -> list[Path]:
    return sorted(path for path in file.with_name("registries.conf.d").glob("*.conf") if path.is_file())


def _read(file: Path) -> list[RegistryTable]:
    try:
        fields = Fields(tomllib.loads(file.read_text(encoding="utf-8")))
        _refuse_version_1(fields)
        return [_table(table, file) for table in fields.optional_objects("registry")]
    except OSError as error:
        raise EnvironmentFailure(
            f"`{file}` cannot be read: {error.strerror}", hint=f"correct the file, or `{VARIABLE}`"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise EnvironmentFailure(
            f"`{file}` is not TOML: {error}", hint="correct it: man containers-registries.conf"
        ) from error
    except MalformedError as error:
        raise EnvironmentFailure(
            f"`{file}` cannot be used: it {error}", hint="correct it: man containers-registries.conf"
        ) from error


def _refuse_version_1(fields: Fields) -> None:
    old = fields.optional_object("registries")
    for name in ("insecure", "block"):
        if old.optional_object(name).optional_texts("registries"):
            raise MalformedError(f"`[registries.{name}]` is version 1 of the format; write `[[registry]]` tables")


def _table(fields: Fields, file: Path) -> RegistryTable:
    location = _place(fields.optional_text("location") or "")
    prefix = _place(fields.optional_text("prefix") or "") or location
    if not prefix:
        raise MalformedError("a `[[registry]]` has neither `prefix` nor `location`")
    if not location and not prefix.startswith("*."):
        raise MalformedError(f"the table `{prefix}` has no `location`")
    digests = fields.flag("mirror-by-digest-only")
    return RegistryTable(
        prefix=prefix,
        primary=Location(location=location, insecure=fields.flag("insecure")),
        mirrors=tuple(_mirror(mirror, digests_only=digests) for mirror in fields.optional_objects("mirror")),
        blocked=fields.flag("blocked"),
        file=str(file),
    )


def _mirror(fields: Fields, *, digests_only: bool) -> Location:
    use = fields.optional_text("pull-from-mirror")
    if use and digests_only:
        raise MalformedError("`pull-from-mirror` and `mirror-by-digest-only` exclude each other")
    if use and use not in list(MirrorUse):
        raise MalformedError(f"`pull-from-mirror` is `{use}`, it may be {', '.join(f'`{name}`' for name in MirrorUse)}")
    return Location(
        location=_place(fields.text("location")),
        insecure=fields.flag("insecure"),
        use=MirrorUse.DIGEST_ONLY if digests_only else MirrorUse(use or MirrorUse.ALL),
    )


def _place(text: str) -> str:
    if text.startswith(("http://", "https://")):
        raise MalformedError(f"`{text}` has a scheme; write `host[:port][/namespace]`, and `insecure = true` for HTTP")
    return text.rstrip("/")

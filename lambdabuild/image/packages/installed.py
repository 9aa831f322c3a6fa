"""From the files of an image's package manager to what is installed.

dissect.database was weighed for Berkeley DB: it follows pages that lead in a circle for ever, and brings two libraries.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from lambdabuild.image.packages import berkeley, dpkg, rpm, sqlite
from lambdabuild.image.packages.damage import DamagedDatabaseError
from lambdabuild.model.contents import Packages

LARGEST: Final = 128 << 20
"""Bytes of a database that is read; one of 500 packages has 30 MB."""

_MOST: Final = 20_000
"""Packages; a whole desktop has 5,000."""

_FOLDERS = ("/var/lib/rpm", "/usr/lib/sysimage/rpm")
"""`_dbpath` of Amazon Linux and older Fedoras, and of Fedora since 36."""

_SQLITE = tuple(f"{folder}/rpmdb.sqlite" for folder in _FOLDERS)
_BERKELEY = tuple(f"{folder}/Packages" for folder in _FOLDERS)
_DATABASES = (*_SQLITE, *_BERKELEY, "/var/lib/dpkg/status")
_LOG = "-wal"

FILES: Final = frozenset([*_DATABASES, *(f"{path}{_LOG}" for path in _SQLITE)])
"""All that `installed` wants to know of."""


def installed(files: Mapping[str, bytes | None]) -> Packages:
    """What is installed by those of FILES that are there; None is one of more than LARGEST bytes.

    The first database that has packages counts: with Debian's `rpm` comes an empty one.
    """
    found = Packages()
    for path in _DATABASES:
        if path in files:
            found = _read(path, files)
            if found.versions or found.problem:
                break
    return found


def _read(path: str, files: Mapping[str, bytes | None]) -> Packages:
    try:
        return Packages(database=path, versions=_grouped(_packages(path, files)))
    except DamagedDatabaseError as error:
        return Packages(database=path, problem=str(error))


def _packages(path: str, files: Mapping[str, bytes | None]) -> Iterator[tuple[str, str]]:
    content, log = files[path], files.get(f"{path}{_LOG}", b"")
    if content is None or log is None:
        raise DamagedDatabaseError(f"has more than {LARGEST} bytes")
    if path in _SQLITE:
        return rpm.packages_of(sqlite.values(content, log))
    if path in _BERKELEY:
        return rpm.packages_of(berkeley.values(content))
    return dpkg.packages_of(content)


def _grouped(packages: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    versions: defaultdict[str, set[str]] = defaultdict(set)
    for count, (name, version) in enumerate(packages):
        if count == _MOST:
            raise DamagedDatabaseError(f"has more than {_MOST} packages")
        versions[name].add(version)
    return {name: tuple(sorted(versions[name])) for name in sorted(versions)}

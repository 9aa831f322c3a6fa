"""Values of the table `Packages` of an SQLite file, as rpm writes it since 4.16: of Amazon Linux 2023.

Source: rpm's lib/backend/sqlite.c. SQLite itself reads the file, in a folder of its own, with nothing allowed but to
read this one table: a schema may hold views, functions and recursion of whoever made the image.
"""

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Final

from lambdabuild.image.packages.damage import DamagedDatabaseError
from lambdabuild.io.registry.fields import quoted

_LEAST: Final = 1 << 16
"""Bytes that SQLite may have in one value however small the file is, so that it can read a schema."""

_STEPS: Final = 100_000
_MOST_STEPS: Final = 10_000_000
"""Instructions of SQLite's machine: a package takes five."""

_COLUMN: Final = "SELECT hidden FROM pragma_table_xinfo('Packages') WHERE name = 'blob'"
_QUERY: Final = "SELECT CAST(blob AS BLOB) FROM Packages"


def values(content: bytes, log: bytes = b"") -> list[bytes]:
    """The value of every package; a DamagedDatabaseError where SQLite cannot read them.

    `log` is the file's write-ahead log (`-wal`). rpm leaves it empty, but one that was killed, or that another program
    was reading beside, leaves the latest changes there.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rpmdb.sqlite"
        path.write_bytes(content)
        if log:
            path.with_name("rpmdb.sqlite-wal").write_bytes(log)
        try:
            return _read(f"{path.as_uri()}?mode=ro{'' if log else '&immutable=1'}", len(content) + len(log))
        except (sqlite3.Error, UnicodeDecodeError) as error:  # the latter where SQLite's words name what is no text
            raise DamagedDatabaseError(f"cannot be read by SQLite: {quoted(str(error))}") from error


def _read(uri: str, size: int) -> list[bytes]:
    """`size` of the file: its values together cannot be longer, unless several are the same bytes."""
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, max(size, _LEAST))
        if connection.execute(_COLUMN).fetchall() != [(0,)]:  # other numbers are of columns that are worked out
            raise DamagedDatabaseError("has no table of packages such as rpm makes")
        connection.set_authorizer(_allowed)
        connection.set_progress_handler(_Steps(), _STEPS)
        found = []
        for (value,) in connection.execute(_QUERY):
            found.append(value or b"")
            size -= len(found[-1])
            if size < 0:
                raise DamagedDatabaseError("has packages that are longer than itself")
        return found


def _allowed(action: int, table: str | None, _column: str | None, _database: str | None, view: str | None) -> int:
    """Reading through a view is not reading the table."""
    match action:
        case sqlite3.SQLITE_SELECT:
            allowed = True
        case sqlite3.SQLITE_READ:
            allowed = table == "Packages" and view is None
        case _:
            allowed = False
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY


class _Steps:
    """True ends the query."""

    def __init__(self) -> None:
        self._left = _MOST_STEPS

    def __call__(self) -> bool:
        self._left -= _STEPS
        return self._left < 0

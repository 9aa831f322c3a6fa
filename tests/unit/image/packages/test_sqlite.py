"""The table that rpm keeps with SQLite: also what its log has, and nothing that a schema was made to do."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from lambdabuild.image.packages import rpm
from lambdabuild.image.packages.damage import DamagedDatabaseError
from lambdabuild.image.packages.sqlite import values
from tests.robustness.bounds import within
from tests.support import rpms

TABLE = "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)"


def made(folder: Path, *statements: str) -> bytes:
    file = folder / "made.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return file.read_bytes()


def refusal(content: bytes, log: bytes = b"") -> str:
    with pytest.raises(DamagedDatabaseError) as caught, within():
        values(content, log)
    return str(caught.value)


def test_every_value_is_a_header_that_rpm_wrote() -> None:
    content = (rpms.database() / rpms.SQLITE).read_bytes()

    assert values(content) == rpms.headers(rpms.database())


def test_what_is_in_the_log_alone_is_there_too(tmp_path: Path) -> None:
    """Who is killed leaves its changes there: a header that rpm wrote, put in as rpm does."""
    rpms.install(tmp_path, rpms.packages().glob("plain*.rpm"))
    late = next(each for each in rpms.headers(rpms.database()) if b"zero" in each)
    with closing(sqlite3.connect(tmp_path / rpms.SQLITE)) as connection:
        connection.execute("INSERT INTO Packages (blob) VALUES (?)", (late,))
        connection.commit()
        content, log = ((tmp_path / name).read_bytes() for name in (rpms.SQLITE, f"{rpms.SQLITE}-wal"))

    assert log
    assert [name for name, _ in rpm.packages_of(values(content))] == ["plain"]
    assert [name for name, _ in rpm.packages_of(values(content, log))] == ["plain", "zero"]
    assert [name for name, _ in rpm.packages_of(values(content, b"no log of this" * 9))] == ["plain"]


def test_what_is_no_database_is_told(tmp_path: Path) -> None:
    assert refusal(b"no database" * 99) == "cannot be read by SQLite: `file is not a database`"
    assert refusal(b"") == refusal(made(tmp_path, "CREATE TABLE t (x)")) == "has no table of packages such as rpm makes"


def test_a_database_that_is_cut_off_is_told() -> None:
    content = (rpms.database() / rpms.SQLITE).read_bytes()

    assert refusal(content[: len(content) // 2]) == "cannot be read by SQLite: `database disk image is malformed`"


@pytest.mark.parametrize(
    ("letter", "words"),
    [
        (b"\x1b", """'malformed database schema (n\\x1bmed) - near "FABLE": syntax error'"""),
        (b"\xff", "`'utf-8' codec can't decode byte 0xff in position 28: invalid start byte`"),
    ],
    ids=["escape", "no text"],
)
def test_words_of_a_schema_are_shown_as_text(tmp_path: Path, letter: bytes, words: str) -> None:
    """SQLite's message names what it could not read."""
    content = made(tmp_path, TABLE, "CREATE TABLE named (x)")
    damaged = content.replace(b"tablenamednamed", b"tablen%bmednamed" % letter).replace(
        b"CREATE TABLE named", b"CREATE FABLE named"
    )

    assert refusal(damaged) == f"cannot be read by SQLite: {words}"


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        (
            [
                "CREATE VIEW Packages AS WITH r (blob) AS (SELECT 1 UNION ALL SELECT 2 FROM r) SELECT * FROM r",
            ],
            "cannot be read by SQLite: `not authorized`",
        ),
        (
            [
                "CREATE TABLE t (blob)",
                "INSERT INTO t VALUES (1)",
                "CREATE VIEW Packages AS SELECT t.blob FROM t, t AS u",
            ],
            "cannot be read by SQLite: `access to t.blob is prohibited`",
        ),
        (
            ["CREATE VIEW Packages AS SELECT zeroblob(1000000000) AS blob"],
            "cannot be read by SQLite: `not authorized to use function: zeroblob`",
        ),
        (
            [
                "CREATE TABLE Packages (hnum, blob AS (quote(zeroblob(100))))",
                "INSERT INTO Packages (hnum) VALUES (1)",
            ],
            "has no table of packages such as rpm makes",
        ),
        (["CREATE VIRTUAL TABLE Packages USING fts5(blob)"], "cannot be read by SQLite: `authorization denied`"),
    ],
    ids=["endless", "another table", "function", "worked out", "virtual"],
)
def test_a_schema_that_does_something_is_refused(tmp_path: Path, schema: list[str], words: str) -> None:
    assert refusal(made(tmp_path, *schema)) == words


def test_a_value_that_is_no_blob_is_its_bytes(tmp_path: Path) -> None:
    table = "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob)"
    content = made(tmp_path, table, "INSERT INTO Packages (blob) VALUES ('é'), (NULL), (4), (x'0001')")

    assert values(content) == ["é".encode(), b"", b"4", b"\x00\x01"]


def test_it_needs_no_program_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    assert values((rpms.database() / rpms.SQLITE).read_bytes())
    assert list(tmp_path.iterdir()) == []

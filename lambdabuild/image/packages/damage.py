"""What can be wrong with a database of packages."""


class DamagedDatabaseError(ValueError):
    """Words that go on after the database's path: `has ...`, `ends ...`."""

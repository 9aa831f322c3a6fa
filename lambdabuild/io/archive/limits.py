"""How much is looked at, so that time, memory and disk have a bound whatever a zip says of itself."""

from typing import Final

MOST_UNZIPPED: Final = 1 << 30
"""Bytes that are unpacked, counted as they come out; Lambda takes a quarter of it."""

MOST_ZIPPED: Final = 1 << 30
"""Bytes of a zip."""

MOST_ENTRIES: Final = 100_000
"""Entries of a zip; files, links and folders of a folder."""

MOST_DIRECTORY: Final = 32 << 20
"""Bytes of a central directory, which is held in memory: 300 for each entry, of which a long path takes 150."""

MOST_TARGETS: Final = 16 << 20
"""Bytes of the targets of symbolic links, which are held in memory."""

MOST_WALKED: Final = 1 << 26
"""Characters of paths that are looked up to judge where symbolic links lead; pnpm's 20,000 links take a third."""

MOST_LISTED: Final = 10
"""Faults of one kind; the last stands for the rest."""

LONGEST_PATH: Final = 4095
"""Bytes of a path, and of the target of a link, that Linux can open (PATH_MAX without its NUL)."""

LONGEST_PART: Final = 255
"""Bytes between two slashes (NAME_MAX)."""

PIECE: Final = 1 << 20
"""Bytes that are in memory at once of what is unpacked."""

"""A toolchain's own folder: read-only, for anyone to read, and there whole or not at all."""

import os
from pathlib import Path

from lambdabuild.io.files import remove_tree


def write_file(path: Path, content: bytes, *, executable: bool) -> None:
    """Write a file of a toolchain, which is not written to again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o555 if executable else 0o444)


def place(unpacked: Path, home: Path) -> None:
    """Move an unpacked toolchain to its place; where one is there already, that one stays.

    Whatever the umask is, all may read it, as the user of a container does. Who may come to it its parents say.
    """
    home.parent.mkdir(parents=True, exist_ok=True)
    for folder, _, _ in os.walk(unpacked):
        Path(folder).chmod(0o755)
    try:
        unpacked.rename(home)
    except OSError:
        if not home.is_dir():
            raise
        remove_tree(unpacked)

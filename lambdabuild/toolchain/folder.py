"""A toolchain's own folder: read-only, and there whole or not at all."""

from pathlib import Path

from lambdabuild.io.files import remove_tree


def write_file(path: Path, content: bytes, *, executable: bool) -> None:
    """Write a file of a toolchain, which is not written to again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o555 if executable else 0o444)


def place(unpacked: Path, home: Path) -> None:
    """Move an unpacked toolchain to its place; where one is there already, that one stays."""
    home.parent.mkdir(parents=True, exist_ok=True)
    if home.is_dir():
        remove_tree(unpacked)
    else:
        unpacked.rename(home)

"""A user for whom permissions count, also where root runs the tests."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NOBODY = 65534


@contextmanager
def unprivileged() -> Iterator[Path]:
    """Be no one special for as long as the body runs; a folder of one's own."""
    privileged = os.geteuid() == 0
    if privileged:
        os.seteuid(_NOBODY)
    try:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)
    finally:
        if privileged:
            os.seteuid(0)

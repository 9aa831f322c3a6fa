"""What is expensive is made once for a machine and a recipe, by whoever comes first."""

import os
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp

from filelock import FileLock

ROOT = Path(__file__).parents[3]
STANDINS = Path(os.environ.get("LAMBDABUILD_TEST_STANDINS", ROOT / ".services" / "standins"))
"""The packages of Debian, and in a folder for each recipe what was made of them."""

_NO_RECIPE = frozenset(["__init__.py", "oracle.py"])


def made_once(name: str, make: Callable[[Path], None]) -> Path:
    """The folder `name` of this recipe, which `make` fills; it is there whole or not at all."""
    return fetched_once(f"{recipe()}/{name}", make)


def fetched_once(name: str, make: Callable[[Path], None], *, cache: Path = STANDINS) -> Path:
    """A folder that does not depend on the recipe."""
    place = cache.absolute() / name
    if place.is_dir():
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(place.parent / f".{place.name}.lock"):
        if not place.is_dir():
            _make(place, make)
    return place


def recipe() -> str:
    """The digest of the modules that decide what is made."""
    modules = sorted(path for path in Path(__file__).parent.glob("*.py") if path.name not in _NO_RECIPE)
    return sha256(b"".join(path.read_bytes() for path in modules)).hexdigest()[:16]


def _make(place: Path, make: Callable[[Path], None]) -> None:
    unfinished = Path(mkdtemp(dir=place.parent, prefix=f".{place.name}."))
    try:
        unfinished.chmod(0o755)
        make(unfinished)
        unfinished.rename(place)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)

"""Lambda's limits of size."""

from tests.corpus.catalogue.sources import HELLO_SH
from tests.corpus.recipe import AMD64, ARM64, Recipe

_SCRIPT = {"bootstrap": HELLO_SH}
_EXECUTABLE = "chmod 755 bootstrap"
_PACK = "zip -q function.zip bootstrap model.bin"

_BAD = (
    Recipe(
        name="too large when unzipped",
        rule="LB501",
        files=_SCRIPT,
        commands=(_EXECUTABLE, "truncate -s 251M model.bin", f"{_PACK.replace('-q', '-q -1')}"),
        architectures=(AMD64,),
    ),
    Recipe(
        name="too large with its layer",
        rule="LB501",
        files=_SCRIPT,
        commands=(
            _EXECUTABLE,
            "zip -q function.zip bootstrap",
            "mkdir -p layer/lib",
            "truncate -s 251M layer/lib/model.bin",
        ),
        layers=("layer",),
        architectures=(ARM64,),
        by_arch=True,
    ),
    Recipe(
        name="too large for direct upload",
        rule="LB502",
        files=_SCRIPT,
        commands=(_EXECUTABLE, "truncate -s 51M model.bin", f"{_PACK.replace('-q', '-q -0')}"),
        architectures=(AMD64,),
    ),
)

_GOOD = (
    Recipe(
        name="as large as it may be",
        files=_SCRIPT,
        commands=(_EXECUTABLE, "truncate -s 49M model.bin", f"{_PACK.replace('-q', '-q -0')}"),
        architectures=(AMD64,),
    ),
)

RECIPES = (*_BAD, *_GOOD)

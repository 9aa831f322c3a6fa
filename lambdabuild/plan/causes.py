"""Why a binary is not static: which packages bring in C."""

from collections.abc import Mapping
from pathlib import Path

_MARKS = (b'import "C"', b"//go:cgo_import_dynamic")
"""cgo itself, and what cgo writes; some packages write it by hand and so link libraries with CGO_ENABLED=0, too."""


def cgo_packages(sources: Mapping[str, tuple[Path, ...]]) -> tuple[str, ...]:
    """Import paths of packages that C gets in by, sorted; `sources` are the Go files that were compiled."""
    return tuple(sorted(name for name, files in sources.items() if any(map(_brings_in_c, files))))


def _brings_in_c(file: Path) -> bool:
    content = file.read_bytes()
    return any(mark in content for mark in _MARKS)

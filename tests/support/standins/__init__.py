"""Images with the shape of AWS Lambda's, which cannot be pulled everywhere: exact stubs to push, and roots that run."""

from tests.support.standins.image import image_of, push_release
from tests.support.standins.oracle import (
    LoaderSays,
    MissingVersion,
    UndefinedSymbol,
    WithoutVersions,
    loader_says,
    runs,
)
from tests.support.standins.release import AL2, AL2023, AL2023_2023_6, RELEASES, Release
from tests.support.standins.roots import own_root, running_root, stub_root

__all__ = [
    "AL2",
    "AL2023",
    "AL2023_2023_6",
    "RELEASES",
    "LoaderSays",
    "MissingVersion",
    "Release",
    "UndefinedSymbol",
    "WithoutVersions",
    "image_of",
    "loader_says",
    "own_root",
    "push_release",
    "running_root",
    "runs",
    "stub_root",
]

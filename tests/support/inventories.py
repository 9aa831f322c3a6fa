"""Inventories of the stand-in runtimes, read of their layers as those of an image are."""

from functools import cache

from lambdabuild.check import Runtime
from lambdabuild.image.inventory import Looker, inventory_of
from lambdabuild.image.layers import Layer
from lambdabuild.image.rootfs import read_root
from lambdabuild.model.abi import Inventory
from lambdabuild.model.platform import Architecture
from tests.support.standins import AL2, AL2023, AL2023_2023_6, Release, image_of

MANIFEST = f"sha256:{'0123456789abcdef' * 4}"


@cache
def inventory(release: Release, architecture: Architecture) -> Inventory:
    """What a program finds in the stub image of a release."""
    image = image_of(release, architecture)
    assert image.diff_ids is not None
    layers = [
        Layer(about=f"layer {number}", diff_id=diff_id, blob=lambda content=content: iter([content]))  # type: ignore[misc]
        for number, ((content, _), diff_id) in enumerate(zip(image.layers, image.diff_ids, strict=True))
    ]
    root = read_root(layers, Looker(architecture.platform))
    return inventory_of(root, manifest=MANIFEST, platform=architecture.platform, environment=image.env)


def al2(architecture: Architecture = Architecture.AMD64) -> Runtime:
    """`provided.al2`."""
    return _runtime(AL2, "provided.al2", architecture)


def al2023(architecture: Architecture = Architecture.AMD64) -> Runtime:
    """`provided.al2023` as it is now: libstdc++ of GCC 14."""
    return _runtime(AL2023, "provided.al2023", architecture)


def al2023_before(architecture: Architecture = Architecture.AMD64) -> Runtime:
    """`provided.al2023` before 2023.7: libstdc++ of GCC 11."""
    return _runtime(AL2023_2023_6, "provided.al2023", architecture)


def _runtime(release: Release, name: str, architecture: Architecture) -> Runtime:
    image = f"public.ecr.aws/lambda/provided:{name.rpartition('.')[2]}@{MANIFEST}"
    return Runtime(name=name, image=image, inventory=inventory(release, architecture))

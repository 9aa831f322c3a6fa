"""Layers of an image to a virtual root filesystem, and that to the ABI inventory; not a byte of it on disk."""

from lambdabuild.image.inventories import Inventories, Kept
from lambdabuild.image.sources import ImageSource, RegistryImage, VendoredImage, local_image
from lambdabuild.image.sources.source import MissingPlatformError

__all__ = [
    "ImageSource",
    "Inventories",
    "Kept",
    "MissingPlatformError",
    "RegistryImage",
    "VendoredImage",
    "local_image",
]

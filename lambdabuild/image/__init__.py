"""Layers of an image to a virtual root filesystem, and that to its ABI inventory and what else it holds."""

from lambdabuild.image.export import ImageIdentity, docker_archive, identity_of
from lambdabuild.image.inventories import Inventories, Kept
from lambdabuild.image.sources import ImageSource, RegistryImage, VendoredImage, local_image
from lambdabuild.image.sources.source import MissingPlatformError

__all__ = [
    "ImageIdentity",
    "ImageSource",
    "Inventories",
    "Kept",
    "MissingPlatformError",
    "RegistryImage",
    "VendoredImage",
    "docker_archive",
    "identity_of",
    "local_image",
]

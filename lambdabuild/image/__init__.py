"""Layers of an image to a virtual root filesystem, and that to its ABI inventory and what else it holds."""

from lambdabuild.image.inventories import Inventories, Kept
from lambdabuild.image.sources import ImageSource, RegistryImage, local_image
from lambdabuild.image.sources.source import MissingPlatformError

__all__ = ["ImageSource", "Inventories", "Kept", "MissingPlatformError", "RegistryImage", "local_image"]

"""Where images come from: a registry, an OCI layout in a folder, an archive of `docker save`."""

from lambdabuild.image.sources.archive import DockerArchive
from lambdabuild.image.sources.layout import Layout
from lambdabuild.image.sources.names import local_image
from lambdabuild.image.sources.registry import RegistryImage
from lambdabuild.image.sources.source import ImageSource, layers_of
from lambdabuild.image.sources.vendored import VendoredImage

__all__ = ["DockerArchive", "ImageSource", "Layout", "RegistryImage", "VendoredImage", "layers_of", "local_image"]

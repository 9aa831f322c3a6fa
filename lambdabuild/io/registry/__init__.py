"""A client of the OCI distribution API: what an image is, every byte held against its digest."""

from lambdabuild.io.registry.client import Registry
from lambdabuild.io.registry.documents import Descriptor, ImageConfig, ImageFacts, Manifest

__all__ = ["Descriptor", "ImageConfig", "ImageFacts", "Manifest", "Registry"]

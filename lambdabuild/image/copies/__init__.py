"""Copies of images, byte for byte, so that every digest stays: into a folder, or onto another registry."""

from lambdabuild.image.copies.copying import Copied, Origin, Place, copy_image
from lambdabuild.image.copies.folder import refuse_what_is_no_layout, vendoring
from lambdabuild.image.copies.original import Original

__all__ = ["Copied", "Origin", "Original", "Place", "copy_image", "refuse_what_is_no_layout", "vendoring"]

"""What is in an image: its ABI inventory, for people and programs."""

from lambdabuild.model.abi import Inventory
from lambdabuild.model.platform import Architecture
from lambdabuild.pipeline.images import images_of
from lambdabuild.pipeline.request import Request
from lambdabuild.spec import load


def inspect(request: Request, image: str, architectures: tuple[Architecture, ...]) -> tuple[Inventory, ...]:
    """The inventories of an image: a name of the spec, which its lock pins, a reference, `oci:DIR` or an archive."""
    project = load(request.spec_file) if request.spec_file.is_file() else None
    images = images_of(request, project)
    if image in images.named:
        return tuple(images.runtime(image, architecture).inventory for architecture in architectures)
    return tuple(images.given(image, architecture, name=image).inventory for architecture in architectures)

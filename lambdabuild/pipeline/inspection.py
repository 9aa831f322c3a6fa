"""What is in an image: its ABI inventory, for people and programs."""

from lambdabuild.image import MissingPlatformError
from lambdabuild.model.abi import Inventory
from lambdabuild.model.platform import Architecture
from lambdabuild.pipeline.images import images_of
from lambdabuild.pipeline.request import Request, project_here


def inspect(request: Request, image: str, asked: tuple[Architecture, ...]) -> tuple[Inventory, ...]:
    """The inventories of an image: a name of the spec, which its lock pins, a reference, `oci:DIR` or an archive.

    Of every architecture that is asked for, or EnvironmentFailure; where none is, of those of Lambda's that it has.
    """
    project = project_here(request, needed=False)
    images = images_of(request, project)
    found: list[Inventory] = []
    absent: MissingPlatformError | None = None
    for architecture in asked or tuple(Architecture):
        try:
            found.append(images.given(images.named.get(image, image), architecture, name=image).inventory)
        except MissingPlatformError as error:
            if asked:
                raise
            absent = error
    if absent is not None and not found:
        raise absent
    return tuple(found)

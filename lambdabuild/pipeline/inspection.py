"""What is in an image: its ABI inventory, for people and programs."""

from lambdabuild.errors import MissingLockError
from lambdabuild.lock import read_lock
from lambdabuild.model.abi import Inventory
from lambdabuild.model.lock import Lock
from lambdabuild.model.platform import Architecture
from lambdabuild.pipeline.images import Images
from lambdabuild.pipeline.request import Request
from lambdabuild.spec import load


def inspect(request: Request, image: str, architectures: tuple[Architecture, ...]) -> tuple[Inventory, ...]:
    """The inventories of an image: a name of the spec, which its lock pins, a reference, `oci:DIR` or an archive."""
    images = Images(request=request)
    if request.spec_file.is_file():
        try:
            lock = read_lock(request.lock_file)
        except MissingLockError:
            lock = Lock()
        images = Images(request=request, named=load(request.spec_file).images, lock=lock)
    if image in images.named:
        return tuple(images.runtime(image, architecture).inventory for architecture in architectures)
    return tuple(images.given(image, architecture, name=image).inventory for architecture in architectures)

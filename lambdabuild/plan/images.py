"""Which locked image a function is compiled in."""

from lambdabuild.model.lock import Lock
from lambdabuild.model.plan import BuildImage
from lambdabuild.model.platform import Architecture
from lambdabuild.model.spec import Function, Spec


def build_image(spec: Spec, lock: Lock, function: Function, architecture: Architecture) -> BuildImage | None:
    """As the spec says, else the image of the runtime; None where the host compiles."""
    if function.executor == "host":
        return None
    locked = lock.images[spec.images[function.build_image.get(architecture, function.runtime)]]
    return BuildImage(
        pin=locked.pin,
        platforms={platform: found.digest for platform, found in locked.platforms.items()},
        platform=architecture.platform if function.cgo == "image" else None,
    )

"""Locked images in an engine: there already, or loaded from bytes that were held against the lock."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Event, Lock

from lambdabuild.errors import DigestMismatchError
from lambdabuild.io.engine import Engine, EngineImage
from lambdabuild.io.process import unless_stopped
from lambdabuild.model.events import Emit, working
from lambdabuild.model.plan import BuildImage
from lambdabuild.model.reference import ImageReference


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedImageSource:
    """Where the image of one platform comes from.

    `config` is the digest of its config, which has `layers` (diff_ids) and `environment`; `archive` writes the image as
    a docker archive under a name.
    """

    config: str
    layers: tuple[str, ...]
    environment: tuple[str, ...]
    archive: Callable[[str], Iterator[bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineImages:
    """`source` finds an image by its pin, the digest of its manifest, and its platform."""

    engine: Engine
    source: Callable[[str, str, str], LockedImageSource]
    emit: Emit
    stop: Event
    _one_at_a_time: Lock = field(default_factory=Lock)

    def ready(self, image: BuildImage) -> EngineImage:
        """The image as the engine has it; loaded where it is absent, and only then."""
        platform = platform_of(image, self.engine.facts.platform)
        source = self.source(image.pin, image.platforms[platform], platform)
        name = _name(image.pin, image.platforms[platform])
        with self._one_at_a_time:
            found = self._find(source, name)
            if found is None:
                with working(self.emit, "load", f"{image.pin} {platform}"):
                    self.engine.load(unless_stopped(source.archive(name), self.stop), f"`{image.pin}` {platform}")
                found = self._find(source, name)
        if found is None:
            raise DigestMismatchError(
                f"the layers of `{image.pin}` {platform} in the container engine",
                expected=", ".join(source.layers),
                actual="others",
                hint="another image has its name there: remove it with `docker rmi`, and build again",
            )
        return found

    def _find(self, source: LockedImageSource, name: str) -> EngineImage | None:
        """By what it is (the id of an image is its config's digest in the classic store), else by our name for it."""
        for known in (source.config, name):
            found = self.engine.image(known)
            if found and (found.layers, found.environment) == (source.layers, source.environment):
                return found
        return None


def platform_of(image: BuildImage, native: str) -> str:
    """The one that it must be; else the engine's own; else any, since go alone runs in it, and that is native."""
    if image.platform is not None:
        return image.platform
    return native if native in image.platforms else min(image.platforms)


def _name(pin: str, manifest: str) -> str:
    """What it is called in the engine. `localhost/` is no registry, so no engine will ever pull it."""
    last = ImageReference.parse(pin).repository.rpartition("/")[2]
    return f"localhost/lambdabuild/{last}:{manifest.removeprefix('sha256:')}"

"""Which executor runs which group, and what the docker executor needs of the lock, the cache and the registry."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Protocol

from lambdabuild.execute.host import HostExecutor
from lambdabuild.io.files import scratch_lock
from lambdabuild.model.events import Warned
from lambdabuild.model.lock import Lock
from lambdabuild.model.plan import ActionResult, Digest, Group
from lambdabuild.model.platform import host_platform
from lambdabuild.model.reference import ImageReference
from lambdabuild.pipeline.images import Images
from lambdabuild.pipeline.request import Request
from lambdabuild.pipeline.toolchains import Toolchains

if TYPE_CHECKING:
    from lambdabuild.execute.docker import DockerExecutor
    from lambdabuild.execute.engine_images import LockedImageSource
    from lambdabuild.image import ImageSource
    from lambdabuild.io.engine import Engine


class Executor(Protocol):
    """Runs one group; a compile that fails is a result."""

    def run(self, group: Group, into: Path) -> Mapping[Digest, ActionResult]:
        """Results by action digest; binaries appear in `into`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Executors:
    """What executors share. `scratch` is there until the build ends, `stop` ends every compile."""

    request: Request
    locked: Lock
    images: Images
    scratch: Path
    stop: Event

    @contextmanager
    def of(self, groups: tuple[Group, ...]) -> Iterator[Callable[[Group], Executor]]:
        """The executor of each group. An engine is asked for only where a group needs it, and then has its images."""
        tools = Toolchains(request=self.request, locked=self.locked)
        host = HostExecutor(store=self.request.store, tools=tools, stop=self.stop)
        for version in sorted({group.zig for group in groups if group.zig and not group.image}):
            tools.zig(version, host_platform())  # here, since in the thread of a group no one could end it
        images = {(group.image.pin, group.image.platform): group.image for group in groups if group.image}
        if not images:
            yield lambda _: host
            return
        from lambdabuild.io.engine import connect

        with connect(self.request.environ) as engine:
            self._sweep(engine)
            docker = self._docker(engine, tools)
            docker.install(groups)
            docker.ready(images.values())
            yield lambda group: docker if group.image else host

    def _sweep(self, engine: "Engine") -> None:
        """What cannot be removed now, such as a container that the engine holds for busy, is no reason not to build."""
        from lambdabuild.io.engine import EngineRefusalError, sweep

        try:
            sweep(engine)
        except EngineRefusalError as refusal:
            hint = "run `lambdabuild doctor --clean` later"
            self.request.emit(Warned(message=f"what a killed build left stays: {refusal.message}", hint=hint))

    def _docker(self, engine: "Engine", tools: Toolchains) -> "DockerExecutor":
        from lambdabuild.execute.docker import DockerExecutor
        from lambdabuild.execute.engine_images import EngineImages
        from lambdabuild.io.engine import Owner

        images = EngineImages(engine=engine, source=self._source, emit=self.request.emit, stop=self.stop)
        return DockerExecutor(
            engine=engine,
            images=images,
            store=self.request.store,
            tools=tools,
            owner=Owner(lock=scratch_lock(self.scratch)),
            emit=self.request.emit,
            stop=self.stop,
        )

    def _source(self, pin: str, manifest: str, platform: str) -> "LockedImageSource":
        """What the engine is to have. Config and diff_ids of a manifest never change, so they are read once."""
        from lambdabuild.execute.engine_images import LockedImageSource
        from lambdabuild.image import docker_archive, identity_of

        def source() -> "ImageSource":
            return self.images.source(ImageReference.parse(pin), manifest)

        store = self.request.store
        known = store.recall("image-config", manifest)
        if known is None:
            identity = identity_of(source(), platform)
            known = json.dumps([identity.config, identity.layers, identity.environment])
            store.remember("image-config", manifest, known)
        config, layers, environment = json.loads(known)

        def archive(name: str) -> Iterator[bytes]:
            return docker_archive(source(), platform, name=name, scratch=self.scratch)

        return LockedImageSource(config=config, layers=tuple(layers), environment=tuple(environment), archive=archive)

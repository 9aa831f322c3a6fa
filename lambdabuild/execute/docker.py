"""Compile in a container of the locked image: no network, no rights, and only what the action names."""

import hashlib
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock
from typing import Final

from lambdabuild.errors import EnvironmentFailure
from lambdabuild.execute.disturbed import disturbed
from lambdabuild.execute.engine_images import EngineImages, platform_of
from lambdabuild.execute.input_root import MODULES, ROOT
from lambdabuild.execute.native import compilers, flags_of_assembly, flags_of_c
from lambdabuild.execute.tools import Tools
from lambdabuild.execute.transport import GOCACHE, OUTPUT, TEMPORARY, WORK, ZIG_CACHE, Copied, Parcel, Transport, choose
from lambdabuild.io.engine import Box, Ended, Engine, Mount, Owner
from lambdabuild.io.process import POLL, Stopped
from lambdabuild.io.store import Store
from lambdabuild.model.events import Emit, Warned
from lambdabuild.model.plan import ActionResult, BuildImage, Digest, Group

KILLED: Final = 137
"""128 + SIGKILL."""

_SHARE: Final = 0.75
"""Of the engine's memory, for each container: one that takes more is ended before the engine's machine suffers."""

_FEWEST_PIDS: Final = 256
_PIDS_OF_A_CPU: Final = 64
"""Threads count: a `go build` starts a compiler for each CPU, and each of those a few threads for each."""

_NOT_RUNNABLE: Final = re.compile(r"fork/exec \S+: exec format error")


@dataclass(frozen=True, slots=True, kw_only=True)
class DockerExecutor:
    """Runs groups that have an image, with toolchains for the platform of the engine."""

    engine: Engine
    images: EngineImages
    store: Store
    tools: Tools
    owner: Owner
    emit: Emit
    stop: Event
    _choosing: Lock = field(default_factory=Lock, init=False, repr=False)
    _chosen: list[Transport] = field(default_factory=list, init=False, repr=False)

    def ready(self, images: Iterable[BuildImage]) -> None:
        """Have the images in the engine, before the first group runs; say what the engine cannot do."""
        facts = self.engine.facts
        limits = {"memory": facts.memory_limit, "pids": facts.pids_limit}
        if absent := [name for name, there in limits.items() if not there]:
            self.emit(
                Warned(
                    message=f"the container engine at `{self.engine.host}` cannot limit {' and '.join(absent)}",
                    hint="a compile may use all of its machine; a rootless engine needs cgroup v2 for limits",
                )
            )
        for image in images:
            self.images.ready(image)

    def install(self, groups: Iterable[Group]) -> None:
        """Have the toolchains, which are those of the engine's platform."""
        for group in groups:
            if group.image is not None:
                self._toolchains(group)

    def run(self, group: Group, into: Path) -> Mapping[Digest, ActionResult]:
        """Build every action of a group in one `go build`; binaries appear in `into`, an empty folder.

        As on the host: a compile that fails is a result. An engine that fails is an EnvironmentFailure.
        """
        assert group.image is not None, "the host's own executor has no image"
        into.mkdir(parents=True, exist_ok=True)
        parcel = Parcel(
            group=group,
            image=self.images.ready(group.image),
            toolchains=self._toolchains(group),
            cache=_cache(group, group.image, self.engine.facts.platform),
            into=into,
        )
        began = time.monotonic()
        way = self._transport(parcel)
        with way.carry(parcel) as mounts:
            changed = {action.digest: tuple(disturbed(action)) for action in group.actions}
            box = self._box(parcel, way.user, mounts)
            with self.engine.container(box) as container:
                self.engine.start(container)
                ended = self._waited(container)
                _refuse_what_is_no_result(group, ended, box.memory)
                if ended.exit_code == 0:
                    way.collect(container, parcel)
        seconds = time.monotonic() - began
        return {
            action.digest: ActionResult(
                exit_code=ended.exit_code,
                output=ended.stderr,
                binary=into / action.binary if ended.exit_code == 0 else None,
                seconds=seconds,
                disturbed=changed[action.digest],
            )
            for action in group.actions
        }

    def _toolchains(self, group: Group) -> dict[str, Path]:
        native = self.engine.facts.platform
        return {
            "go": self.tools.go(group.toolchain.version, native).root,
            **({"zig": self.tools.zig(group.zig, native).root} if group.zig else {}),
        }

    def _box(self, parcel: Parcel, user: str, mounts: tuple[Mount, ...]) -> Box:
        group, facts = parcel.group, self.engine.facts
        packages = [action.package for action in group.actions]
        temporary = str(TEMPORARY)
        by_image = group.image is not None and group.image.compiles
        return Box(
            image=parcel.image,
            argv=(f"{ROOT}/go/bin/go", "build", *group.flags, *flags_of_assembly(group), "-o", f"{OUTPUT}/", *packages),
            env={
                **group.env,
                **flags_of_c(group),
                **compilers(ROOT / "zig/zig", group.env, ZIG_CACHE),
                "GOROOT": f"{ROOT}/go",
                "GOMODCACHE": f"{ROOT}/{MODULES}",
                "GOCACHE": str(GOCACHE),
                "GOPATH": f"{WORK}/gopath",
                "HOME": temporary,
                "TMPDIR": temporary,
                **({} if by_image else {"PATH": ""}),  # a .syso can let the linker look for a gcc
            },
            folder=str(ROOT / group.actions[0].command.working_directory),
            user=user,
            mounts=mounts,
            labels=self.owner.labels,
            memory=int(facts.memory * _SHARE) if facts.memory_limit else 0,
            pids=_FEWEST_PIDS + _PIDS_OF_A_CPU * facts.cpus if facts.pids_limit else 0,
        )

    def _transport(self, parcel: Parcel) -> Transport:
        """The same for all groups: what an engine sees of this machine does not change."""
        with self._choosing:
            if not self._chosen:
                copied = Copied(engine=self.engine, store=self.store, owner=self.owner, stop=self.stop)
                self._chosen.append(choose(copied, parcel))
            return self._chosen[0]

    def _waited(self, container: str) -> Ended:
        """How it ended; where `stop` is set it is not waited for, and so removed."""
        while (ended := self.engine.ended(container)) is None:
            if self.stop.wait(POLL):
                raise Stopped
        return ended


def _cache(group: Group, image: BuildImage, native: str) -> str:
    """The name of a folder of caches. Where go alone compiles, nothing of an image is run or read, and there is one for
    all. zig can read headers of an image, of which go's cache knows nothing: there is one for each. Programs of an
    image could write what they like to it: there is one for each image and project.
    """
    if group.zig is None and not image.compiles:
        return "go"
    digest = image.platforms[platform_of(image, native)].removeprefix("sha256:")[:32]
    return f"{digest}-{hashlib.sha256(str(group.folder).encode()).hexdigest()[:16]}" if image.compiles else digest


def _refuse_what_is_no_result(group: Group, ended: Ended, memory: int) -> None:
    """EnvironmentFailure where the compile was ended, or could not begin: the source has no part in it."""
    if ended.exit_code == 0:
        return
    names = ", ".join(f"{action.function}-{action.architecture}" for action in group.actions)
    if ended.out_of_memory:
        raise EnvironmentFailure(
            f"{names}: the compile ran out of memory, of which its container has {memory / 1e9:.1f} GB",
            output=ended.stderr,
            hint="give the container engine more memory, or build fewer functions at once with `--function`",
        )
    if ended.exit_code == KILLED:
        raise EnvironmentFailure(
            f"{names}: the container of the compile was killed",
            output=ended.stderr,
            hint="build again; if it happens again, look at the log of the container engine",
        )
    if group.image and group.image.compiles and _NOT_RUNNABLE.search(ended.stderr):
        raise EnvironmentFailure(
            f"{names}: the container engine cannot run programs of `{group.image.pin}` for {group.image.platform}",
            output=ended.stderr,
            hint="let it emulate them: install `qemu-user-static`, or run"
            " `docker run --privileged --rm tonistiigi/binfmt --install all`",
        )

"""What is asked of an engine: images, containers that run once, volumes. Every failure is an EnvironmentFailure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final, Literal

from lambdabuild.errors import EnvironmentFailure
from lambdabuild.io.engine.failures import EngineRefusalError, shortened, told

if TYPE_CHECKING:
    from docker import APIClient
    from docker.types import Mount as DockerMount

_CPUS: Final = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_APART: Final = ("name=rootless", "name=userns", "name=selinux")
_ABSENT: Final = 404
_BUSY: Final = 409
"""In use, or being removed (Docker Engine API, VolumeDelete and ContainerDelete)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineFacts:
    """What an engine is. `version` is for people, `platform` is its own, `memory` in bytes.

    `apart`: the files of this machine are not the containers' to use, since users have other numbers there (rootless,
    userns-remap), or files need a label (SELinux). `memory_limit` and `pids_limit` say whether it can enforce them,
    which a rootless engine on cgroup v1 cannot.
    """

    version: str
    platform: str
    memory: int
    cpus: int
    apart: bool
    memory_limit: bool
    pids_limit: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineImage:
    """An image that is there: `layers` are its diff_ids, `environment` holds `NAME=value`."""

    id: str
    platform: str
    layers: tuple[str, ...]
    environment: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A folder of this machine (an absolute path) or a volume (a name) in a container."""

    source: str
    target: PurePosixPath
    writable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A container that runs one program once, with no rights and no network.

    `memory` in bytes. `env` is everything but PATH: what the image sets else is taken away.
    """

    image: EngineImage
    argv: Sequence[str] = ("-",)
    env: Mapping[str, str] = field(default_factory=dict)
    folder: str = "/"
    user: str = "0:0"
    mounts: tuple[Mount, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    memory: int = 0
    pids: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a container ended."""

    exit_code: int
    out_of_memory: bool
    stderr: str


class Engine:
    """One engine. `host` is for messages."""

    def __init__(self, client: "APIClient", *, host: str) -> None:
        self._client = client
        self.host = host

    @cached_property
    def facts(self) -> EngineFacts:
        """Asked once."""
        with told(self.host, "to describe itself"):
            said = self._client.info()
        cpu = _CPUS.get(said.get("Architecture", ""))
        if said.get("OSType") != "linux" or cpu is None:
            raise EnvironmentFailure(
                f"the container engine at `{self.host}` runs containers of {said.get('OSType')} on"
                f" {said.get('Architecture')}",
                hint="name one that runs linux/amd64 or linux/arm64 with DOCKER_HOST",
            )
        security = [str(one) for one in said.get("SecurityOptions") or ()]
        return EngineFacts(
            version=str(said.get("ServerVersion")),
            platform=f"linux/{cpu}",
            memory=int(said.get("MemTotal") or 0),
            cpus=int(said.get("NCPU") or 1),
            apart=any(name in one for one in security for name in _APART),
            memory_limit=bool(said.get("MemoryLimit")),
            pids_limit=bool(said.get("PidsLimit")),
        )

    def image(self, name: str) -> EngineImage | None:
        """The image of a name or id; None where there is none."""
        try:
            with told(self.host, f"to look at the image `{name}`"):
                said = self._client.inspect_image(name)  # type: ignore[no-untyped-call]
        except EngineRefusalError as refusal:
            if refusal.status == _ABSENT:
                return None
            raise
        config: Mapping[str, Any] = said.get("Config") or {}
        return EngineImage(
            id=said["Id"],
            platform=f"{said['Os']}/{said['Architecture']}",
            layers=tuple(said["RootFS"].get("Layers") or ()),
            environment=tuple(config.get("Env") or ()),
        )

    def load(self, archive: Iterable[bytes], about: str) -> None:
        """Give it an image, as `docker load` does. An exception of `archive` ends it, and nothing of it stays."""
        doing = f"to load {about}"
        failures: list[BaseException] = []
        try:
            with told(self.host, doing):
                for line in self._client.load_image(_watched(archive, failures)):  # type: ignore[no-untyped-call]
                    if "error" in line:
                        raise EngineRefusalError(self.host, doing, shortened(str(line["error"])))
        except EnvironmentFailure:
            if failures:
                raise failures[0] from None
            raise

    def create(self, box: Box) -> str:
        """A container that is not started yet; its id."""
        from docker.types import LogConfig

        client = self._client
        names = (variable.partition("=")[0] for variable in box.image.environment)
        kept = {name: None for name in names if name != "PATH"}
        # A name without a value takes it away (Docker Engine API, ContainerCreate, Env).
        env = [name if value is None else f"{name}={value}" for name, value in {**kept, **box.env}.items()]
        with told(self.host, "to create a container"):
            host = client.create_host_config(
                cap_drop=["ALL"],
                log_config=LogConfig(type="json-file"),
                mem_limit=box.memory or None,
                memswap_limit=box.memory or None,
                mounts=[_mount(one) for one in box.mounts],
                network_mode="none",
                pids_limit=box.pids or None,
                read_only=True,
                security_opt=["no-new-privileges"],
                tmpfs={"/tmp": "mode=1777"},  # noqa: S108 - inside
            )
            made = client.create_container(
                image=box.image.id,
                entrypoint=[box.argv[0]],
                command=list(box.argv[1:]),
                environment=env,
                healthcheck={"test": ["NONE"]},
                host_config=host,
                hostname="lambdabuild",
                labels=dict(box.labels),
                platform=box.image.platform,
                use_config_proxy=False,  # the user's, with passwords
                user=box.user,
                working_dir=box.folder,
            )
        return str(made["Id"])

    @contextmanager
    def container(self, box: Box) -> Iterator[str]:
        """One that is removed when the block ends, however it ends; its id."""
        made = self.create(box)
        try:
            yield made
        finally:
            with suppress(EnvironmentFailure):  # how the block ended is what counts; the next run removes it
                self.remove(made)

    def start(self, container: str) -> None:
        """Run it."""
        with told(self.host, "to start a container"):
            self._client.start(container)

    def ended(self, container: str) -> Ended | None:
        """How it ended; None while it runs."""
        with told(self.host, "to look at a container"):
            state = self._client.inspect_container(container)["State"]
            if state["Status"] not in ("exited", "dead"):
                return None
            stderr = self._client.logs(container, stdout=False, stderr=True)
        return Ended(
            exit_code=int(state["ExitCode"]),
            out_of_memory=bool(state.get("OOMKilled")),
            stderr=stderr.decode("utf-8", errors="replace"),
        )

    def remove(self, container: str) -> bool:
        """End it, and remove it with the volumes that have no name; False where another one is removing it."""
        return self._remove(
            f"to remove the container {container[:12]}", self._client.remove_container, container, v=True
        )

    def remove_volume(self, name: str) -> bool:
        """Remove a volume; False where a container has it."""
        return self._remove(f"to remove the volume `{name}`", self._client.remove_volume, name)

    def make_volume(self, name: str, labels: Mapping[str, str]) -> None:
        """Make it where it is absent."""
        with told(self.host, f"to make the volume `{name}`"):
            self._client.create_volume(name, labels=dict(labels))

    def put(self, container: str, folder: PurePosixPath, archive: Iterable[bytes]) -> None:
        """Unpack a tar in a folder of a container, which must lie in a volume."""
        failures: list[BaseException] = []
        try:
            with told(self.host, f"to copy files to `{folder}`"):
                self._client.put_archive(container, str(folder), _watched(archive, failures))
        except EnvironmentFailure:
            if failures:
                raise failures[0] from None
            raise

    def get(self, container: str, path: PurePosixPath) -> Iterator[bytes] | None:
        """A file or folder as a tar; None where it is not there."""
        try:
            with told(self.host, f"to copy `{path}`"):
                chunks, _ = self._client.get_archive(container, str(path))
        except EngineRefusalError as refusal:
            if refusal.status == _ABSENT:
                return None
            raise
        return self._told(chunks, f"to copy `{path}`")

    def containers(self, label: str) -> dict[str, Mapping[str, str]]:
        """Ids of all that have a label, whatever they do now, with all of their labels."""
        with told(self.host, "to list containers"):
            found = self._client.containers(all=True, filters={"label": label})
        return {str(one["Id"]): dict(one.get("Labels") or {}) for one in found}

    def volumes(self, label: str) -> dict[str, Mapping[str, str]]:
        """Names of all that have a label, with all of their labels."""
        with told(self.host, "to list volumes"):
            found = self._client.volumes(filters={"label": label})["Volumes"] or []
        return {str(one["Name"]): dict(one.get("Labels") or {}) for one in found}

    def _remove(self, doing: str, remove: Any, name: str, **options: bool) -> bool:
        """What is gone already is removed."""
        try:
            with told(self.host, doing):
                remove(name, force=True, **options)
        except EngineRefusalError as refusal:
            if refusal.status not in (_ABSENT, _BUSY):
                raise
            return refusal.status == _ABSENT
        return True

    def _told(self, chunks: Iterable[bytes], doing: str) -> Iterator[bytes]:
        with told(self.host, doing):
            yield from chunks


def _mount(one: Mount) -> "DockerMount":
    """One whose source is absent is refused, where a bind by `-v` would make it. Nothing of the image gets into it."""
    from docker.types import Mount as DockerMount

    kind: Literal["bind", "volume"] = "bind" if one.source.startswith("/") else "volume"
    return DockerMount(str(one.target), one.source, type=kind, read_only=not one.writable, no_copy=kind == "volume")


def _watched(chunks: Iterable[bytes], failures: list[BaseException]) -> Iterator[bytes]:
    """The same; what it raises is kept, since an HTTP client may wrap it."""
    try:
        yield from chunks
    except BaseException as failure:
        failures.append(failure)
        raise

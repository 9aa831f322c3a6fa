"""A real dockerd of our own: no bridge, no rules in the firewall, all that it has in one folder."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from docker import APIClient

from lambdabuild.io.engine import Engine, connect
from tests.support.gates import need, require


@dataclass(slots=True, kw_only=True)
class RunningEngine:
    """An engine that answers at `host`. `prefix` runs dockerd: unshare, so that it sees other files than we do."""

    folder: Path
    host: str
    options: Sequence[str] = ()
    prefix: Sequence[str] = ()
    environ: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """What it writes."""
        return self.folder / "log"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        program = require("dockerd")
        home = self.folder
        self.log.unlink(missing_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *self.prefix, program, "--host", self.host, "--data-root", home / "data",
                    "--exec-root", home / "exec", "--pidfile", home / "pid",
                    "--bridge=none", "--iptables=false", "--ip-forward=false", *self.options,
                ],
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        end = time.monotonic() + 60
        while time.monotonic() < end:
            assert self.process.poll() is None, self.log.read_text()
            if b"API listen on" in self.log.read_bytes():
                return
            time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def client(self) -> AbstractContextManager[Engine]:
        """A client of ours."""
        return connect(self.environ)

    def stop(self) -> None:
        """End it as an administrator does; its containers end with it."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a crash does. Its containerd dies with it, and is waited for: a new one would take it for alive."""
        pid = self.folder / "exec" / "containerd" / "containerd.pid"
        containerd = Path("/proc") / pid.read_text().strip() / "stat"
        self._signal(signal.SIGKILL)
        with suppress(FileNotFoundError, ProcessLookupError):
            while ") Z " not in containerd.read_text():
                time.sleep(0.02)
        pid.unlink(missing_ok=True)

    def containers(self) -> list[str]:
        """Ids of all."""
        with self.client() as client:
            return list(client.containers("lambdabuild.owner"))

    def volumes(self) -> list[str]:
        """Names of those that should go with their run."""
        with self.client() as client:
            return list(client.volumes("lambdabuild.owner"))

    def running(self) -> list[str]:
        """Ids of containers that run now."""
        with closing(APIClient(base_url=self.host, version="1.41")) as client:
            return [str(container["Id"]) for container in client.containers()]

    def all_volumes(self) -> list[str]:
        """Names of all volumes, also of those that stay."""
        with closing(APIClient(base_url=self.host, version="1.41")) as client:
            return sorted(volume["Name"] for volume in client.volumes()["Volumes"] or [])

    def _place(self, volume: str, name: str) -> Path:
        with closing(APIClient(base_url=self.host, version="1.41")) as client:
            return Path(client.inspect_volume(volume)["Mountpoint"]) / name

    def plant(self, volume: str, name: str) -> None:
        """Put a file into a volume."""
        self._place(volume, name).touch()

    def has(self, volume: str, name: str) -> bool:
        """Whether a volume has a file."""
        return self._place(volume, name).exists()

    def forget(self, image: str) -> None:
        """Remove an image by name."""
        with closing(APIClient(base_url=self.host, version="1.41")) as client:
            client.remove_image(image)

    def _signal(self, number: signal.Signals) -> None:
        if self.process is not None:
            pid = self.folder / "pid"
            with suppress(ProcessLookupError, FileNotFoundError):
                os.kill(int(pid.read_text()), number)  # unshare is its parent
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)
            self.process.wait(30)
            pid.unlink(missing_ok=True)
            self.process = None


@contextmanager
def running_engine(
    *, options: Sequence[str] = (), prefix: Sequence[str] = (), host: str | None = None
) -> Iterator[RunningEngine]:
    """Start one in a folder with a short name, since a socket's may have 107 letters; all of it goes at the end."""
    need(os.getuid() == 0, "needs root, for a container engine")
    folder = Path(tempfile.mkdtemp(prefix="engine-"))
    folder.chmod(0o711)  # users of the engine's own pass through it
    host = host or f"unix://{folder}/docker.sock"
    engine = RunningEngine(
        folder=folder, host=host, options=options, prefix=prefix, environ={"DOCKER_HOST": host, "HOME": str(folder)}
    )
    try:
        engine.start()
        yield engine
    finally:
        engine.stop()
        for line in Path("/proc/mounts").read_text().splitlines():
            if (mounted := line.split()[1]).startswith(f"{folder}/"):
                subprocess.run(["umount", "--lazy", mounted], check=False)
        shutil.rmtree(folder, ignore_errors=True)

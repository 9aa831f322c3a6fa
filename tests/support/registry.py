"""A real docker-registry on loopback, in a folder of its own, and the images that tests put there."""

import base64
import hashlib
import json
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests

from tests.support.certificates import Certificate
from tests.support.gates import require

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
OCI_LAYER_ZSTD = "application/vnd.oci.image.layer.v1.tar+zstd"

Json = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningRegistry:
    """A registry that answers. `host` is `127.0.0.1:port`, `log` what it writes."""

    host: str
    scheme: str = "http"
    verify: str | bool = True
    headers: Mapping[str, str] = field(default_factory=dict)
    log: Path

    def push_blob(self, repository: str, content: bytes, media_type: str) -> Json:
        """Store a blob; its descriptor."""
        start = self._send("POST", f"{repository}/blobs/uploads/", b"", {})
        place = start.headers["Location"]
        joint = "&" if "?" in place else "?"
        self._send("PUT", f"{place}{joint}digest={sha256(content)}", content, {})
        return descriptor(content, media_type)

    def push_manifest(self, repository: str, reference: str, document: Json) -> Json:
        """Store a manifest or an index under a tag, or under its digest where `reference` is empty."""
        content = encode(document)
        media_type = str(document["mediaType"])
        path = f"{repository}/manifests/{reference or sha256(content)}"
        self._send("PUT", path, content, {"Content-Type": media_type})
        return descriptor(content, media_type)

    def push_image(self, repository: str, image: "Image", tag: str = "") -> Json:
        """Store an image of one platform; the descriptor of its manifest, with the platform."""
        config = self.push_blob(repository, encode(image.config), image.config_type)
        layers = [self.push_blob(repository, content, kind) for content, kind in image.layers]
        manifest = {"schemaVersion": 2, "mediaType": image.manifest_type, "config": config, "layers": layers}
        return {**self.push_manifest(repository, tag, manifest), "platform": image.platform}

    def push_index(self, repository: str, tag: str, children: Sequence[Json], media_type: str = OCI_INDEX) -> str:
        """Store an index or a list; its digest."""
        document = {"schemaVersion": 2, "mediaType": media_type, "manifests": list(children)}
        return str(self.push_manifest(repository, tag, document)["digest"])

    def _send(self, method: str, path: str, content: bytes, headers: Mapping[str, str]) -> requests.Response:
        url = path if "://" in path else f"{self.scheme}://{self.host}/v2/{path}"
        with requests.Session() as session:
            session.trust_env = False
            response = session.request(
                method, url, data=content, headers={**self.headers, **headers}, verify=self.verify, timeout=10
            )
        assert response.ok, f"{method} {url}: {response.status_code} {response.text}"
        return response


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image of one platform, as small as one can be. `diff_ids` are those of `layers` as they are, unless given."""

    os: str = "linux"
    architecture: str = "amd64"
    variant: str | None = None
    created: str = "2026-02-27T21:04:11.123456789Z"
    layers: tuple[tuple[bytes, str], ...] = ((b"a layer", OCI_LAYER),)
    docker: bool = False
    env: tuple[str, ...] = ("PATH=/bin",)
    entrypoint: tuple[str, ...] = ("/entry.sh",)
    diff_ids: tuple[str, ...] = ()

    @property
    def platform(self) -> Json:
        """As an index writes it."""
        variant = {} if self.variant is None else {"variant": self.variant}
        return {"os": self.os, "architecture": self.architecture, **variant}

    @property
    def config(self) -> Json:
        """As the image's config writes it."""
        return {
            **self.platform,
            "created": self.created,
            "config": {"Env": list(self.env), "Entrypoint": list(self.entrypoint), "WorkingDir": "/var/task"},
            "rootfs": {"type": "layers", "diff_ids": list(self.diff_ids) or [sha256(each) for each, _ in self.layers]},
        }

    @property
    def manifest_type(self) -> str:
        """Docker's or OCI's."""
        return DOCKER_MANIFEST if self.docker else OCI_MANIFEST

    @property
    def config_type(self) -> str:
        """Docker's or OCI's."""
        return DOCKER_CONFIG if self.docker else OCI_CONFIG


@contextmanager
def running_registry(
    folder: Path,
    *,
    auth: Json | None = None,
    certificate: Certificate | None = None,
    headers: Mapping[str, str] | None = None,
    upstream: str | None = None,
) -> Iterator[RunningRegistry]:
    """Start one with its data in `folder`, end it with the block. `headers` are sent with every push.

    With an `upstream` it is a pull-through cache of that one.
    """
    program = require("docker-registry")
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    http: dict[str, object] = {"addr": f"127.0.0.1:{port}"}
    if certificate is not None:
        http["tls"] = {"certificate": str(certificate.certificate), "key": str(certificate.key)}
    config: dict[str, object] = {
        "version": "0.1",
        "log": {"level": "info"},
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}},
        "http": http,
    }
    if auth is not None:
        config["auth"] = auth
    if upstream is not None:
        config["proxy"] = {"remoteurl": upstream}
    (folder / "config.yml").write_text(json.dumps(config))
    log = folder / "log"
    with log.open("wb") as stream:
        process = subprocess.Popen([program, "serve", str(folder / "config.yml")], stdout=stream, stderr=stream, env={})
    try:
        _wait_for(port, process, log)
        yield RunningRegistry(
            host=f"127.0.0.1:{port}",
            scheme="http" if certificate is None else "https",
            verify=True if certificate is None else str(certificate.certificate),
            headers=headers or {},
            log=log,
        )
    finally:
        process.terminate()
        process.wait(10)


def cleaned(folder: Path) -> None:
    """Let a registry that does not run take away all that has no tag, as thorough owners do."""
    command = [require("docker-registry"), "garbage-collect", "--delete-untagged", str(folder / "config.yml")]
    subprocess.run(command, check=True, capture_output=True, env={})


def basic_auth(folder: Path, username: str, password: str) -> Json:
    """The `auth` of a registry with one account."""
    program = require("htpasswd")
    line = subprocess.run([program, "-Bbn", "-C", "4", username, password], check=True, capture_output=True).stdout
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "htpasswd").write_bytes(line)
    return {"htpasswd": {"realm": "test", "path": str(folder / "htpasswd")}}


def basic_header(username: str, password: str) -> str:
    """The value of an `Authorization` header."""
    return f"Basic {base64.b64encode(f'{username}:{password}'.encode()).decode()}"


def public_ecr_at(host: str, folder: Path) -> dict[str, str]:
    """The environment of a user whose public.ecr.aws is `host`, on plain HTTP, and who has no logins."""
    conf = folder / "registries.conf"
    conf.write_text(f'[[registry]]\nprefix = "public.ecr.aws"\nlocation = "{host}"\ninsecure = true\n')
    return {"CONTAINERS_REGISTRIES_CONF": str(conf), "HOME": str(folder)}


def free_port() -> int:
    """A port of loopback that no one listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def encode(document: Json) -> bytes:
    """JSON, always the same."""
    return json.dumps(document, sort_keys=True).encode()


def sha256(content: bytes) -> str:
    """An OCI digest."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def descriptor(content: bytes, media_type: str) -> Json:
    """As a manifest or an index writes it."""
    return {"mediaType": media_type, "digest": sha256(content), "size": len(content)}


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError(f"docker-registry did not start:\n{log.read_text()}")

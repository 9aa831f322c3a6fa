"""Which engine a user means: DOCKER_HOST, a context, or the socket of this machine.

Source: docs.docker.com, "Docker CLI" (environment variables) and "Docker contexts"; docker/cli, cli/context/store, for
the files of a context: `contexts/meta/<sha256 of its name>/meta.json`, and its certificates in `contexts/tls/`.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lambdabuild.errors import EnvironmentFailure
from lambdabuild.io.registry.fields import Fields, MalformedError

DEFAULT_HOST: Final = "unix:///var/run/docker.sock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """Files of TLS; `verify` says whether the engine must have a certificate of `ca`."""

    ca: Path | None
    cert: Path | None
    key: Path | None
    verify: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineEndpoint:
    """Where the engine is, and what says so."""

    host: str
    certificates: Certificates | None
    said_by: str


def endpoint_of(environ: Mapping[str, str]) -> EngineEndpoint:
    """In the order of the docker CLI; EnvironmentFailure for a context that is not there."""
    folder = Path(environ.get("DOCKER_CONFIG") or Path(environ.get("HOME") or "/") / ".docker")
    if host := environ.get("DOCKER_HOST"):
        return EngineEndpoint(host=host, certificates=_of_variables(environ, folder), said_by="DOCKER_HOST")
    name = environ.get("DOCKER_CONTEXT") or _current_context(folder / "config.json")
    if name and name != "default":
        return _of_context(folder, name)
    return EngineEndpoint(host=DEFAULT_HOST, certificates=None, said_by="the default")


def _of_variables(environ: Mapping[str, str], folder: Path) -> Certificates | None:
    verify = bool(environ.get("DOCKER_TLS_VERIFY"))
    path = environ.get("DOCKER_CERT_PATH")
    return _in_folder(Path(path) if path else folder, verify=verify) if verify or path else None


def _in_folder(folder: Path, *, verify: bool) -> Certificates:
    ca, cert, key = (
        path if path.is_file() else None for path in (folder / "ca.pem", folder / "cert.pem", folder / "key.pem")
    )
    return Certificates(ca=ca, cert=cert, key=key, verify=verify)


def _current_context(config: Path) -> str | None:
    try:
        return Fields.of_json(config.read_bytes()).optional_text("currentContext")
    except (OSError, MalformedError):
        return None


def _of_context(folder: Path, name: str) -> EngineEndpoint:
    identity = hashlib.sha256(name.encode()).hexdigest()
    file = folder / "contexts" / "meta" / identity / "meta.json"
    try:
        docker = Fields.of_json(file.read_bytes()).object("Endpoints").object("docker")
        host = docker.text("Host")
    except OSError as error:
        raise EnvironmentFailure(
            f"the docker context `{name}` cannot be read: {error.strerror}",
            hint="run `docker context ls`; choose one with DOCKER_CONTEXT, or name the engine with DOCKER_HOST",
        ) from error
    except MalformedError as error:
        raise EnvironmentFailure(
            f"`{file}`, the docker context `{name}`: {error}", hint=f"make it anew: `docker context rm {name}`"
        ) from error
    tls = folder / "contexts" / "tls" / identity / "docker"
    verify = not docker.flag("SkipTLSVerify")
    certificates = _in_folder(tls, verify=verify) if tls.is_dir() else None
    return EngineEndpoint(host=host, certificates=certificates, said_by=f"the context `{name}`")

"""A connection to the engine of a user, in a version of the API that both speak."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from json import JSONDecodeError
from typing import TYPE_CHECKING, Final

from lambdabuild.errors import EnvironmentFailure
from lambdabuild.io.engine.client import Engine
from lambdabuild.io.engine.endpoint import Certificates, EngineEndpoint, endpoint_of
from lambdabuild.io.engine.failures import MissingEngineError, faults, reason_of, shortened

if TYPE_CHECKING:
    from docker import APIClient
    from docker.tls import TLSConfig

OLDEST: Final = (1, 41)
"""The API of Docker 20.10 (docs.docker.com, Engine API version matrix)."""

NEWEST: Final = (1, 48)
"""The newest that what is asked of an engine here was written for."""

_ANOTHER: Final = "it does not speak the Docker Engine API"
_SOCKET: Final = "unix://"

SECONDS: Final = 300
"""Until an engine says a word: it unpacks a large image in silence."""


@contextmanager
def connect(environ: Mapping[str, str]) -> Iterator[Engine]:
    """The engine that the docker CLI of this user would speak to; MissingEngineError where none answers."""
    where = endpoint_of(environ)
    version, oldest = _versions(where)
    if version < OLDEST:
        raise EnvironmentFailure(
            f"the container engine at `{where.host}` speaks API {_text(version)}, which is older than Docker 20.10",
            hint="update it, or name another with DOCKER_HOST",
        )
    spoken = max(min(version, NEWEST), oldest)
    with closing(_client(where, _text(spoken))) as client:
        yield Engine(client, host=where.host)


def _versions(where: EngineEndpoint) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The newest version of the API that the engine speaks, and its oldest."""
    from docker.errors import DockerException

    try:
        _knock(where.host)
        with closing(_client(where, _text(OLDEST))) as client:
            said = client.version(api_version=False)
        return _number(said["ApiVersion"]), _number(said.get("MinAPIVersion", "1.12"))
    except (JSONDecodeError, KeyError, TypeError) as error:
        raise MissingEngineError(where.host, where.said_by, _ANOTHER) from error
    except faults() as error:
        raise MissingEngineError(where.host, where.said_by, reason_of(error)) from error
    except DockerException as error:
        raise MissingEngineError(where.host, where.said_by, shortened(str(error))) from error
    except ValueError as error:
        raise MissingEngineError(where.host, where.said_by, _ANOTHER) from error


def _knock(host: str) -> None:
    """OSError where no one listens at a socket of this machine: the SDK would leave its own end open."""
    if host.startswith(_SOCKET):
        with socket.socket(socket.AF_UNIX) as end:
            end.connect(host.removeprefix(_SOCKET))


def _client(where: EngineEndpoint, version: str) -> "APIClient":
    from docker import APIClient

    tls = _tls(where.certificates) if where.certificates else False
    client = APIClient(base_url=where.host, version=version, timeout=SECONDS, tls=tls, use_ssh_client=True)
    client.trust_env = False  # REQUESTS_CA_BUNDLE would replace the authority of the engine
    return client


def _tls(files: Certificates) -> "TLSConfig":
    from docker.tls import TLSConfig

    pair = (str(files.cert), str(files.key)) if files.cert and files.key else None
    return TLSConfig(client_cert=pair, ca_cert=str(files.ca) if files.ca else None, verify=files.verify)


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _text(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))

"""What an engine says when it refuses, in words that say what to do."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from lambdabuild.errors import EnvironmentFailure
from lambdabuild.io.text import printable

if TYPE_CHECKING:
    from docker.errors import APIError

_GONE = re.compile("no such (container|image|volume)|marked for removal", re.IGNORECASE)
_NO_SPACE = re.compile("no space left on device|disk quota exceeded", re.IGNORECASE)
_MOST_WORDS: Final = 400


class MissingEngineError(EnvironmentFailure):
    """No engine answers there."""

    def __init__(self, host: str, said_by: str, reason: str) -> None:
        super().__init__(
            f"no container engine answers at `{host}` ({said_by}): {reason}",
            hint=_start(host, reason) + "; `executor: host` needs no engine",
        )


class EngineGoneError(EnvironmentFailure):
    """The engine stopped answering while it was used."""

    def __init__(self, host: str, doing: str) -> None:
        super().__init__(
            f"the container engine at `{host}` went away: {doing}",
            hint="look at its log, start it, and build again; what it left is removed by then",
            temporary=True,
        )


class EngineRefusalError(EnvironmentFailure):
    """The engine answered with an error."""

    def __init__(self, host: str, doing: str, said: str, status: int | None = None) -> None:
        super().__init__(f"the container engine at `{host}` refused {doing}: {said}", hint=_mend(said))
        self.status = status


def faults() -> tuple[type[Exception], ...]:
    """What a connection to an engine can raise, beside the SDK's own errors. Not loaded before an engine is used."""
    import requests
    import urllib3

    return (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError)


@contextmanager
def told(host: str, doing: str) -> Iterator[None]:
    """Turn what the SDK raises into an EnvironmentFailure; `doing` is what was asked for."""
    from docker.errors import APIError, DockerException

    try:
        yield
    except APIError as error:
        raise EngineRefusalError(host, doing, _said(error), error.status_code) from error
    except faults() as error:
        raise EngineGoneError(host, doing) from error
    except DockerException as error:
        raise EngineRefusalError(host, doing, shortened(str(error))) from error


def reason_of(error: BaseException) -> str:
    """Why a connection failed, without the classes that it failed through."""
    chain: list[BaseException] = []
    while error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__ or error
    for one in reversed(chain):
        if isinstance(one, OSError) and one.strerror:
            return one.strerror
    return shortened(str(chain[0]))


def shortened(text: str) -> str:
    """What an engine said, as one line."""
    return printable(" ".join(text.split())[:_MOST_WORDS])


def _said(error: "APIError") -> str:
    return shortened(str(error.explanation or error))


def _start(host: str, reason: str) -> str:
    if "ermission" in reason:
        return "add yourself to the group that may use the socket (`docker`), and log in again"
    if "certificate" in reason.lower() or "ssl" in reason.lower():
        return "check DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, or the certificates of the docker context"
    if host.startswith("unix://"):
        return "start it, or name another with DOCKER_HOST"
    return "check DOCKER_HOST and the network"


def _mend(said: str) -> str:
    if _GONE.search(said):
        return "something removed it meanwhile: build again"
    if _NO_SPACE.search(said):
        return "make room where the engine keeps its data: `docker system df`, `docker system prune`"
    return "look at the engine's log"

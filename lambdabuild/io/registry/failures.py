"""What a network failure means, in words: who did not answer, and what to do about it.

The words are ours alone. An exception's own text may hold a proxy's password.
"""

import socket
import ssl
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import requests
import urllib3

from lambdabuild.errors import EnvironmentFailure
from lambdabuild.io.registry.retry import PassingFailure

_PROXY_HINT = "check the network, and `HTTPS_PROXY` and `NO_PROXY`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Who was asked: `about` is the image, `host` is `host[:port]`."""

    about: str
    host: str


def network_failure(error: Exception, peer: Peer) -> EnvironmentFailure:
    """Judge by the cause that is known; what is left is a connection that was cut."""
    causes = tuple(_causes(error))
    if _any(causes, requests.exceptions.ProxyError, urllib3.exceptions.ProxyError):
        return _failure(peer, f"the proxy does not lead to `{peer.host}`", _PROXY_HINT)
    for cause in causes:
        if (failure := _definite(cause, peer)) is not None:
            return failure
    if _any(causes, requests.exceptions.ConnectTimeout):
        return _failure(peer, f"`{peer.host}` did not answer in time", _PROXY_HINT)
    fault = "fell silent" if _any(causes, TimeoutError, urllib3.exceptions.TimeoutError) else "cut the connection"
    return PassingFailure(f"{peer.about}: `{peer.host}` {fault}", hint=_PROXY_HINT)


def _definite(cause: BaseException, peer: Peer) -> EnvironmentFailure | None:
    match cause:
        case ssl.SSLCertVerificationError():
            return _untrusted(cause, peer)
        case ssl.SSLError() if not isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return _no_tls(cause, peer)
        case socket.gaierror():
            return _failure(peer, f"`{peer.host}` cannot be resolved", _PROXY_HINT)
        case ConnectionRefusedError():
            return _failure(peer, f"`{peer.host}` refused the connection", f"is it running? {_PROXY_HINT}")
    return None


def _any(causes: Iterable[BaseException], *kinds: type[BaseException]) -> bool:
    return any(isinstance(cause, kinds) for cause in causes)


def _failure(peer: Peer, message: str, hint: str) -> EnvironmentFailure:
    return EnvironmentFailure(f"{peer.about}: {message}", hint=hint, temporary=True)


def _untrusted(error: ssl.SSLCertVerificationError, peer: Peer) -> EnvironmentFailure:
    return EnvironmentFailure(
        f"{peer.about}: the certificate of `{peer.host}` is not trusted: {error.verify_message}",
        hint=f"put its authority into `/etc/containers/certs.d/{peer.host}/ca.crt`,"
        " or name a CA bundle with `REQUESTS_CA_BUNDLE`",
    )


def _no_tls(error: ssl.SSLError, peer: Peer) -> EnvironmentFailure:
    reason = (error.reason or "unknown reason").lower().replace("_", " ")
    return EnvironmentFailure(
        f"{peer.about}: `{peer.host}` does not speak TLS as it should ({reason})",
        hint="if it is a plain HTTP registry that you trust, write into registries.conf:"
        f' `[[registry]]`, `location = "{peer.host}"`, `insecure = true`',
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and all that led to it; urllib3 keeps some in `reason`, requests in `args`."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        current = waiting.pop(0)
        if isinstance(current, BaseException) and id(current) not in seen:
            seen.add(id(current))
            yield current
            waiting += [
                current.__cause__,
                current.__context__,
                getattr(current, "reason", None),
                *current.args,
            ]

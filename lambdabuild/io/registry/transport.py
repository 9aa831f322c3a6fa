"""One HTTP exchange: bounded in time, size and redirects; a login never leaves the host that it is for."""

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Literal, Self
from urllib.parse import SplitResult, urljoin, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from lambdabuild import __version__
from lambdabuild.errors import EnvironmentFailure
from lambdabuild.io.registry.failures import Peer, network_failure
from lambdabuild.io.registry.proxies import Proxies
from lambdabuild.io.registry.retry import Clock, PassingFailure
from lambdabuild.io.registry.trust import HostTrust, Trust, unverified

REDIRECTS: Final = 5
CHUNK: Final = 256 * 1024
SLOWEST: Final = 1024
"""Bytes a second, below which a body is not worth waiting for: a layer of 50 MB would take half a day."""

_MOVED = (301, 302, 303, 307, 308)
_FAULTS = (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError)


Method = Literal["GET", "HEAD", "POST", "PUT"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds to connect, between two reads, for a whole document, and until a registry has stored what it was sent.

    `drip`: for SLOWEST bytes a second to come on average. Only what is waited for counts: a reader may take its time.
    """

    connect: float = 10.0
    read: float = 30.0
    document: float = 60.0
    drip: float = 90.0
    store: float = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What is sent: `size` bytes in pieces, which can be had from the beginning again."""

    size: int
    pieces: Callable[[], Iterator[bytes]] = field(repr=False)

    @classmethod
    def of(cls, content: bytes) -> Self:
        """Bytes at hand."""
        return cls(size=len(content), pieces=lambda: iter((content,)))

    def __len__(self) -> int:
        """For requests, which says it as Content-Length."""
        return self.size

    def __iter__(self) -> Iterator[bytes]:
        return self.pieces()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to ask. A `form` is a login's, and posted. `about` is what an error message begins with."""

    url: str
    about: str
    method: Method = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    authorization: str | None = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    body: Body | None = None
    insecure: bool = False


class Answer:
    """A response whose body has not been read. Close it, or read it to the end."""

    def __init__(self, response: requests.Response, peer: Peer, *, clock: Clock, limits: Limits) -> None:
        self._response = response
        self._clock = clock
        self._limits = limits
        self.peer = peer
        self.url = response.url
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self.redirected = False

    def document(self, limit: int) -> bytes:
        """The whole body: at most `limit` bytes, and not for ever, however slowly it drips."""
        announced = self.headers.get("Content-Length", "")
        if announced.isdecimal() and int(announced) > limit:
            self.close()
            raise self._too_long(limit)
        end = self._clock.elapsed() + self._limits.document
        content = bytearray()
        for chunk in self.chunks():
            content += chunk
            if len(content) > limit:
                raise self._too_long(limit)
            if self._clock.elapsed() > end:
                raise PassingFailure(
                    f"{self.peer.about}: `{self.peer.host}` took over {self._limits.document:g} s for a document",
                    hint="check the network",
                )
        return bytes(content)

    def chunks(self) -> Iterator[bytes]:
        """The body as sent: a `Content-Encoding` is not undone, the digest is over what is sent.

        One that comes too slowly is a failure that passes.
        """
        waited, size = 0.0, 0
        try:
            while True:
                asked = self._clock.elapsed()
                chunk = self._response.raw.read1(CHUNK, decode_content=False)
                waited, size = waited + self._clock.elapsed() - asked, size + len(chunk)
                if not chunk:
                    return
                yield chunk
                if waited >= self._limits.drip:
                    if size < waited * SLOWEST:
                        raise self._too_slow()
                    waited, size = 0.0, 0
        except _FAULTS as error:
            raise network_failure(error, self.peer) from error
        finally:
            self.close()

    def close(self) -> None:
        """Give the connection up."""
        self._response.close()

    def pass_over(self) -> None:
        """Done with it: where its body comes at once, the connection serves the next request. One wait at most."""
        raw = self._response.raw
        with suppress(*_FAULTS):
            if raw.length_remaining:
                raw.read1(CHUNK, decode_content=False)
            if raw.length_remaining == 0:
                raw.read(CHUNK, decode_content=False)  # which gives the connection back
        self.close()

    def _too_slow(self) -> EnvironmentFailure:
        return PassingFailure(
            f"{self.peer.about}: `{self.peer.host}` sends less than {SLOWEST} bytes a second", hint="check the network"
        )

    def _too_long(self, limit: int) -> EnvironmentFailure:
        return EnvironmentFailure(
            f"{self.peer.about}: `{self.peer.host}` sent more than {limit} bytes for a document",
            hint="is the name that of an image? A proxy may also have answered in the registry's place",
        )


class Transport:
    """Sends requests by the proxies and certificates that it is given; nothing else of the environment counts."""

    def __init__(self, *, proxies: Proxies, trust: Trust, clock: Clock, limits: Limits) -> None:
        self.clock = clock
        self._proxies = proxies
        self._trust = trust
        self._limits = limits
        self._adapter = cache(self._new_adapter)

    def send(self, request: Request) -> Answer:
        """Send it and follow redirects, without its login where they lead to another origin.

        Whatever status comes in the end is an answer; a network failure is an EnvironmentFailure.
        """
        url = request.url
        for hop in range(REDIRECTS + 1):
            own = origin(url) == origin(request.url)
            answer = self._once(request, url, own=own)
            target = answer.headers.get("Location")
            if answer.status not in _MOVED or target is None:
                answer.redirected = hop > 0 and not own
                return answer
            answer.close()
            url = _next(request, url, target)
        raise EnvironmentFailure(
            f"{request.about}: `{urlsplit(request.url).netloc}` redirects without end ({REDIRECTS} times)",
            hint="check the registry, or the proxy before it",
        )

    def _once(self, request: Request, url: str, *, own: bool) -> Answer:
        host = urlsplit(url).netloc.rpartition("@")[2]
        peer = Peer(about=request.about, host=host)
        insecure = request.insecure and own
        trust = HostTrust() if insecure else self._trust.for_host(host)
        headers = {
            **request.headers,
            "User-Agent": f"lambdabuild/{__version__}",
            "Accept-Encoding": "identity",
        }
        if request.authorization is not None and own:
            headers["Authorization"] = request.authorization
        method = request.method if request.form is None else "POST"
        data = request.form if request.body is None or not request.body.size else request.body
        wait = self._limits.read if request.body is None else self._limits.store
        try:
            response = self._adapter(trust, insecure).send(
                requests.Request(method, url, headers=headers, data=data).prepare(),
                stream=True,
                timeout=(self._limits.connect, wait),
                proxies=self._proxies.for_url(url),
                verify=False if insecure else self._trust.verify,
                cert=trust.client,
            )
        except _FAULTS as error:
            raise network_failure(error, peer) from error
        return Answer(response, peer, clock=self.clock, limits=self._limits)

    def _new_adapter(self, trust: HostTrust, insecure: bool) -> HTTPAdapter:
        """No session: it would read .netrc, keep cookies, and swallow the body of a redirect without a bound."""
        if insecure:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
            return _Adapter(unverified())
        return _Adapter(self._trust.context(trust))


class _Adapter(HTTPAdapter):
    """Speaks TLS with a context of ours, to which requests adds the bundle of `verify`."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: object) -> None:
        super().init_poolmanager(connections, maxsize, block, **options, ssl_context=self._context)

    def proxy_manager_for(self, proxy: str, **options: object) -> object:
        return super().proxy_manager_for(proxy, **options, ssl_context=self._context)


def parse_address(url: str) -> SplitResult | None:
    """An address that a server sent: None where it is not one of HTTP."""
    try:
        parts = urlsplit(url)
        whole = url.isprintable() and parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        return None
    return parts if whole else None


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port: whom a login is for (RFC 6454)."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def led_to(url: str, target: str, about: str) -> str:
    """The address that a `Location` names, without its fragment; EnvironmentFailure for one that is not safe to use."""
    old, new = urlsplit(url), _resolved(url, target)
    if new is None:
        raise _refused(about, old, "redirects to what is not an HTTP address")
    if old.scheme == "https" and new.scheme == "http":
        raise _refused(about, old, f"redirects from HTTPS to plain HTTP at `{new.hostname}`")
    return new._replace(fragment="").geturl()


def _next(request: Request, url: str, target: str) -> str:
    if request.form is not None:
        raise _refused(request.about, urlsplit(url), "redirects a login")
    if request.method not in ("GET", "HEAD"):
        raise _refused(request.about, urlsplit(url), "redirects what is pushed to it")
    return led_to(url, target, request.about)


def _refused(about: str, old: SplitResult, problem: str) -> EnvironmentFailure:
    return EnvironmentFailure(
        f"{about}: `{old.hostname}` {problem}",
        hint="this is refused; check the registry, or the proxy before it",
    )


def _resolved(url: str, target: str) -> SplitResult | None:
    try:
        return parse_address(urljoin(url, target))
    except ValueError:
        return None

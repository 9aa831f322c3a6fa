"""One registry spoken to: scheme, login, retries and statuses, so that what comes back is a 200."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from lambdabuild.errors import EnvironmentFailure
from lambdabuild.io.registry.authorization import Authorizer
from lambdabuild.io.registry.retry import Retries
from lambdabuild.io.registry.sources import Source
from lambdabuild.io.registry.statuses import denied, judge
from lambdabuild.io.registry.transport import Answer, Body, Method, Request, Transport, origin

DOCKER_HUB: Final = {"docker.io": "registry-1.docker.io"}
"""The one registry whose API is not at its own name (distribution/reference, docker/registry)."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One path below `/v2/<repository>/`, or an `address` that the registry gave. `about` begins an error message.

    `start` asks for the bytes from there on (RFC 9110, 14.2); whoever answers 200 all the same sends all of them.
    """

    source: Source
    path: str
    about: str
    accept: tuple[str, ...] = ()
    start: int = 0
    method: Method = "GET"
    address: str | None = None
    kind: str | None = None
    body: Body | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A small body, and the headers that came with it."""

    content: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Endpoint:
    """Every registry, one way: the retries and logins of all sources are kept here."""

    def __init__(self, transport: Transport, authorizer: Authorizer, retries: Retries) -> None:
        self._transport = transport
        self._authorizer = authorizer
        self._retries = retries
        self._plain: dict[str, bool] = {}

    def document(self, query: Query, limit: int) -> Document:
        """Read a small body whole; one that is cut off is asked for again."""

        def read(answer: Answer) -> Document:
            return Document(content=answer.document(limit), headers=answer.headers)

        return self._ask(query, read)

    def open(self, query: Query) -> Answer:
        """Open a body of any size. After its headers it is the caller's: a stream is not tried again."""
        return self._ask(query, lambda answer: answer)

    def has(self, query: Query) -> bool:
        """Whether something is there, by HEAD."""

        def attempt() -> bool:
            answer = self._admitted(replace(query, method="HEAD"))
            answer.pass_over()
            if answer.status in (200, 404):
                return answer.status == 200
            raise judge(answer, query.source, self._transport.clock)

        return self._retries.run(attempt)

    def send(self, query: Query) -> Answer:
        """Write, once; the answer says where that led, and its body is of no use. For an attempt of `retried`."""
        answer = self._admitted(query)
        if 200 <= answer.status < 300:
            answer.pass_over()
            return answer
        raise judge(answer, query.source, self._transport.clock)

    def retried(self, attempt: Callable[[], _T]) -> _T:
        """What takes several requests, begun again where one of them fails and that may pass."""
        return self._retries.run(attempt)

    def _ask(self, query: Query, use: Callable[[Answer], _T]) -> _T:
        def attempt() -> _T:
            answer = self._admitted(query)
            if answer.status == 200 or _is_rest(answer, query.start):
                return use(answer)
            if answer.status == 416:
                answer.close()
                raise _shorter(answer)
            raise judge(answer, query.source, self._transport.clock)

        return self._retries.run(attempt)

    def _admitted(self, query: Query) -> Answer:
        """Ask, answer a challenge once, ask again: a registry that then says 401 has refused.

        public.ecr.aws answers a stale token with 400 and no challenge (aws/containers-roadmap#2835), so a token
        from before is dropped on either status; but what is pushed is not sent again because of a 400. (That an upload
        begins, a POST of nothing, is.) What another host answers says nothing of a token.
        """
        known = self._authorizer.known(query.source)
        answer = self._send(query, known)
        pushes = query.body is not None and query.body.size > 0
        if known is not None and not answer.redirected and answer.status in ((401,) if pushes else (400, 401)):
            answer.close()
            self._authorizer.forget(query.source)
            answer = self._send(query, None)
        if answer.status == 401 and not answer.redirected:
            answer.close()
            fresh = self._authorizer.answer(query.source, answer)
            answer = self._send(query, fresh)
        if answer.status in (401, 403) and not answer.redirected:
            logged_in = self._authorizer.has_login(query.source)
            self._authorizer.forget(query.source)
            raise denied(answer, query.source, logged_in=logged_in)
        return answer

    def _send(self, query: Query, authorization: str | None) -> Answer:
        source = query.source
        base = self._base(source, query.about)
        url = query.address or f"{base}{source.repository}/{query.path}"
        own = origin(url) == origin(base)
        answer = self._transport.send(
            Request(
                url=url,
                about=query.about,
                method=query.method,
                headers=_headers(query),
                authorization=authorization if own else None,
                body=query.body,
                insecure=source.insecure and own,
            )
        )
        answer.redirected = answer.redirected or not own
        return answer

    def _base(self, source: Source, about: str) -> str:
        """HTTPS; plain HTTP where registries.conf says insecure and HTTPS does not answer (as skopeo)."""
        host = DOCKER_HUB.get(source.registry, source.registry)
        if source.insecure and host not in self._plain:
            ping = Request(url=f"https://{host}/v2/", about=about, insecure=True)
            try:
                self._transport.send(ping).close()
                self._plain[host] = False
            except EnvironmentFailure:
                self._plain[host] = True
        plain = source.insecure and self._plain[host]
        return f"{'http' if plain else 'https'}://{host}/v2/"


def _headers(query: Query) -> Mapping[str, str]:
    accept = {"Accept": ", ".join(query.accept)} if query.accept else {}
    wanted = {"Range": f"bytes={query.start}-"} if query.start else {}
    kind = {"Content-Type": query.kind} if query.kind else {}
    return {**accept, **wanted, **kind}


def _is_rest(answer: Answer, start: int) -> bool:
    """Whether the bytes from `start` on come, and no others."""
    answered = answer.headers.get("Content-Range", "")
    return start > 0 and answer.status == 206 and answered.startswith(f"bytes {start}-")


def _shorter(answer: Answer) -> EnvironmentFailure:
    """416: its body is never read, since docker-registry announces more of it than it sends."""
    return EnvironmentFailure(
        f"{answer.peer.about}: `{answer.peer.host}` has less of a blob than it had before",
        hint="check the registry, or the proxy before it",
    )
